"""The settings of e-mail: the server's address, and who e-mails come from (contract §7)."""

from email.errors import MessageError
from email.headerregistry import Address
from email.policy import default
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from schemas.texts import EMAIL, is_printable

PORTS = {"smtp": 25, "smtps": 465}
SERVER_FORM = "is no address; write smtp://user:password@host:port or smtps://…, with %40 for an @ in the password"
MAILBOX_FORM = "is no mailbox; write guichet@example.org or Guichet <guichet@example.org>, a name with commas in quotes"


class SmtpAddress(NamedTuple):
    """Where the SMTP server is; `tls` from the first byte; without a username nobody signs in."""

    tls: bool
    host: str
    port: int
    username: str
    password: str


def smtp_address(text: str) -> SmtpAddress:
    """Read `smtp://…` or `smtps://…`.

    Raises:
        ValueError: it is none; the message says how to write one and repeats nothing of it.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(SERVER_FORM) from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or port == 0:
        raise ValueError(SERVER_FORM)
    return SmtpAddress(
        parts.scheme == "smtps",
        parts.hostname,
        port or PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def mailbox(text: str) -> Address:
    """Read one mailbox, with or without a name; its address is of ASCII.

    Raises:
        ValueError: it is none; the message says how to write one.
    """
    try:
        header: Any = default.header_factory("From", text)
        address: Address
        (address,) = header.addresses
    except (ValueError, MessageError, IndexError, AttributeError):
        raise ValueError(MAILBOX_FORM) from None
    spec = address.addr_spec
    if header.defects or not is_printable(text) or not spec.isascii() or not EMAIL.fullmatch(spec):
        raise ValueError(MAILBOX_FORM)
    return address
