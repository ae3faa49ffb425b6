"""The notifier: claim → render → send → outcome; any number of copies share the work (contract §10)."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from handlers.mails.decide import retry_timer
from handlers.timeline import Moment
from infra.adapters.health import Health
from infra.adapters.postgres import mails as sql
from infra.adapters.postgres.clock import read_clock
from infra.adapters.postgres.connection import TRANSIENT, Connection, Database
from infra.adapters.postgres.mails import Changed, Claimed
from infra.adapters.postgres.road import add_outbox, set_timers
from infra.adapters.telemetry import MAILS
from notifier.outcomes import Settled, Verdict, settle
from notifier.telling import mail_facts
from notifier.under_way import A_DOMAIN_AT_ONCE, Ended, UnderWay
from notifier.writing import Writer
from schemas.topics import OUTCOMES

LEASE = timedelta(minutes=5)
LOOK_EVERY_S = 0.5
WATCH_EVERY_S = 2.0
LONGEST_PAUSE_S = 10.0
FINISH_WITHIN_S = 10.0

log = structlog.get_logger()


class Notifier:
    """Sends what may be sent; what becomes of each e-mail is saved as soon as it is known."""

    def __init__(self, database: Database, writer: Writer, health: Health, now: Callable[[], datetime]) -> None:
        """Work with a database connection of its own; `now` gives real time."""
        self._database = database
        self._writer = writer
        self._health = health
        self._now = now
        self._claimant = uuid4()
        self._under_way = UnderWay(writer.send)
        self._woken = asyncio.Event()
        self._listening: Connection | None = None
        self._troubles = 0
        self._not_before_s = 0.0
        self._watched_s = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then end what is under way; comes back by itself when PostgreSQL was away."""
        ending = asyncio.create_task(self._end(stop))
        while not stop.is_set() or self._under_way:
            try:
                await self._step(stop)
                self._health.back("postgresql")
            except TRANSIENT as error:
                self._health.away("postgresql")
                log.warning("e-mails cannot be read or saved", error=type(error).__name__)
                await asyncio.sleep(LOOK_EVERY_S)
        await ending
        with contextlib.suppress(*TRANSIENT):
            await self._database.close()

    async def _end(self, stop: asyncio.Event) -> None:
        """When told to stop: what has not ended soon after is cut, and ends as what it then is."""
        await stop.wait()
        self._woken.set()
        await self._under_way.all(FINISH_WITHIN_S)
        self._writer.cut()

    async def _step(self, stop: asyncio.Event) -> None:
        await self._listen()
        self._woken.clear()
        await self._turn(may_claim=not stop.is_set() and self._now_s() >= self._not_before_s)
        await self._watch()
        await self._under_way.some(self._woken, LOOK_EVERY_S)

    async def _turn(self, *, may_claim: bool) -> None:
        """Save what has ended and claim what can be sent now, in one transaction."""
        ended = self._under_way.ended()
        async with self._database.transaction() as connection:
            now = await read_clock(connection, self._now())
            if ended:
                await self._save(connection, ended, now)
            claimed = await self._claim(connection, now.shown) if may_claim else []
        self._under_way.saved(ended)
        if ended:
            self._notice_trouble(ended)
        for mail in claimed:
            self._under_way.start(mail)

    async def _listen(self) -> None:
        connection = await self._database.connection()
        if self._listening is not connection:
            await connection.add_listener("guichet_mails", lambda *_: self._woken.set())
            self._listening = connection

    async def _claim(self, connection: Connection, now: datetime) -> list[Claimed]:
        """Claim no more than can be sent at once."""
        under_way = self._under_way
        lease_until = now + LEASE
        return await sql.claim(
            connection, self._claimant, lease_until, under_way.free, under_way.full_domains, A_DOMAIN_AT_ONCE
        )

    async def _save(self, connection: Connection, ended: Sequence[Ended], now: Moment) -> None:
        """Save outcomes: states, suppressed addresses, timers of further attempts, facts."""
        settled = [settle(one.mail, one.attempt, now.shown) for one in ended]
        changed = await sql.settle(connection, self._claimant, [_row(one) for one in settled], now.shown)
        await _follow(connection, settled, {mail.mail_id for mail in changed}, now.shown)
        await _tell(connection, changed, now)

    def _notice_trouble(self, ended: Sequence[Ended]) -> None:
        """Leave a server alone for a while that does not answer, or does not let us in."""
        troubled = [one for one in ended if one.attempt.verdict is Verdict.TROUBLE]
        if not troubled:
            self._troubles = 0
            self._health.back("smtp")
            return
        self._troubles += 1
        self._not_before_s = self._now_s() + min(2.0 ** (self._troubles - 2), LONGEST_PAUSE_S)
        self._health.away("smtp")
        log.warning("e-mails wait for the mail server", cause=troubled[0].attempt.cause, waiting=len(troubled))

    async def _watch(self) -> None:
        """Every few seconds: give up what another process lost while sending, and count."""
        if self._now_s() - self._watched_s < WATCH_EVERY_S:
            return
        self._watched_s = self._now_s()
        async with self._database.transaction() as connection:
            now = await read_clock(connection, self._now())
            await _tell(connection, await sql.lapse(connection, now.shown, self._claimant), now)
            counts = await sql.count_by_status(connection)
        for status in sql.STATUSES:
            MAILS.labels(status).set(counts.get(status, 0))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def _row(settled: Settled) -> tuple[Any, ...]:
    return settled.mail_id, settled.attempts, settled.status, settled.cause


async def _follow(connection: Connection, settled: Sequence[Settled], changed: set[UUID], now: datetime) -> None:
    """Do what follows from the outcomes that were saved."""
    saved = [one for one in settled if one.mail_id in changed]
    timers = [retry_timer(one.mail_id, one.attempts, one.retry_at) for one in saved if one.retry_at is not None]
    if timers:
        await set_timers(connection, timers)
    await sql.suppress(connection, [one.mail_id for one in saved if one.suppress], now)


async def _tell(connection: Connection, changed: Sequence[Changed], now: Moment) -> None:
    """Publish what others are told of e-mails."""
    if facts := mail_facts(changed, now.shown):
        await add_outbox(connection, {OUTCOMES: facts}, now.real)
