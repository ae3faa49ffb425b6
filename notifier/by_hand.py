"""What a person says of an e-mail: try it again, or what became of one that nobody knows the end of (contract §10)."""

from uuid import UUID

from handlers.timeline import Moment
from infra.adapters.postgres import mails as sql
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.road import add_outbox
from notifier.telling import mail_facts
from schemas.topics import OUTCOMES

NOT_AGAIN = {
    "SENT": "it is sent, and is not sent twice",
    "UNKNOWN": "it may have been sent; say first what became of it with `guichet mail settle`",
    "SENDING": "it is being sent now; look again in a minute",
    "REQUESTED": "it has not been tried yet, and waits for the notifier",
}


class RefusedByHandError(Exception):
    """It cannot be done in the e-mail's state; the message says why and what to do."""


async def retry(connection: Connection, mail_id: UUID, now: Moment) -> sql.Changed:
    """Let an e-mail be sent again at once, in a transaction of the caller's.

    Raises:
        RefusedByHandError: there is none of this id, or it is in a state that allows no further attempt.
    """
    mail = await _find(connection, mail_id)
    if mail.status in NOT_AGAIN:
        raise RefusedByHandError(NOT_AGAIN[mail.status])
    changed = await sql.decide(connection, mail_id, "RETRYING", "BY_HAND", now.shown, to_send=True)
    await sql.wake(connection)
    return changed


async def settle(connection: Connection, mail_id: UUID, now: Moment, *, sent: bool) -> sql.Changed:
    """Say whether an e-mail of unknown end was sent, in a transaction of the caller's; one that was not can be retried.

    Raises:
        RefusedByHandError: there is none of this id, or its end is known.
    """
    mail = await _find(connection, mail_id)
    if mail.status != "UNKNOWN":
        raise RefusedByHandError(f"its state is {mail.status}; only one in state UNKNOWN needs a person's word")
    status, cause = ("SENT", None) if sent else ("FAILED", "NOT_SENT")
    changed = await sql.decide(connection, mail_id, status, cause, now.shown)
    await add_outbox(connection, {OUTCOMES: mail_facts([changed], now.shown)}, now.real)
    return changed


async def _find(connection: Connection, mail_id: UUID) -> sql.Changed:
    mail = await sql.find_mail(connection, mail_id)
    if mail is None:
        raise RefusedByHandError("there is no e-mail of this id; see `guichet mail list`")
    return mail
