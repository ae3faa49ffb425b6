"""What comes between two tries: a lost connection, a deadlock, another member. Nothing is half done, nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from consumers.retrying import patiently
from handlers.inquiries.rows import AdjustmentRow, ChargeRow
from infra.adapters.health import Health
from infra.adapters.postgres import inquiries as sql
from infra.adapters.postgres.connection import Connection
from schemas.envelope import Record
from schemas.topics import INQUIRIES
from tests.acceptance.builders import Event, adjusted, inquiry
from tests.consumers.road import Road

DONE = """
select (select count(*)::int from core.inquiries) as inquiries, (select count(*)::int from core.charges) as charges,
       (select count(*)::int from core.outbox where topic = 'guichet.outcomes') as facts,
       coalesce((select sum(records)::int from core.progress where topic = 'guichet.inquiries'), 0) as records"""
WAITED_FOR = """
select exists (select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))) from pg_sleep(0.01)"""


@pytest.fixture
async def other(database: str) -> AsyncIterator[Road]:
    """Another process on the same database."""
    other = Road(database)
    yield other
    await other.close()


@pytest.fixture
def question(town: str, known_licence: str) -> Event:
    return inquiry("DRIVER_RECORD", {"licence": known_licence}, organisation=town)


async def done(road: Road) -> tuple[int, ...]:
    [row] = await road.fetch(DONE)
    return tuple(row)


async def take_patiently(road: Road, other: Road, record: Record) -> list[tuple[int, ...]]:
    """Take a record as a process does; gives what others saw between the tries."""
    seen = []

    async def look(_seconds: float) -> None:
        seen.append(await done(other))

    await patiently(lambda: road.take([record]), Health(), "postgresql", pause=look)
    return seen


async def test_a_connection_lost_halfway_leaves_nothing_and_the_next_try_does_all(
    road: Road, other: Road, question: Event
) -> None:
    left = [1]

    async def save_and_lose(connection: Connection, rows: list[ChargeRow]) -> None:
        await sql.write_charges(connection, rows)
        if left:
            await connection.execute(f"select pg_terminate_backend(pg_backend_pid(), {left.pop()})")

    road.change(INQUIRIES, writers=sql.WRITERS | {ChargeRow: save_and_lose})
    assert await take_patiently(road, other, road.record(question)) == [(0, 0, 0, 0)]
    assert await done(road) == (1, 1, 1, 1)


async def test_the_victim_of_a_deadlock_leaves_nothing_and_the_next_try_does_all(
    road: Road, other: Road, question: Event
) -> None:
    rivals: list[Any] = []

    async def save_and_cross(connection: Connection, rows: list[ChargeRow]) -> None:
        await sql.write_charges(connection, rows)
        if not rivals:
            await connection.execute("lock core.provisions")
            holds = asyncio.Event()
            rivals.append(asyncio.create_task(cross(other, holds)))
            await holds.wait()
            await connection.execute("lock core.vehicles")

    road.change(INQUIRIES, writers=sql.WRITERS | {ChargeRow: save_and_cross})
    assert await take_patiently(road, road, road.record(question)) == [(0, 0, 0, 0)]
    await rivals[0]
    assert await done(road) == (1, 1, 1, 1)


async def cross(other: Road, holds: asyncio.Event) -> None:
    """Lock in the other order, once the first one waits: its patience ends first, so that it is the victim."""
    async with other.database.transaction() as connection:
        await connection.execute("lock core.vehicles")
        holds.set()
        while not await connection.fetchval(WAITED_FOR):
            continue
        await connection.execute("lock core.provisions")


async def test_one_event_on_two_partitions_at_once_is_one_effect(road: Road, other: Road, question: Event) -> None:
    first, second = road.record(question), road.record(question, partition=1)
    await asyncio.gather(road.take([first]), other.take([second]))
    assert await done(road) == (1, 1, 1, 2)
    assert await road.letters() == []


async def test_adjustments_of_one_charge_on_two_partitions_at_once_have_two_versions(
    road: Road, other: Road, question: Event
) -> None:
    await road.take([road.record(question)])
    first, second = (road.record(adjusted(question["id"], "-1.00"), partition=place) for place in (0, 1))
    await done(other)
    beside: list[Any] = []

    async def save_beside_another(connection: Connection, rows: list[AdjustmentRow]) -> None:
        beside.append(asyncio.create_task(other.take([second])))
        while not (beside[0].done() or await connection.fetchval(WAITED_FOR)):
            continue
        await sql.write_adjustments(connection, rows)

    road.change(INQUIRIES, writers=sql.WRITERS | {AdjustmentRow: save_beside_another})
    await road.take([first])
    await beside[0]
    versions = await road.fetch("select version from core.adjustments order by version")
    assert [row["version"] for row in versions] == [1, 2]


async def test_a_fault_while_loading_concerns_the_one_event_that_causes_it(
    road: Road, town: str, known_licence: str
) -> None:
    async def load(connection: Connection, arrivals: Any) -> Any:
        if any(arrival.event.data.reference == "cursed" for arrival in arrivals):
            raise asyncpg.DataError("licence T000001218001")
        return await sql.load(connection, arrivals)

    road.change(INQUIRIES, load=load)
    asked = [
        inquiry("DRIVER_RECORD", {"licence": known_licence}, organisation=town, reference=reference)
        for reference in ("before", "cursed", "after")
    ]
    await road.take([road.record(event) for event in asked])
    answered = await road.fetch("select reference from core.inquiries order by reference")
    assert [row["reference"] for row in answered] == ["after", "before"]
    [letter] = await road.fetch("select cause, detail from core.dead_letters")
    assert letter["cause"] == "BUG"
    assert letter["detail"].startswith("DataError at test_interruptions.py:")
