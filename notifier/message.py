"""An e-mail as it goes over the wire (contract §10)."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import NamedTuple
from uuid import UUID

from notifier.rendering import Rendered


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
    message = EmailMessage(policy=SMTP if recipient.isascii() else SMTPUTF8)
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
