"""An e-mail as it goes over the wire (contract §10)."""

from binascii import b2a_qp
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from notifier.rendering import Rendered

REGISTRY = HeaderRegistry()


class Sender(NamedTuple):
    """Who e-mails come from, and who answers go to."""

    address: Address
    reply_to: Address


def compose(mail_id: UUID, recipient: str, language: str, said: Rendered, sender: Sender, at: datetime) -> bytes:
    """Write a message, the same bytes at each try.

    The standard library writes each header once for all messages that share it: with its own message objects an
    e-mail would take as long to write as to send. No header holds anything but what Guichet itself says: names stand
    in the bodies only.

    Args:
        recipient: one addr-spec, international allowed, which is a header's value as it stands.
        at: when it was asked for.
    """
    boundary = f"=_{mail_id.hex}"
    head = [
        header("From", str(sender.address)),
        header("Reply-To", str(sender.reply_to)),
        f"To: {recipient}\r\n",
        header("Subject", said.subject),
        f"Date: {format_datetime(at)}\r\n",
        f"Message-ID: <{mail_id}@{sender.address.domain}>\r\n",
        header("Auto-Submitted", "auto-generated"),
        header("Content-Language", language),
        header("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n',
    ]
    bodies = b"".join(_part(boundary, kind, body) for kind, body in (("plain", said.text), ("html", said.html)))
    return "".join(head).encode() + b"\r\n" + bodies + f"--{boundary}--\r\n".encode()


@lru_cache(maxsize=256)
def header(name: str, value: str) -> str:
    """Write a header that many messages share, with its line end."""
    return str(REGISTRY(name, value).fold(policy=SMTP))


def _part(boundary: str, kind: str, body: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        f"Content-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = b2a_qp(body.encode(), istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return head.encode() + lines + b"\r\n"
