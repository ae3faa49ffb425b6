"""The relay between a database of its own and a sender of the test's: what Kafka answered decides."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast

import asyncpg
import pytest

from infra.adapters.health import Health
from infra.adapters.kafka.producer import Sender, Sending
from infra.adapters.packing import OutgoingRecord, unpack
from infra.adapters.postgres.connection import Connection, Database
from infra.adapters.postgres.road import add_outbox
from producers.relay import ROWS_AT_ONCE, Relay

NOW = datetime.now(UTC)
TOPIC = "guichet.outcomes"
PATIENCE_S = 20.0


class Kafka:
    """Stands in for the sender: keeps what it took, refuses for good or fails what it is told to.

    `answers` is cleared to keep every answer back; `asked` counts how often somebody waited for answers.
    """

    def __init__(self) -> None:
        self.taken: list[bytes | None] = []
        self.refused: set[bytes] = set()
        self.failing: set[bytes] = set()
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0

    def send(self, _topic: str, records: Sequence[OutgoingRecord]) -> Sending:
        sending = Sending()
        for position, record in enumerate(records):
            if record.value in self.refused:
                sending.refused[position] = "MSG_SIZE_TOO_LARGE"
            elif record.value in self.failing:
                sending.failed = True
            else:
                self.taken.append(record.value)
        return sending

    async def settle(self, _sendings: Sequence[Sending]) -> None:
        self.asked += 1
        await self.answers.wait()


class Counter:
    """An outbox, and relays that empty it."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.connection = connection
        self._url = url

    async def leave(self, *values: bytes) -> None:
        """Leave one row of records."""
        await add_outbox(self.connection, {TOPIC: [OutgoingRecord(b"k", value) for value in values]}, NOW)

    async def waiting(self) -> list[bytes | None]:
        rows = await self.connection.fetch("select payload from core.outbox order by seq")
        return [record.value for row in rows for record in unpack(row["payload"])]

    async def parked(self) -> list[tuple[bytes | None, str]]:
        rows = await self.connection.fetch("select payload, reason from core.outbox_parked order by seq, position")
        return [(record.value, row["reason"]) for row in rows for record in unpack(row["payload"])]

    @asynccontextmanager
    async def relay(self, kafka: Kafka, name: str = "relay", health: Health | None = None) -> AsyncIterator[None]:
        """Run one relay, until the block ends."""
        stop = asyncio.Event()
        relay = Relay(Database(self._url, name), cast("Sender", kafka), health or Health(), lambda: NOW)
        running = asyncio.create_task(relay.run(stop))
        try:
            yield
        finally:
            kafka.answers.set()
            stop.set()
            await running


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 -- what is waited for has no event
            await asyncio.sleep(0.01)


@pytest.fixture
async def counter(database: str) -> AsyncIterator[Counter]:
    connection = await asyncpg.connect(database)
    yield Counter(database, connection)
    await connection.close()


async def emptied(counter: Counter) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await counter.waiting():
            continue


async def test_a_row_is_deleted_only_once_kafka_has_acknowledged_it(counter: Counter) -> None:
    kafka = Kafka()
    kafka.answers.clear()
    await counter.leave(b"a", b"b")
    async with counter.relay(kafka):
        await until(lambda: kafka.asked > 0)
        assert await counter.waiting() == [b"a", b"b"]
        kafka.answers.set()
        await emptied(counter)
    assert kafka.taken == [b"a", b"b"]


async def test_what_kafka_refuses_for_good_is_parked_and_the_rest_goes_on(counter: Counter) -> None:
    kafka = Kafka()
    kafka.refused = {b"large"}
    await counter.leave(b"a", b"large", b"b")
    await counter.leave(b"c")
    async with counter.relay(kafka):
        await emptied(counter)
    assert kafka.taken == [b"a", b"b", b"c"]
    assert await counter.parked() == [(b"large", "MSG_SIZE_TOO_LARGE")]


async def test_what_kafka_does_not_take_now_stays_and_the_rest_goes_on(counter: Counter) -> None:
    kafka, health = Kafka(), Health()
    kafka.failing = {b"later"}
    await counter.leave(b"later")
    await counter.leave(b"a")
    async with counter.relay(kafka, health=health):
        await until(lambda: b"a" in kafka.taken and kafka.asked > 2)
        assert await counter.waiting() == [b"later"]
        assert health.waiting_for == ["kafka"]
        kafka.failing = set()
        await emptied(counter)
    assert (kafka.taken, await counter.parked()) == ([b"a", b"later"], [])


async def test_rows_that_kafka_does_not_take_hold_up_no_later_ones_however_many_they_are(counter: Counter) -> None:
    kafka = Kafka()
    kafka.failing = {b"later"}
    for _ in range(ROWS_AT_ONCE + 1):
        await counter.leave(b"later")
    await counter.leave(b"a")
    async with counter.relay(kafka):
        await until(lambda: b"a" in kafka.taken)
        assert set(await counter.waiting()) == {b"later"}
        kafka.failing = set()
        await emptied(counter)


async def test_kafka_is_not_pressed_while_it_takes_nothing(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.relay.WAKE_S", 3_600.0)
    kafka = Kafka()
    kafka.failing = {b"later"}
    await counter.leave(b"later")
    async with counter.relay(kafka):
        await until(lambda: kafka.asked > 0)
        for _ in range(20):
            await counter.waiting()
        assert kafka.asked == 1
        kafka.failing = set()
        monkeypatch.setattr("producers.relay.WAKE_S", 0.01)
        await counter.leave(b"a")
        await emptied(counter)


async def test_a_standby_takes_over_when_the_leader_loses_its_connection(counter: Counter) -> None:
    leader, standby = Kafka(), Kafka()
    await counter.leave(b"a")
    async with counter.relay(leader, "leader"):
        await until(lambda: leader.asked > 0)
        async with counter.relay(standby, "standby"):
            leader.answers.clear()
            await counter.leave(b"b")
            await until(lambda: b"b" in leader.taken)
            assert standby.taken == []
            await counter.connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leader'"
            )
            await emptied(counter)
            assert standby.taken == [b"b"]


async def test_a_relay_that_lost_its_connection_comes_back(counter: Counter) -> None:
    kafka = Kafka()
    await counter.leave(b"a")
    async with counter.relay(kafka):
        await emptied(counter)
        await counter.connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'relay'"
        )
        await counter.leave(b"b")
        await emptied(counter)
    assert kafka.taken == [b"a", b"b"]
