"""Snapshots held by several processes at once: the newest wins, whoever commits last."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from handlers.reference.decide import Held, SnapshotRow
from infra.adapters.postgres.reference import Snapshots

NOON = datetime(2026, 11, 27, 17, tzinfo=UTC)
LAW: dict[str, Any] = {"law": "CSR", "article": "303", "attestable_from": "2020-01-01", "attestable_to": None}
KEY = "provision:CSR:303:2020-01-01"
WAITS = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def provision(analysis: bool | None, minutes: int = 0, event_id: UUID | None = None) -> SnapshotRow:
    """A provision as declared some minutes after noon; None withdraws it."""
    held = Held(NOON + timedelta(minutes=minutes), event_id or uuid4())
    return SnapshotRow("provision", KEY, held, None if analysis is None else LAW | {"analysis": analysis})


async def stands(database: str) -> list[bool]:
    connection = await asyncpg.connect(database)
    try:
        return [row["analysis"] for row in await connection.fetch("select analysis from core.provisions")]
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (provision(True, minutes=2), provision(False, minutes=1), [True]),
        (provision(True, minutes=1), provision(False, minutes=2), [False]),
        (provision(None, minutes=2), provision(False, minutes=1), []),
        (provision(True, 1, UUID(int=1)), provision(False, 1, UUID(int=2)), [False]),
        (provision(True, 1, UUID(int=2)), provision(False, 1, UUID(int=1)), [True]),
    ],
)
async def test_of_two_written_at_the_same_instant_the_newest_stands(
    database: str, first: SnapshotRow, second: SnapshotRow, left: list[bool]
) -> None:
    snapshots = Snapshots(b"k" * 32)
    one, other, watch = [await asyncpg.connect(database) for _ in range(3)]

    async def write_second() -> None:
        async with other.transaction():
            await snapshots.write(other, [second])

    async with one.transaction():
        await snapshots.write(one, [first])
        later = asyncio.create_task(write_second())
        while not await watch.fetchval(WAITS):
            assert not later.done()
            await asyncio.sleep(0)
    await later
    for connection in (one, other, watch):
        await connection.close()
    assert await stands(database) == left
