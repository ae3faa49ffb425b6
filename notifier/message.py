"""An e-mail as it goes over the wire (contract §10)."""

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import NamedTuple
from uuid import UUID

from notifier.rendering import Rendered


class _Headers(HeaderRegistry):
    """Keeps the class of each header: the standard library makes one anew for every header of every message."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        if name not in self._made:
            self._made[name] = super().__getitem__(name)
        return self._made[name]


ASCII, INTERNATIONAL = (policy.clone(header_factory=_Headers()) for policy in (SMTP, SMTPUTF8))


class Sender(NamedTuple):
    """Who e-mails come from, and who answers go to."""

    address: Address
    reply_to: Address


def compose(mail_id: UUID, recipient: str, language: str, said: Rendered, sender: Sender, at: datetime) -> bytes:
    """Write a message, the same at each try but for the lines that part its bodies.

    No header holds anything but what Guichet itself says: names stand in the bodies only.

    Args:
        recipient: one addr-spec, international allowed.
        at: when it was asked for.
    """
    message = EmailMessage(policy=ASCII if recipient.isascii() else INTERNATIONAL)
    message["From"] = sender.address
    message["Reply-To"] = sender.reply_to
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = said.subject
    message["Date"] = at
    message["Message-ID"] = f"<{mail_id}@{sender.address.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    message.set_content(said.text, cte="quoted-printable")
    message.add_alternative(said.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()
