"""Which inquiries have their fact: what the topic and the outbox hold, beside what was answered (audit law 6)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from infra.adapters.kafka.facts import read_fact
from infra.adapters.packing import unpack
from infra.adapters.postgres.audit import SHOWN, SQL
from infra.adapters.postgres.connection import Connection
from schemas.topics import OUTCOMES


class Checkpoint(NamedTuple):
    """Where an audit stopped: answers until `settled_until` have their fact; later facts stand after `offsets`."""

    offsets: Mapping[int, int]
    settled_until: datetime | None


class Untold(NamedTuple):
    """Answered inquiries without a fact: how many, and the first of them with their instants."""

    total: int
    first: list[tuple[UUID, datetime]]


async def load_checkpoint(connection: Connection) -> Checkpoint:
    """Read where to go on; a first audit begins at the beginning."""
    rows = await connection.fetch(SQL["checkpoint"], OUTCOMES)
    return Checkpoint(
        {row["partition"]: row["next_offset"] for row in rows},
        min((row["settled_until"] for row in rows), default=None),
    )


async def save_checkpoint(connection: Connection, point: Checkpoint) -> None:
    """Remember where the next audit goes on; never goes back."""
    if point.settled_until is not None:
        partitions, offsets = list(point.offsets), list(point.offsets.values())
        await connection.execute(SQL["save_checkpoint"], OUTCOMES, partitions, offsets, point.settled_until)


async def settled_next(connection: Connection) -> datetime | None:
    """Give the instant up to which this audit may settle; None when nothing was ever answered."""
    settled: datetime | None = await connection.fetchval(SQL["settled_next"])
    return settled


async def start_told(connection: Connection) -> None:
    """Begin the set of inquiries whose fact is known with those whose fact still waits in the outbox.

    The transaction's snapshot is older than the topic's end that is read next, so a fact is in one or the other.
    """
    await connection.execute(SQL["make_told"])
    async for row in connection.cursor(SQL["waiting_facts"], OUTCOMES, prefetch=10):
        facts = (read_fact(record.value) for record in unpack(row["payload"]))
        await add_told(connection, [fact.inquiry for fact in facts if fact is not None and fact.inquiry is not None])


async def add_told(connection: Connection, inquiries: Iterable[UUID]) -> None:
    """Add inquiries to the set; it lies in PostgreSQL, so memory here stays bounded."""
    await connection.copy_records_to_table("told", records=[(inquiry,) for inquiry in inquiries])


async def find_untold(connection: Connection, since: datetime | None) -> Untold:
    """Give the inquiries answered after `since` that are not in the set."""
    await connection.execute(SQL["analyze_told"])
    rows = await connection.fetch(SQL["untold"], SHOWN, since)
    return Untold(rows[0]["broken"] if rows else 0, [(row["inquiry_id"], row["answered_at"]) for row in rows])


async def count_answered(connection: Connection, since: datetime | None) -> int:
    """Count the inquiries answered after `since`."""
    count: int = await connection.fetchval(SQL["count_answered"], since)
    return count
