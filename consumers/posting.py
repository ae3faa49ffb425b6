"""Save what was judged: rows by type, dead letters, and the outbox with facts and dead letters."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from consumers.desk import Desk
from consumers.judging import Judged
from handlers.decision import Fact
from handlers.timeline import Moment
from infra.adapters.inside import inside
from infra.adapters.packing import OutgoingRecord
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.dead_letters import DeadLetter, add_dead_letters
from infra.adapters.postgres.mails import Requested, add_mails
from infra.adapters.postgres.road import add_outbox
from infra.adapters.sealing import Seal
from schemas.envelope import FACT_HEADERS, Cause, Event, Record, fact
from schemas.identifiers import derived_id
from schemas.topics import MAIL, OUTCOMES, dlq


class PostingKeys(NamedTuple):
    """What encrypts dead letters, and what signs events from one part of Guichet to another."""

    seal: Seal
    inside: bytes


async def post(
    connection: Connection,
    desk: Desk,
    records: Sequence[Record],
    judged: Sequence[Judged],
    keys: PostingKeys,
    now: Moment,
) -> None:
    """Save the results of one transaction's records; `records` and `judged` go together."""
    outgoing = await save(connection, desk, judged, keys, now)
    letters = [
        (record, dead_letter(desk, record, result, keys.seal, now.shown))
        for record, result in zip(records, judged, strict=True)
        if result.dead is not None
    ]
    await add_dead_letters(connection, [letter for _, letter in letters])
    outgoing[dlq(desk.group)] = [outgoing_letter(record, letter) for record, letter in letters]
    await add_outbox(connection, {topic: rows for topic, rows in outgoing.items() if rows}, now.real)


async def save(
    connection: Connection, desk: Desk, judged: Sequence[Judged], keys: PostingKeys, now: Moment
) -> dict[str, list[OutgoingRecord]]:
    """Save rows and e-mails; gives what is to be published of them, by topic."""
    await save_rows(connection, desk, judged)
    mails = requested_mails(judged)
    if mails:
        await add_mails(connection, mails, now.shown)
    return {OUTCOMES: facts(judged, now.shown), MAIL: [_outgoing_mail(mail, keys.inside, now) for mail in mails]}


async def save_rows(connection: Connection, desk: Desk, judged: Iterable[Judged]) -> None:
    """Save rows grouped by type, in the order of the desk's writers, one statement a type."""
    grouped: defaultdict[type[Any], list[Any]] = defaultdict(list)
    for result in judged:
        if result.decision is not None:
            for row in result.decision.rows:
                grouped[type(row)].append(row)
    for row_type, write in desk.writers.items():
        if rows := grouped.pop(row_type, None):
            await write(connection, rows)
    if grouped:
        raise TypeError(f"no writer for {', '.join(row_type.__name__ for row_type in grouped)}; add one to the desk")


def facts(judged: Iterable[Judged], now: datetime) -> list[OutgoingRecord]:
    """Make the records of `guichet.outcomes`, keyed by aggregate, with ids derived from their causes."""
    return [
        _outgoing_fact(result.event, told, now)
        for result in judged
        if result.decision is not None and result.event is not None
        for told in result.decision.facts
    ]


def _outgoing_fact(event: Event, told: Fact, now: datetime) -> OutgoingRecord:
    envelope = event.envelope
    value = fact(
        derived_id(envelope.id, told.type),
        told.type,
        now,
        told.aggregate,
        told.version,
        envelope.id,
        envelope.correlation_id or envelope.id,
        told.data,
    )
    return OutgoingRecord(told.aggregate.encode(), value, FACT_HEADERS)


def requested_mails(judged: Iterable[Judged]) -> list[Requested]:
    """Give the e-mails asked for; the id of each is a function of the event that asked and of what it is once per."""
    return [
        Requested(
            derived_id(result.event.envelope.id, f"mail/{mail.template}/{mail.once}"),
            mail,
            result.event.envelope.id,
            result.event.envelope.correlation_id or result.event.envelope.id,
        )
        for result in judged
        if result.decision is not None and result.event is not None
        for mail in result.decision.mails
    ]


def _outgoing_mail(requested: Requested, key: bytes, now: Moment) -> OutgoingRecord:
    mail_id, mail = requested.mail_id, requested.mail
    data = {"mail_id": mail_id, "template": mail.template, "language": mail.language}
    return inside(key, mail_id, "guichet.mail.requested.v1", now.shown, str(mail_id), data)


def dead_letter(desk: Desk, record: Record, result: Judged, seal: Seal, now: datetime) -> DeadLetter:
    """Make the row of a dead letter; its id is a function of where the record stands."""
    letter = result.dead
    if letter is None:
        raise TypeError("not a dead letter")
    return DeadLetter(
        dead_letter_id(desk.group, record),
        desk.group,
        record,
        seal.close(record),
        letter,
        result.aggregate,
        now,
        "BLOCKED" if letter.cause is Cause.BLOCKED else "OPEN",
    )


def dead_letter_id(group: str, record: Record) -> UUID:
    """Derive a dead letter's id from group, topic, partition, offset and append time."""
    start = UUID(int=record.timestamp_ms << 80)
    return derived_id(start, f"{group}/{record.topic}/{record.partition}/{record.offset}")


def outgoing_letter(record: Record, letter: DeadLetter) -> OutgoingRecord:
    """Make the record of `<group>.dlq`: the original byte for byte, with headers that say why."""
    added = {
        "cause": letter.dead.cause.value,
        "detail": letter.dead.detail,
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "at": letter.at.isoformat(),
    }
    headers = [(f"guichet-{name}", value.encode()) for name, value in added.items()]
    return OutgoingRecord(record.key, record.value, (*record.headers, *headers))
