"""One e-mail from what is kept of it to its attempt: rendered, written, handed to the mail server."""

import orjson

from infra.adapters.mail_settings import mailbox, smtp_address
from infra.adapters.postgres.mails import Claimed
from infra.adapters.settings import Settings
from notifier.connections import Connections
from notifier.delivery import Server, TroubleError
from notifier.message import Sender, compose
from notifier.outcomes import Attempt, Verdict
from notifier.rendering import Templates
from schemas.texts import is_email

SUPPRESSED = Attempt(Verdict.SUPPRESSED, "SUPPRESSED")
NO_ADDRESS = Attempt(Verdict.REFUSED, "ADDRESS")


class Writer:
    """Writes e-mails and sends them."""

    def __init__(self, settings: Settings) -> None:
        """Compile the templates, remember the server.

        Raises:
            TemplatesError: a template is missing or names what it is not given.
        """
        sender = mailbox(settings.mail_from)
        self._sender = Sender(sender, mailbox(settings.mail_reply_to) if settings.mail_reply_to else sender)
        self._templates = Templates(settings.portal_url)
        self._connections = Connections(server(settings))

    async def send(self, mail: Claimed) -> Attempt:
        """Send one e-mail; nothing is sent to an address that a server said does not exist."""
        if mail.suppressed:
            return SUPPRESSED
        if not is_email(mail.recipient):
            return NO_ADDRESS
        message = self._write(mail)
        try:
            return await self._connections.send(self._sender.address.addr_spec, mail.recipient, message)
        except TroubleError as trouble:
            return Attempt(Verdict.TROUBLE, trouble.cause)

    def _write(self, mail: Claimed) -> bytes:
        said = self._templates.render(mail.template, mail.language, orjson.loads(mail.variables))
        return compose(mail.mail_id, mail.recipient, mail.language, said, self._sender, mail.requested_at)

    def cut(self) -> None:
        """Close all connections: what is under way ends at once."""
        self._connections.cut()


def server(settings: Settings) -> Server:
    """Give the mail server that the settings name."""
    address = smtp_address(settings.smtp)
    return Server(
        address.host,
        address.port,
        mailbox(settings.mail_from).domain,
        address.username,
        address.password,
        address.tls,
        settings.smtp_verify,
        settings.smtp_timeout_s,
    )
