"""The clock process: due timers → `guichet.internal` by way of the outbox; any number of copies (design §3)."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from infra.adapters.health import Health
from infra.adapters.inside import inside
from infra.adapters.packing import OutgoingRecord
from infra.adapters.postgres.clock import read_clock
from infra.adapters.postgres.connection import TRANSIENT, Connection, Database
from infra.adapters.postgres.road import add_outbox
from infra.adapters.postgres.statements import statements
from infra.adapters.telemetry import TIMERS_OVERDUE
from schemas.identifiers import derived_id
from schemas.topics import INTERNAL

SQL = statements("timers")
TIMERS_AT_ONCE = 2_000
LOOK_EVERY_S = 0.5
WATCH_EVERY_S = 2.0

log = structlog.get_logger()


class Clock:
    """Sends what is due, the earliest first; what it sends is signed, since nobody else may write there."""

    def __init__(self, database: Database, key: bytes, health: Health, now: Callable[[], datetime]) -> None:
        """Work with a connection of its own; `key` signs, `now` gives real time."""
        self._database = database
        self._key = key
        self._health = health
        self._now = now
        self._watched_s = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; comes back by itself when PostgreSQL was away."""
        while not stop.is_set():
            try:
                fired = await self.fire()
                self._health.back("postgresql")
            except TRANSIENT as error:
                self._health.away("postgresql")
                log.warning("timers cannot be read", error=type(error).__name__)
                fired = 0
            if not fired:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
        with contextlib.suppress(*TRANSIENT):
            await self._database.close()

    async def fire(self) -> int:
        """Send some of what is due; gives how many."""
        async with self._database.transaction() as connection:
            now = await read_clock(connection, self._now())
            rows = await connection.fetch(SQL["due"], now.shown, TIMERS_AT_ONCE)
            if rows:
                await add_outbox(connection, {INTERNAL: [self._event(row) for row in rows]}, now.real)
                await connection.execute(SQL["fired"], [row["key"] for row in rows])
            await self._watch(connection, now.shown)
            return len(rows)

    def _event(self, timer: Any) -> OutgoingRecord:
        """Write the event that a timer stands for; its id is a function of the timer."""
        start = UUID(int=int(timer["due_at"].timestamp() * 1000) << 80)
        event_id = derived_id(start, f"timer/{timer['key']}/{timer['generation']}")
        data = orjson.Fragment(timer["data"])
        return inside(self._key, event_id, timer["type"], timer["due_at"], timer["aggregate"], data)

    async def _watch(self, connection: Connection, now: datetime) -> None:
        """Count what is due every few seconds: while much is, a count at each look would cost more than the work."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._watched_s >= WATCH_EVERY_S:
            self._watched_s = now_s
            TIMERS_OVERDUE.set(await connection.fetchval(SQL["overdue"], now))
