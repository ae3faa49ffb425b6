"""What an attempt to send came to, and what becomes of the e-mail then (contract §10). Pure."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from infra.adapters.postgres.mails import Claimed

EXPIRES_AFTER = timedelta(hours=72)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=8)
ENHANCED = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
NO_SUCH_ADDRESS = "5.1."
REFUSED_FOR_GOOD = 500


class Verdict(StrEnum):
    """How an attempt ended."""

    SENT = "SENT"
    LATER = "LATER"
    TROUBLE = "TROUBLE"
    REFUSED = "REFUSED"
    SUPPRESSED = "SUPPRESSED"
    UNKNOWN = "UNKNOWN"


WAITING = frozenset({Verdict.LATER, Verdict.TROUBLE})
ENDS = {
    Verdict.SENT: "SENT",
    Verdict.REFUSED: "FAILED",
    Verdict.SUPPRESSED: "SUPPRESSED",
    Verdict.UNKNOWN: "UNKNOWN",
}


class Attempt(NamedTuple):
    """An attempt's end.

    Attributes:
        verdict: TROUBLE is LATER through no fault of the e-mail's: the server does not answer, or not us.
        cause: a code: what the server replied, as `550 5.1.1`, or what happened, as `LOST`.
    """

    verdict: Verdict
    cause: str | None = None

    @property
    def suppresses(self) -> bool:
        """Whether the server said that there is no such address."""
        return self.verdict is Verdict.REFUSED and f" {NO_SUCH_ADDRESS}" in (self.cause or "")


SENT = Attempt(Verdict.SENT)


class Settled(NamedTuple):
    """What an e-mail becomes after an attempt; `retry_at` when it is tried again, `suppress` its address."""

    mail_id: UUID
    attempts: int
    status: str
    cause: str | None
    retry_at: datetime | None = None
    suppress: bool = False


def replied(code: int, text: str) -> Attempt:
    """Read a reply that did not take the message: 4xx comes again, 5xx is for good."""
    enhanced = ENHANCED.match(text)
    cause = f"{code} {enhanced[1]}" if enhanced else str(code)
    return Attempt(Verdict.REFUSED if code >= REFUSED_FOR_GOOD else Verdict.LATER, cause)


def settle(mail: Claimed, attempt: Attempt, now: datetime) -> Settled:
    """Tell what becomes of an e-mail; 72 hours after it was asked for it is given up, after a last attempt."""
    mail_id, attempts = mail.mail_id, mail.attempts
    if attempt.verdict not in WAITING:
        return Settled(mail_id, attempts, ENDS[attempt.verdict], attempt.cause, suppress=attempt.suppresses)
    last = mail.requested_at + EXPIRES_AFTER
    if now >= last:
        return Settled(mail_id, attempts, "FAILED", "EXPIRED")
    return Settled(mail_id, attempts, "RETRYING", attempt.cause, min(now + delay(attempts), last))


def delay(attempts: int) -> timedelta:
    """Give how long to wait after so many attempts: twice as long each time, from a minute to eight hours."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 10)), LONGEST_DELAY)
