"""The clock process: each timer that is due is sent once, whatever interrupts it and however many clocks run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.timers import TimerRow
from infra.adapters.health import Health
from infra.adapters.packing import unpack
from infra.adapters.postgres.connection import Connection, Database
from infra.adapters.postgres.road import set_timers
from producers import timing
from producers.timing import Clock
from schemas.envelope import sign

KEY = b"k" * 32
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DUE = 25
STEPS = 7
"""The statements of one look, and some more."""


class CutOffError(ConnectionError):
    """The connection was lost."""


class Fragile:
    """A connection that is lost after so many statements."""

    def __init__(self, connection: Connection, statements: int) -> None:
        self._connection = connection
        self._left = statements

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._connection, name)

        async def call(*arguments: Any) -> Any:
            if self._left == 0:
                raise CutOffError
            self._left -= 1
            return await asked(*arguments)

        return call


class FragileDatabase(Database):
    """Gives connections that are lost after so many statements."""

    statements = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with super().transaction() as connection:
            yield Fragile(connection, self.statements)


def timer(number: int, due_at: datetime = NOW) -> TimerRow:
    data = {"month": f"2026-{number % 12 + 1:02d}-01"}
    return TimerRow(f"test:{number}", due_at, 1, "guichet.month.ended.v1", "months", data)


@pytest.fixture
async def real(database: str) -> AsyncIterator[Database]:
    """A database with timers that are due, one of them longest, and one that is not."""
    opened = Database(database)
    long_due = NOW - timedelta(days=40)
    rows = [timer(number, long_due if number == 7 else NOW) for number in range(DUE)]
    await set_timers(await opened.connection(), [*rows, timer(DUE, NOW + timedelta(seconds=1))])
    yield opened
    await opened.close()


def clock(database: Database) -> Clock:
    return Clock(database, KEY, Health(), lambda: NOW)


async def sent(database: Database) -> list[dict[str, Any]]:
    rows = await (await database.connection()).fetch(
        "select payload from core.outbox where topic = 'guichet.internal' order by seq"
    )
    records = [record for row in rows for record in unpack(row["payload"])]
    for record in records:
        assert dict(record.headers)["guichet-signature"] == sign(KEY, record.value or b"").encode()
    return [json.loads(record.value or b"") for record in records]


async def left(database: Database) -> int:
    return int(await (await database.connection()).fetchval("select count(*) from core.timers"))


@pytest.mark.parametrize("statements", range(STEPS))
async def test_a_clock_cut_off_at_any_step_sends_each_timer_once(
    real: Database, database: str, statements: int
) -> None:
    fragile = FragileDatabase(database)
    fragile.statements = statements
    try:
        assert await clock(fragile).fire() == DUE
    except CutOffError:
        assert await sent(real) == []
        assert await clock(real).fire() == DUE
    assert await clock(real).fire() == 0
    events = await sent(real)
    assert len({event["id"] for event in events}) == len(events) == DUE
    assert await left(real) == 1
    await fragile.close()


async def test_the_longest_due_is_sent_first_and_bears_when_it_was_due(real: Database) -> None:
    await clock(real).fire()
    first, *others = await sent(real)
    assert first["time"] == "2026-10-19T12:00:00Z"
    assert {event["time"] for event in others} == {"2026-11-28T12:00:00Z"}


async def test_several_clocks_share_the_work(real: Database, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "TIMERS_AT_ONCE", 3)
    databases = [Database(database) for _ in range(3)]
    clocks = [clock(one) for one in databases]
    while any(await asyncio.gather(*(one.fire() for one in clocks))):
        pass
    assert len({event["id"] for event in await sent(real)}) == len(await sent(real)) == DUE
    for one in databases:
        await one.close()


async def test_a_timer_set_again_takes_the_place_of_the_one_before(real: Database) -> None:
    await set_timers(await real.connection(), [timer(DUE)._replace(generation=2)])
    assert await clock(real).fire() == DUE + 1
    assert await left(real) == 0
