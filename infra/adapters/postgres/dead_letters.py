"""Dead letters in PostgreSQL; their originals are sealed, their listings masked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements
from schemas.envelope import Dead, Record

SQL = statements("dead_letters")


EVENT_TYPE = re.compile(r"guichet(\.[a-z0-9-]{1,60}){1,4}\.v[0-9]{1,4}")


def storable_type(event_type: str | None) -> str | None:
    """Keep a type that looks like one: anything else may hold what no listing should show."""
    return event_type if event_type and EVENT_TYPE.fullmatch(event_type) else None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be taken, with its cause; `original` is sealed, `at` is when it was found."""

    dead_letter_id: UUID
    group: str
    record: Record
    original: bytes
    dead: Dead
    aggregate: str | None
    at: datetime
    state: str


async def add_dead_letters(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Insert dead letters; one that is there already is the same record seen again."""
    if not letters:
        return
    rows = [
        (
            letter.dead_letter_id,
            letter.group,
            letter.record.topic,
            letter.record.partition,
            letter.record.offset,
            datetime.fromtimestamp(letter.record.timestamp_ms / 1000, UTC),
            letter.original,
            letter.dead.event_id,
            storable_type(letter.dead.event_type),
            letter.aggregate,
            letter.dead.cause.value,
            letter.dead.detail,
            letter.at,
            letter.state,
        )
        for letter in letters
    ]
    await connection.execute(SQL["add"], *(list(column) for column in zip(*rows, strict=True)))


async def open_counts(connection: Connection, group: str) -> list[asyncpg.Record]:
    """Count a group's unsettled dead letters by cause."""
    return [row for row in await connection.fetch(SQL["count_open"]) if row["consumer_group"] == group]
