"""Consumers of inquiries wait at start until reference data has caught up: NOT_FOUND is final, and billed."""

import asyncio
import contextlib

import structlog
from aiokafka.errors import KafkaError

from infra.adapters.health import Health
from infra.adapters.kafka.lag import LagReader
from schemas.topics import REFERENCE

GROUP = "guichet.reference"
LOOK_EVERY_S = 0.25
LOG_EVERY = 120

log = structlog.get_logger()


async def reference_caught_up(reader: LagReader, stop: asyncio.Event, health: Health) -> None:
    """Return once the reference group has committed the end offsets seen now, or when `stop` is set."""
    health.away("reference")
    ends: dict[int, int] | None = None
    looks = 0
    while not stop.is_set():
        try:
            ends = ends if ends is not None else await reader.end_offsets(REFERENCE)
            behind = await _behind(reader, ends)
        except (KafkaError, OSError):
            behind = -1
        if behind == 0:
            health.back("reference")
            return
        if looks % LOG_EVERY == 0:
            log.info("waiting for reference data", records_behind=behind)
        looks += 1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)


async def _behind(reader: LagReader, ends: dict[int, int]) -> int:
    committed = await reader.committed(GROUP, REFERENCE)
    behind = {p: end for p, end in ends.items() if committed.get(p, 0) < end}
    return sum([end - committed.get(p, 0) for p, end in behind.items() if await _has_records(reader, p, committed)])


async def _has_records(reader: LagReader, partition: int, committed: dict[int, int]) -> bool:
    """Tell whether records are left, not only what compaction or a transaction's end leaves behind."""
    return await reader.has_records(REFERENCE, partition, committed.get(partition, 0))
