"""Dead letters in PostgreSQL; their originals are sealed, their listings masked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

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


async def open_counts(connection: Connection, group: str) -> dict[str, int]:
    """Count a group's unsettled dead letters by cause."""
    rows = await connection.fetch(SQL["count_open"])
    return {row["cause"]: row["count"] for row in rows if row["consumer_group"] == group}


@dataclass(frozen=True, slots=True)
class Taken:
    """A dead letter locked for a redrive.

    Attributes:
        waits: an earlier one of its aggregate is unsettled.
        blocks: it is one of those for which its aggregate waits.
    """

    group: str
    original: bytes
    waits: bool
    blocks: bool


async def unsettled(connection: Connection, ids: Sequence[UUID], cause: str | None) -> list[UUID]:
    """Give the unsettled dead letters chosen by id or cause, and those blocked behind them, in order."""
    rows = await connection.fetch(SQL["unsettled"], list(ids), cause)
    return [row["dead_letter_id"] for row in rows]


async def take_dead_letter(connection: Connection, letter_id: UUID) -> Taken | None:
    """Lock one dead letter; None when it is settled or somebody else has it."""
    row = await connection.fetchrow(SQL["take"], letter_id)
    return None if row is None else Taken(*row)


async def still_dead(connection: Connection, letter_id: UUID, letter: Dead, state: str, aggregate: str | None) -> None:
    """Note why a redriven dead letter is still one."""
    await connection.execute(SQL["still_dead"], letter_id, letter.cause.value, letter.detail, state, aggregate)


async def settle(
    connection: Connection, ids: Sequence[UUID], state: str, now: datetime, reason: str | None
) -> list[UUID]:
    """Settle dead letters as REDRIVEN or DISCARDED and give those that were not settled before."""
    rows = await connection.fetch(SQL["settle"], list(ids), state, now, reason)
    return [row["dead_letter_id"] for row in rows]


async def list_dead_letters(
    connection: Connection, cause: str | None, settled: bool, limit: int
) -> list[dict[str, Any]]:
    """List dead letters, the oldest first, without their originals."""
    return [dict(row) for row in await connection.fetch(SQL["list"], cause, settled, limit)]


async def show_dead_letter(connection: Connection, letter_id: UUID) -> dict[str, Any] | None:
    """Give one dead letter with its sealed original, or None."""
    row = await connection.fetchrow(SQL["show"], letter_id)
    return None if row is None else dict(row)
