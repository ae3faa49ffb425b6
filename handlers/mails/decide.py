"""When an e-mail may be sent: once it is asked for, and again when a further attempt is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from handlers.decision import Arrival, Decision, Effect
from handlers.timers import TimerRow
from schemas.events.internal import MailRetryDue
from schemas.events.mail import MailRequested

IGNORED = Decision(Effect.IGNORED)


class MailToSend(NamedTuple):
    """Lets the notifiers send an e-mail."""

    mail_id: UUID


class KnownMail(NamedTuple):
    """The state of an e-mail; `to_send` when a notifier may claim it already."""

    status: str
    attempts: int
    to_send: bool


KnownMails = Mapping[UUID, KnownMail]


def decide_requested(arrival: Arrival, known: KnownMails, _now: datetime) -> Decision:
    """Hand a requested e-mail to the notifiers, once."""
    requested = arrival.event.data
    assert isinstance(requested, MailRequested)  # noqa: S101 -- for the type checker
    mail = known.get(requested.mail_id)
    if mail is None or mail.status != "REQUESTED" or mail.to_send:
        return IGNORED
    return Decision(Effect.EFFECT, (MailToSend(requested.mail_id),))


def decide_retry_due(arrival: Arrival, known: KnownMails, _now: datetime) -> Decision:
    """Hand an e-mail to the notifiers again, unless it was tried since, or a person said what became of it."""
    due = arrival.event.data
    assert isinstance(due, MailRetryDue)  # noqa: S101 -- for the type checker
    mail = known.get(due.mail_id)
    if mail is None or mail.status != "RETRYING" or mail.attempts != due.attempts or mail.to_send:
        return IGNORED
    return Decision(Effect.EFFECT, (MailToSend(due.mail_id),))


def retry_timer(mail_id: UUID, attempts: int, due_at: datetime) -> TimerRow:
    """Make the timer of an e-mail's next attempt after so many."""
    data: dict[str, str | int] = {"mail_id": str(mail_id), "attempts": attempts}
    return TimerRow(f"mail-retry:{mail_id}", due_at, attempts, "guichet.mail.retry-due.v1", str(mail_id), data)
