"""What the world is told of e-mails: facts, without a name or an address (contract §4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from infra.adapters.packing import OutgoingRecord
from infra.adapters.postgres.mails import Changed
from schemas.envelope import FACT_HEADERS, fact
from schemas.identifiers import derived_id

TOLD = {
    "SENT": "guichet.mail.sent.v1",
    "FAILED": "guichet.mail.failed.v1",
    "SUPPRESSED": "guichet.mail.failed.v1",
    "UNKNOWN": "guichet.mail.unknown.v1",
}
"""The fact of each state; an e-mail that is tried again is not told of."""


def mail_facts(changed: Iterable[Changed], now: datetime) -> list[OutgoingRecord]:
    """Write the facts of e-mails in a new state, their ids derived from e-mail and version."""
    return [_mail_fact(mail, TOLD[mail.status], now) for mail in changed if mail.status in TOLD]


def _mail_fact(mail: Changed, fact_type: str, now: datetime) -> OutgoingRecord:
    # asyncpg has a subclass of UUID of its own, which orjson does not write
    aggregate = str(mail.mail_id)
    data: dict[str, Any] = {"mail": aggregate, "template": mail.template, "about": str(mail.about)}
    if mail.status in {"FAILED", "SUPPRESSED"}:
        data["cause"] = mail.cause
    value = fact(
        derived_id(mail.mail_id, f"{fact_type}/{mail.version}"),
        fact_type,
        now,
        aggregate,
        mail.version,
        UUID(int=mail.caused_by.int),
        UUID(int=mail.correlation_id.int),
        data,
    )
    return OutgoingRecord(aggregate.encode(), value, FACT_HEADERS)
