"""`guichet run NAME…`: the processes of contract §6, alone or several under one process id.

Each imports what it alone needs when it starts: together they start sooner, and hold less memory.
"""

import asyncio
import contextlib
import ctypes
import gc
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiokafka.errors import KafkaError

from consumers.desk import Desk
from consumers.inquiries import INQUIRIES_DESK
from consumers.internal import INTERNAL_DESK
from consumers.mails import MAILS_DESK
from consumers.pipeline import Pipeline, PipelineSettings, utc_now
from consumers.projections import PROJECTIONS_DESK
from consumers.reference import reference_desk
from consumers.waiting import reference_caught_up
from infra.adapters.health import Health
from infra.adapters.http import replies, serve
from infra.adapters.kafka.connection import for_aiokafka, for_faststream, for_librdkafka
from infra.adapters.kafka.lag import LagReader
from infra.adapters.postgres.audit import last_verdicts
from infra.adapters.postgres.connection import TRANSIENT, Database
from infra.adapters.postgres.dead_letters import open_counts
from infra.adapters.sealing import Seal
from infra.adapters.settings import INTERNAL_KEY, Settings
from infra.adapters.telemetry import AUDIT_BROKEN, DEAD_LETTERS_OPEN, LAG_MESSAGES, LAG_SECONDS
from schemas.asyncapi import document
from schemas.envelope import Cause

WATCH_EVERY_S = 5.0
NEEDED = ("KAFKA", "DATABASE", "DEAD_LETTER_KEY", "TOKEN_KEY")
NEEDED_BY = {"notifier": ("SMTP", "MAIL_FROM", "PORTAL_URL")}
GC_THRESHOLD = (200_000, 20, 50)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
THRESHOLD_BYTES = 131_072

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Running:
    """What the parts of one process share."""

    settings: Settings
    health: Health
    stop: asyncio.Event


async def _reference(running: Running) -> None:
    await _consume(running, reference_desk(running.settings.token_key_bytes))


async def _inquiries(running: Running) -> None:
    await _after_reference(running)
    await _consume(running, INQUIRIES_DESK)


async def _internal(running: Running) -> None:
    await _after_reference(running)
    await _consume(running, INTERNAL_DESK)


async def _projections(running: Running) -> None:
    await _consume(running, PROJECTIONS_DESK)


async def _clock(running: Running) -> None:
    from producers.timing import Clock

    database = Database(running.settings.database, "guichet clock")
    key = running.settings.hmac_key_bytes[INTERNAL_KEY]
    await Clock(database, key, running.health, utc_now).run(running.stop)


async def _relay(running: Running) -> None:
    from infra.adapters.kafka.producer import Sender
    from producers.relay import Relay

    database = Database(running.settings.database, "guichet relay")
    relay = Relay(database, Sender(for_librdkafka(running.settings)), running.health, utc_now)
    await relay.run(running.stop)


async def _notifier(running: Running) -> None:
    from notifier.sending import Notifier
    from notifier.writing import Writer

    database = Database(running.settings.database, "guichet notifier")
    notifier = Notifier(database, Writer(running.settings), running.health, utc_now)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(notifier.run(running.stop))
        parts.create_task(_consume(running, MAILS_DESK))


PROCESSES: dict[str, Callable[[Running], Awaitable[None]]] = {
    "reference": _reference,
    "inquiries": _inquiries,
    "internal": _internal,
    "projections": _projections,
    "clock": _clock,
    "relay": _relay,
    "notifier": _notifier,
}


async def run(names: list[str], settings: Settings) -> None:
    """Run the processes named until SIGTERM or SIGINT; each finishes its batch and leaves its group.

    Raises:
        OSError: the HTTP port is taken, or its address is none of this machine's.
    """
    running = Running(settings, Health(), asyncio.Event())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.stop.set)
    _spare_memory()
    paths = replies(running.health, document)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(serve(settings.http_host, settings.http_port, paths, running.stop))
        for name in names:
            running.health.away(f"start of {name}")
            parts.create_task(_part(name, running))
    log.info("stopped")


def _spare_memory() -> None:
    """Collect garbage seldom, and let glibc give memory back.

    With each large buffer that is freed glibc keeps more for itself, and a process grows by 4 MiB a minute under a
    steady load, unless its thresholds are set. Elsewhere (macOS, musl) there are no such thresholds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        for threshold in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
            libc.mallopt(threshold, THRESHOLD_BYTES)


async def _part(name: str, running: Running) -> None:
    """Run one process; when it ends by an error, the others end too and the supervisor starts all again."""
    running.health.back(f"start of {name}")
    try:
        await PROCESSES[name](running)
    finally:
        running.stop.set()


async def _after_reference(running: Running) -> None:
    while not running.stop.is_set():
        try:
            async with LagReader(for_aiokafka(running.settings)) as reader:
                await reference_caught_up(reader, running.stop, running.health)
                return
        except (KafkaError, OSError):
            running.health.away("kafka")
            await _pause(running.stop, 1.0)
    return


async def _consume(running: Running, desk: Desk) -> None:
    from consumers.consuming import Consumer

    settings = running.settings
    database = Database(settings.database, f"guichet {desk.group}")
    pipeline = Pipeline(
        desk,
        database,
        PipelineSettings(settings.hmac_key_bytes, Seal(settings.dead_letter_key_bytes), utc_now),
    )
    consumer = Consumer(pipeline, for_faststream(settings), settings.batch_records, running.health)
    watching = asyncio.create_task(_watch(running, desk))
    try:
        await consumer.run(running.stop)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        with contextlib.suppress(*TRANSIENT):
            await database.close()


async def _watch(running: Running, desk: Desk) -> None:
    """Export lag, dead letters and the last audit every few seconds; notice a service that is away while idle."""
    database = Database(running.settings.database, "guichet watch")
    while True:
        try:
            async with LagReader(for_aiokafka(running.settings)) as reader:
                await _watch_with(reader, database, running, desk)
        except (KafkaError, OSError):
            running.health.away("kafka")
        except Exception:
            log.exception("metrics cannot be read; they are tried again", group=desk.group)
        await asyncio.sleep(1.0)


async def _watch_with(reader: LagReader, database: Database, running: Running, desk: Desk) -> None:
    while True:
        for lag in await reader.lags(desk.group, desk.topic, time.time()):
            LAG_MESSAGES.labels(lag.group, lag.topic, lag.partition).set(lag.lag)
            LAG_SECONDS.labels(lag.group, lag.topic, lag.partition).set(lag.lag_s)
        running.health.back("kafka")
        try:
            connection = await database.connection()
            counts = await open_counts(connection, desk.group)
            for cause in Cause:
                DEAD_LETTERS_OPEN.labels(desk.group, cause).set(counts.get(cause, 0))
            for law, broken in (await last_verdicts(connection)).items():
                AUDIT_BROKEN.labels(law).set(broken)
        except TRANSIENT:
            running.health.away("postgresql")
        else:
            running.health.back("postgresql")
        await asyncio.sleep(WATCH_EVERY_S)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
