"""What every topic shares in PostgreSQL: progress, sources, blocks, locks and the outbox."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from handlers.decision import InboxRow, Source
from handlers.timers import TimerRow
from infra.adapters.packing import OutgoingRecord, pack
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements

SQL = statements("road")


class Move(NamedTuple):
    """How far a batch moved one partition and what its records were; the five counts add up to the records."""

    partition: int
    next_offset: int
    effects: int
    duplicates: int
    refusals: int
    dead_letters: int
    ignored: int


async def lock_progress(connection: Connection, group: str, topic: str, partitions: Collection[int]) -> dict[int, int]:
    """Lock the group's progress on these partitions and give the next offset of each."""
    rows = await connection.fetch(SQL["lock_progress"], group, topic, list(partitions))
    if len(rows) < len(partitions):
        await connection.execute(SQL["add_progress"], group, topic, list(partitions))
        rows = await connection.fetch(SQL["lock_progress"], group, topic, list(partitions))
    return {row["partition"]: row["next_offset"] for row in rows}


async def move_progress(connection: Connection, group: str, topic: str, moves: Iterable[Move], now: datetime) -> None:
    """Move the group's progress; `core.progress` checks that the counts add up."""
    await connection.execute(SQL["move_progress"], group, topic, *columns(moves), now)


async def load_inbox(connection: Connection, topic: str, ids: Collection[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """Give source number and digest of every id among these that was ever used on a topic, as `core.inbox` has it."""
    rows = await connection.fetch(SQL["load_inbox"], topic, list(ids))
    return {row["event_id"]: (row["source_no"], row["digest"]) for row in rows}


async def write_inbox(connection: Connection, rows: list[InboxRow]) -> None:
    """Use ids up."""
    await connection.execute(SQL["add_inbox"], *columns(rows))


async def set_timers(connection: Connection, rows: Iterable[TimerRow]) -> None:
    """Set timers, each in the place of the one under its key."""
    plain = [(*row[:-1], orjson.dumps(row.data).decode()) for row in rows]
    await connection.execute(SQL["set_timers"], *columns(plain))


async def load_sources(connection: Connection, uris: Collection[str]) -> dict[str, Source]:
    """Give the declared sources among these URIs."""
    rows = await connection.fetch(SQL["load_sources"], list(uris))
    return {
        row["uri"]: Source(
            row["source_no"],
            row["uri"],
            frozenset(row["types"]),
            frozenset(row["organisations"]),
            frozenset(row["roles"]),
            row["key_ref"],
        )
        for row in rows
    }


async def load_blocks(connection: Connection, aggregates: Collection[str]) -> dict[str, datetime]:
    """Give the aggregates that wait for a dead letter, with the instant from which their events wait."""
    rows = await connection.fetch(SQL["load_blocks"], list(aggregates))
    return {row["aggregate"]: row["since"] for row in rows}


async def lock_aggregates(connection: Connection, keys: Collection[str]) -> None:
    """Lock aggregates in key order, also those that have no row of their own yet."""
    await connection.execute(SQL["add_locks"], list(keys))
    await connection.execute(SQL["take_locks"], list(keys))


async def add_outbox(connection: Connection, outgoing: Mapping[str, Sequence[OutgoingRecord]], now: datetime) -> None:
    """Put records into the outbox, one packed row a topic, and wake the relay when the transaction commits."""
    for topic, records in outgoing.items():
        await connection.execute(SQL["add_outbox"], topic, len(records), pack(records), now)


def columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Turn rows into columns, as `unnest` takes them."""
    return tuple(list(column) for column in zip(*rows, strict=True))
