"""Kafka from outside: topics, publishing, watermarks, and what was written between two of them."""

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

from tests.bench.waiting import until

READ_AT_ONCE, READ_WITHIN_S = 10_000, 10.0
QUEUE_FULL_WAIT_S = 0.1
NOT_YET = {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE}
"""What a broker says that has just started."""


class Written(NamedTuple):
    """A record as found: its append time in ms since 1970, its key and value."""

    at_ms: int
    key: bytes
    value: bytes


class Kafka:
    """A cluster, for one bench."""

    def __init__(self, servers: str) -> None:
        """Connect when first used."""
        self._servers = {"bootstrap.servers": servers, "log_level": 0}
        self._admin = AdminClient(self._servers)
        self._refused: list[str] = []
        self._reader = Consumer(self._servers | {"group.id": "bench-reader", "enable.auto.commit": False})
        self._producer = Producer(
            self._servers | {"enable.idempotence": True, "linger.ms": 5, "queue.buffering.max.messages": 1_000_000}
        )

    def create(self, *names: str, partitions: int) -> None:
        """Make topics that bear log-append time, as Guichet's own do."""
        config = {"message.timestamp.type": "LogAppendTime"}
        made = self._admin.create_topics([NewTopic(name, partitions, 1, config=config) for name in names])
        for future in made.values():
            future.result(timeout=30)

    def publish(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Publish records and wait for the broker; raises `RuntimeError` when some are not taken."""
        for key, value in records:
            self.send(topic, key, value)
        self.flush()

    def send(self, topic: str, key: bytes, value: bytes) -> None:
        """Publish a record without waiting for the broker."""
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=self._told)
            except BufferError:
                self._producer.poll(QUEUE_FULL_WAIT_S)
            else:
                break
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the broker has all; raises `RuntimeError` when it refused some."""
        self._producer.flush()
        if self._refused:
            raise RuntimeError(f"Kafka refused {len(self._refused)} records, the first with {self._refused[0]}")

    def _told(self, error: object, _message: object) -> None:
        if error is not None:
            self._refused.append(str(error))

    def ends(self, topic: str) -> dict[int, int]:
        """Give the end offset of each partition."""
        found = self._admin.list_topics(topic, timeout=10).topics[topic]
        return {number: self._end(topic, number) for number in found.partitions}

    def _end(self, topic: str, partition: int) -> int:
        return self._reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]

    def between(self, topic: str, starts: dict[int, int], ends: dict[int, int]) -> Iterator[Written]:
        """Read the records between two readings of `ends`."""
        wanted = {number: end for number, end in ends.items() if end > starts.get(number, 0)}
        self._reader.assign([TopicPartition(topic, number, starts.get(number, 0)) for number in wanted])
        deadline = time.monotonic() + READ_WITHIN_S
        while wanted and time.monotonic() < deadline:
            for record in self._reader.consume(READ_AT_ONCE, 0.2):
                partition, offset = record.partition() or 0, record.offset() or 0
                if offset >= wanted.get(partition, 0):
                    continue
                yield Written(record.timestamp()[1], bytes(record.key() or b""), bytes(record.value() or b""))
                if offset + 1 == wanted[partition]:
                    del wanted[partition]
        self._reader.unassign()
        if wanted:
            raise TimeoutError(f"{topic}: partitions {sorted(wanted)} could not be read to their end")

    def wait_joined(self, group: str, members: int, partitions: int, within_s: float = 180.0) -> None:
        """Wait until a group is stable, has its members, and all partitions are held."""

        def joined() -> bool:
            try:
                found = self._admin.describe_consumer_groups([group])[group].result(timeout=10)
            except KafkaException as error:
                if error.args[0].code() in NOT_YET:
                    return False
                raise
            held = sum(len(member.assignment.topic_partitions) for member in found.members)
            stable = found.state == ConsumerGroupState.STABLE
            return stable and len(found.members) == members and held == partitions

        until(joined, within_s, f"group {group} to have {members} members")

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Give the group's committed offsets by partition, none while nobody knows them yet.

        By a consumer, since the admin client's call may crash.
        """
        asked = [TopicPartition(topic, number) for number in self.ends(topic)]
        consumer = Consumer(self._servers | {"group.id": group})
        try:
            return {place.partition: place.offset for place in consumer.committed(asked, timeout=10)}
        except KafkaException as error:
            if error.args[0].code() in NOT_YET:
                return {}
            raise
        finally:
            consumer.close()

    def close(self) -> None:
        """Let go of the cluster."""
        self._reader.close()
