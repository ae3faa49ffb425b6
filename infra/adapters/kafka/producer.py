"""Sending packed records by librdkafka: acks=all, idempotent, an answer for each record that fails."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from infra.adapters.packing import OutgoingRecord

LARGEST_ORIGINAL_BYTES = 1_000_000_000
DEAD_LETTERS = ".dlq"
REFUSED_FOR_GOOD = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_RECORD,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_TIMESTAMP,
    }
)


class Sending:
    """The records of one outbox row on their way: whether any failed, and what Kafka refused for good."""

    def __init__(self) -> None:
        """Expect no failure."""
        self.failed = False
        self.refused: dict[int, str] = {}

    def not_sent(self, position: int, error: KafkaError, _message: object = None) -> None:
        """Take the error that one record met."""
        if error.code() in REFUSED_FOR_GOOD:
            self.refused[position] = error.name()
        else:
            self.failed = True


class Sender:
    """Idempotent producers; made anew after a fatal error.

    Facts go as they are: any client can read them, whichever codecs it has. Dead letters go compressed by gzip: an
    original may have come compressed, and be far larger than what a topic takes.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Take librdkafka's connection settings."""
        self._settings = dict(settings) | {
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 5,
            "delivery.report.only.error": True,
            "message.max.bytes": LARGEST_ORIGINAL_BYTES,
            "queue.buffering.max.messages": 500_000,
            "message.timeout.ms": 120_000,
            "log_level": 0,
        }
        self._producers: dict[str, Producer] = {}

    def send(self, topic: str, records: Sequence[OutgoingRecord]) -> Sending:
        """Hand records over; the returned `Sending` is complete once `settle` has returned."""
        codec = "gzip" if topic.endswith(DEAD_LETTERS) else "none"
        if codec not in self._producers:
            self._producers[codec] = Producer(self._settings | {"compression.type": codec})
        producer = self._producers[codec]
        sending = Sending()
        for position, record in enumerate(records):
            _produce(producer, topic, record, partial(sending.not_sent, position))
        return sending

    async def settle(self, sendings: Sequence[Sending]) -> None:
        """Wait until every record has its answer: acknowledged, refused, or given up after 120 s."""
        for producer in self._producers.values():
            await asyncio.to_thread(producer.flush)
        if any(sending.failed for sending in sendings):
            self._producers.clear()


def _produce(producer: Producer, topic: str, record: OutgoingRecord, not_sent: Callable[..., None]) -> None:
    while True:
        try:
            producer.produce(topic, record.value, record.key, headers=list(record.headers), on_delivery=not_sent)
        except BufferError:
            producer.poll(0.1)
        except KafkaException as error:
            not_sent(error.args[0])
            return
        else:
            return
