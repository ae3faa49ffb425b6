"""A consumer as a process part: joins its group, hands batches to its pipeline, leaves at once when told."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from consumers.pipeline import Pipeline
from consumers.retrying import patiently
from infra.adapters.health import Health
from infra.adapters.kafka.consumer import Commits, subscribe
from schemas.envelope import Record

STOP_WITHIN_S = 30.0
RETRY_S = 1.0

log = structlog.get_logger()


class Consumer:
    """One member of a consumer group."""

    def __init__(self, pipeline: Pipeline, connection: Mapping[str, Any], max_records: int, health: Health) -> None:
        """Consume with aiokafka's connection settings, in batches of at most `max_records`."""
        self._pipeline = pipeline
        self._health = health
        self._connection = connection
        self._max_records = max_records
        self._commits = Commits()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, then finish the batch at hand and leave the group."""
        broker = await self._joined(stop)
        if broker is None:
            return
        log.info("consuming", group=self._pipeline.desk.group)
        await stop.wait()
        self._commits.leaving = True
        await self._commits.settle()
        await broker.stop()
        log.info("left the group", group=self._pipeline.desk.group)

    async def _joined(self, stop: asyncio.Event) -> KafkaBroker | None:
        """Join the group, again and again while Kafka is away."""
        while not stop.is_set():
            broker = self._broker()
            try:
                await broker.start()
            except (KafkaError, OSError) as error:
                self._health.away("kafka")
                log.warning("kafka away", error=type(error).__name__)
                with contextlib.suppress(Exception):
                    await broker.stop()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RETRY_S)
            else:
                self._health.back("kafka")
                return broker
        return None

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            **self._connection,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=STOP_WITHIN_S,
            logger=None,
        )
        desk = self._pipeline.desk
        subscribe(broker, desk.group, desk.topic, self._max_records, self._handle, self._commits)
        return broker

    async def _handle(self, records: list[Record]) -> None:
        await patiently(lambda: self._pipeline.handle(records), self._health, "postgresql")
