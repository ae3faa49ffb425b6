"""`guichet demo`: partners' events, a month's statements, e-mails through a mail server in trouble; all checked."""

from infra.cli.demo.command import register

__all__ = ["register"]
