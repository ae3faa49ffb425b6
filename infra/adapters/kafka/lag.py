"""Lag of consumer groups in messages and in seconds, read from the broker as kafka-consumer-groups does."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from infra.adapters.kafka.header_names import read_any_header_name

SMALLEST_FETCH_BYTES = 1
"""Only the first record's time is wanted; the broker sends the one batch that it stands in."""


class Lag(NamedTuple):
    """How far a group is behind on one partition: messages, and the age in seconds of the oldest of them."""

    group: str
    topic: str
    partition: int
    committed: int
    end: int
    lag: int
    lag_s: float


class LagReader:
    """Asks the broker for end offsets, committed offsets and the time of the oldest record not committed."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        """Take aiokafka's connection settings (`bootstrap_servers`, security)."""
        read_any_header_name()
        self._admin = AIOKafkaAdminClient(**connection)
        self._consumer = AIOKafkaConsumer(
            **connection,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=SMALLEST_FETCH_BYTES,
        )

    async def __aenter__(self) -> Self:
        """Connect; raises `KafkaError` or OSError when the broker does not answer."""
        try:
            await self._admin.start()
            await self._consumer.start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._admin.close()

    async def end_offsets(self, topic: str) -> dict[int, int]:
        """Give the end offset of each partition of a topic; none when it does not exist."""
        described = await self._admin.describe_topics([topic])
        partitions = [TopicPartition(topic, p["partition"]) for entry in described for p in entry["partitions"]]
        ends = await self._consumer.end_offsets(partitions) if partitions else {}
        return {place.partition: end for place, end in ends.items()}

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        """Give the group's committed offset on each partition where it has one."""
        offsets = await self._admin.list_consumer_group_offsets(group)
        return {
            place.partition: entry.offset
            for place, entry in offsets.items()
            if place.topic == topic and entry.offset >= 0
        }

    async def lags(self, group: str, topic: str, now_s: float) -> list[Lag]:
        """Measure a group's lag on each partition of a topic; `now_s` is the present in seconds since 1970."""
        ends = await self.end_offsets(topic)
        committed = await self.committed(group, topic)
        starts = await self._starts(topic, ends)
        rows = []
        for partition, end in sorted(ends.items()):
            position = max(committed.get(partition, 0), starts.get(partition, 0))
            oldest_s = await self._timestamp_s(topic, partition, position) if end > position else None
            lag_s = max(0.0, now_s - oldest_s) if oldest_s is not None else 0.0
            rows.append(Lag(group, topic, partition, committed.get(partition, 0), end, end - position, round(lag_s, 3)))
        return rows

    async def _starts(self, topic: str, ends: Mapping[int, int]) -> dict[int, int]:
        places = [TopicPartition(topic, partition) for partition in ends]
        starts = await self._consumer.beginning_offsets(places) if places else {}
        return {place.partition: start for place, start in starts.items()}

    async def has_records(self, topic: str, partition: int, offset: int) -> bool:
        """Tell whether a committed record stands at an offset or after it."""
        start = (await self._starts(topic, {partition: 0}))[partition]
        return await self._timestamp_s(topic, partition, max(offset, start)) is not None

    async def _timestamp_s(self, topic: str, partition: int, offset: int) -> float | None:
        """Read the append time of the record at an offset, or of the next one that is still there."""
        place = TopicPartition(topic, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, offset)
        found = await self._consumer.getmany(place, timeout_ms=1000, max_records=1)
        records = found.get(place, [])
        return records[0].timestamp / 1000 if records else None
