"""The relay: outbox → Kafka, one at a time with hot standbys; a row goes once Kafka has acknowledged it."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import structlog

from infra.adapters.health import Health
from infra.adapters.kafka.producer import Sender, Sending
from infra.adapters.packing import OutgoingRecord, pack, unpack
from infra.adapters.postgres.connection import TRANSIENT, Connection, Database
from infra.adapters.postgres.statements import statements
from infra.adapters.telemetry import OUTBOX_AGE_SECONDS, OUTBOX_PARKED, OUTBOX_ROWS

SQL = statements("outbox")
ROWS_AT_ONCE = 40
WAKE_S = 0.5
WATCH_EVERY_S = 2.0

log = structlog.get_logger()


class Relay:
    """Publishes what transactions left in the outbox; order is promised per aggregate, by its facts' versions."""

    def __init__(self, database: Database, sender: Sender, health: Health, now: Callable[[], datetime]) -> None:
        """Work with a connection and a producer of its own."""
        self._database = database
        self._sender = sender
        self._health = health
        self._now = now
        self._woken = asyncio.Event()
        self._watched_s = 0.0
        self._passed_over: set[int] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set; comes back by itself when PostgreSQL or Kafka was away."""
        while not stop.is_set():
            try:
                connection = await self._database.connection()
                await self._lead(connection, stop)
            except TRANSIENT as error:
                self._health.away("postgresql")
                log.warning("outbox cannot be read", error=type(error).__name__)
                await _wait(stop, 1.0)
        with contextlib.suppress(*TRANSIENT):
            await self._database.close()

    async def _lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Wait for the lead, then relay; a standby is ready too."""
        self._health.back("postgresql")
        while not await connection.fetchval(SQL["take_lead"]):
            if await _wait(stop, WAKE_S):
                return
        await connection.add_listener("guichet_outbox", lambda *_: self._woken.set())
        while not stop.is_set():
            self._woken.clear()
            await self._watch(connection)
            if not await self._relay_some(connection):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), WAKE_S)

    async def _relay_some(self, connection: Connection) -> bool:
        """Publish some rows and delete those that Kafka has; tell whether there were any of these.

        Rows that Kafka did not take are passed over until all others have been tried: they hold up nothing.
        """
        rows = await connection.fetch(SQL["waiting"], ROWS_AT_ONCE, list(self._passed_over))
        if not rows:
            self._passed_over.clear()
            return False
        sent = [(row["seq"], row["topic"], unpack(row["payload"])) for row in rows]
        sendings = [self._sender.send(topic, records) for _, topic, records in sent]
        await self._sender.settle(sendings)
        published = []
        for (seq, topic, records), sending in zip(sent, sendings, strict=True):
            if sending.failed:
                self._passed_over.add(seq)
                continue
            await self._park(connection, seq, topic, records, sending)
            published.append(seq)
        self._tell_kafka(not self._passed_over)
        await connection.execute(SQL["delete"], published)
        return bool(published)

    async def _park(
        self, connection: Connection, seq: int, topic: str, records: list[OutgoingRecord], sending: Sending
    ) -> None:
        """Set aside what Kafka refused for good; the rest goes on, versions carry the order."""
        for position, reason in sending.refused.items():
            await connection.execute(SQL["park"], seq, position, topic, pack([records[position]]), reason, self._now())
            log.error("record refused by Kafka, parked in core.outbox_parked", topic=topic, reason=reason, seq=seq)

    def _tell_kafka(self, answered: bool) -> None:
        if answered:
            self._health.back("kafka")
        else:
            self._health.away("kafka")

    async def _watch(self, connection: Connection) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._watched_s < WATCH_EVERY_S:
            return
        self._watched_s = now_s
        row = await connection.fetchrow(SQL["watch"])
        if row is not None:
            OUTBOX_ROWS.set(row["rows"])
            OUTBOX_PARKED.set(row["parked"])
            age_s = (self._now() - row["oldest"]).total_seconds() if row["oldest"] else 0.0
            OUTBOX_AGE_SECONDS.set(age_s)


async def _wait(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for `stop` at most so long and tell whether it is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()
