"""The edge: FastStream hands batches of records to a pipeline, losing none (stack facts: NACK_ON_ERROR only)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from infra.adapters.kafka.header_names import read_any_header_name
from schemas.envelope import Record

SESSION_TIMEOUT_MS = 10_000
HEARTBEAT_INTERVAL_MS = 2_000
MAX_POLL_INTERVAL_MS = 300_000
IDLE_WAIT_MS = 8


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


async def parse(batch: Sequence[Any], original: Callable[[Any], Awaitable[Any]]) -> Any:
    """Make FastStream's message of a batch without decoding a header: one that is not UTF-8 loses the batch."""
    first, last = (Edges(record.topic, record.offset, record.timestamp) for record in (batch[0], batch[-1]))
    message = await original((first, last))
    message.raw_message = batch
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
) -> None:
    """Let `handle` take the batches of a topic; when it raises, the whole batch comes again."""
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
        parser=parse,
        decoder=decode,
    )
    subscriber(handle)
