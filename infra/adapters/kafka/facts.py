"""Reading facts from `guichet.outcomes`, between given offsets, in bounded memory."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

ANSWERED = "guichet.inquiry.answered.v1"
RECORDS_AT_ONCE = 5_000
SILENCE_MS = 30_000

Take = Callable[[list[UUID]], Awaitable[None]]


class Told(NamedTuple):
    """What a fact tells: the inquiry that it calls answered (None for other facts), and when it was told, UTC."""

    inquiry: UUID | None
    time: datetime


class _Fact(msgspec.Struct):
    """The members of a fact that the audit looks at."""

    type: str
    aggregate: str
    time: datetime


_decoder = msgspec.json.Decoder(_Fact)


def read_fact(value: bytes | None) -> Told | None:
    """Read a fact; None for what is no fact."""
    try:
        fact = _decoder.decode(value or b"")
        return Told(UUID(fact.aggregate) if fact.type == ANSWERED else None, fact.time)
    except (ValueError, msgspec.MsgspecError):
        return None


async def read_answered(
    connection: Mapping[str, Any],
    topic: str,
    spans: Mapping[int, tuple[int, int]],
    later_than: datetime | None,
    take: Take,
) -> dict[int, int]:
    """Hand the ids of the inquiries that facts call answered to `take`, a list at a time.

    Args:
        connection: aiokafka's connection settings.
        topic: the topic of facts.
        spans: by partition, the first offset to read and the one to stop before.
        later_than: an instant; None when none matters.
        take: called with some ids at a time.

    Returns:
        By partition: the offset of the first fact later than `later_than`, or where the reading stopped.

    Raises:
        KafkaError: the broker does not answer.
        TimeoutError: the broker gives nothing for 30 s although there is more.
    """
    stops = {partition: end for partition, (_, end) in spans.items()}
    unread = {partition: span for partition, span in spans.items() if span[0] < span[1]}
    if not unread:
        return stops
    consumer = AIOKafkaConsumer(
        **connection, enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    try:
        await consumer.start()
        for partition, span in unread.items():
            place = TopicPartition(topic, partition)
            stops[partition] = await _read(consumer, place, span, later_than, take)
    finally:
        await consumer.stop()
    return stops


async def _read(
    consumer: AIOKafkaConsumer,
    place: TopicPartition,
    span: tuple[int, int],
    later_than: datetime | None,
    take: Take,
) -> int:
    position, end = span
    later = end
    consumer.assign([place])
    consumer.seek(place, position)
    while position < end:
        found = await consumer.getmany(place, timeout_ms=SILENCE_MS, max_records=RECORDS_AT_ONCE)
        if not found:
            raise TimeoutError
        told = [(record.offset, fact) for record in found[place] if (fact := read_fact(record.value))]
        if later == end and later_than is not None:
            later = next((offset for offset, fact in told if fact.time > later_than), end)
        await take([fact.inquiry for _, fact in told if fact.inquiry is not None])
        position = await consumer.position(place)
    return later
