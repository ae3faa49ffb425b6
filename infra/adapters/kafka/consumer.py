"""The edge: FastStream hands batches of records to a pipeline, losing none (stack facts: NACK_ON_ERROR only)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from infra.adapters.kafka.header_names import read_any_header_name
from schemas.envelope import Record

SESSION_TIMEOUT_MS = 10_000
HEARTBEAT_INTERVAL_MS = 2_000
MAX_POLL_INTERVAL_MS = 300_000
IDLE_WAIT_MS = 8

log = structlog.get_logger()


class Edges(NamedTuple):
    """The first and last records of a batch as FastStream's own parser reads them, without headers."""

    topic: str
    offset: int
    timestamp: int
    value: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()


def to_record(message: Any) -> Record:
    """Turn aiokafka's record into ours."""
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.timestamp,
        message.key,
        message.value,
        tuple(message.headers),
    )


class Commits:
    """Commits a member's offsets beside its next batch: `core.progress` says what was done, so nothing waits for them.

    Attributes:
        leaving: whether the member is about to leave its group; commits are then waited for.
    """

    def __init__(self) -> None:
        """Nothing is on its way."""
        self.leaving = False
        self._on_its_way: asyncio.Task[None] | None = None

    async def commit(self, consumer: AIOKafkaConsumer, batch: Sequence[Any]) -> None:
        """Commit that a batch was taken, after the commit before it."""
        await self.settle()
        ends = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in batch}
        self._on_its_way = asyncio.create_task(_commit(consumer, ends))
        if self.leaving:
            await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        on_its_way, self._on_its_way = self._on_its_way, None
        if on_its_way is not None:
            await on_its_way


async def _commit(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> None:
    try:
        await consumer.commit(ends)
    except KafkaError as error:
        log.info("offsets not committed; the next commit covers them", error=type(error).__name__)


class BatchMember:
    """What FastStream may do with the consumer of a batch: commit it, or seek back to it."""

    def __init__(self, consumer: AIOKafkaConsumer, batch: Sequence[Any], commits: Commits) -> None:
        """Stand for a consumer while its batch is taken."""
        self._consumer = consumer
        self._batch = batch
        self._commits = commits

    async def commit(self) -> None:
        """Commit the batch, and only this batch."""
        await self._commits.commit(self._consumer, self._batch)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go back."""
        self._consumer.seek(partition, offset)


async def parse(batch: Sequence[Any], original: Callable[[Any], Awaitable[Any]], commits: Commits) -> Any:
    """Make FastStream's message of a batch without decoding a header: one that is not UTF-8 loses the batch."""
    first, last = (Edges(record.topic, record.offset, record.timestamp) for record in (batch[0], batch[-1]))
    message = await original((first, last))
    message.raw_message = batch
    message.consumer = BatchMember(message.consumer, batch, commits)
    return message


async def decode(message: Any) -> list[Record]:
    """Give the batch's records with their bytes as they came."""
    return [to_record(record) for record in message.raw_message]


def subscribe(
    broker: KafkaBroker,
    group: str,
    topic: str,
    max_records: int,
    handle: Callable[[list[Record]], Awaitable[None]],
    commits: Commits,
) -> None:
    """Let `handle` take the batches of a topic; when it raises, the whole batch comes again."""

    async def parser(batch: Sequence[Any], original: Callable[[Any], Awaitable[Any]]) -> Any:
        return await parse(batch, original, commits)

    read_any_header_name()
    subscriber = broker.subscriber(
        topic,
        group_id=group,
        batch=True,
        max_records=max_records,
        batch_timeout_ms=IDLE_WAIT_MS,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=HEARTBEAT_INTERVAL_MS,
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
        parser=parser,
        decoder=decode,
    )
    subscriber(handle)
