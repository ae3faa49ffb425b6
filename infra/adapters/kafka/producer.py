"""Sending packed records by librdkafka: acks=all, idempotent, an answer for each record."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from infra.adapters.packing import OutgoingRecord

LARGEST_ORIGINAL_BYTES = 1_000_000_000
DEAD_LETTERS = ".dlq"
POLL_S = 0.05
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
    """The records of one outbox row on their way: what is left, and what Kafka refused for good."""

    def __init__(self, producer: Producer, total: int) -> None:
        """Expect `total` acknowledgements of a producer."""
        self.producer = producer
        self.left = total
        self.failed = False
        self.refused: dict[int, str] = {}

    def done(self, position: int, error: KafkaError | None) -> None:
        """Take the answer for one record."""
        self.left -= 1
        if error is None:
            return
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
            "linger.ms": 1,
            "message.max.bytes": LARGEST_ORIGINAL_BYTES,
            "queue.buffering.max.messages": 500_000,
            "message.timeout.ms": 120_000,
            "log_level": 0,
        }
        self._producers: dict[str, Producer] = {}

    def send(self, topic: str, records: Sequence[OutgoingRecord]) -> Sending:
        """Hand records over; the returned `Sending` is complete once `settle` says so."""
        codec = "gzip" if topic.endswith(DEAD_LETTERS) else "none"
        if codec not in self._producers:
            self._producers[codec] = Producer(self._settings | {"compression.type": codec})
        producer = self._producers[codec]
        sending = Sending(producer, len(records))
        for position, record in enumerate(records):
            self._produce(producer, topic, record, sending, position)
        return sending

    def _produce(self, producer: Producer, topic: str, record: OutgoingRecord, sending: Sending, position: int) -> None:
        def answered(error: KafkaError | None, _message: object) -> None:
            sending.done(position, error)

        while True:
            try:
                producer.produce(
                    topic,
                    record.value,
                    record.key,
                    headers=list(record.headers) or None,
                    on_delivery=answered,
                )
            except BufferError:
                producer.poll(0.1)
            except KafkaException as error:
                sending.done(position, error.args[0])
                return
            else:
                return

    async def settle(self, sendings: Sequence[Sending]) -> None:
        """Wait until every record has its answer: acknowledged, refused, or given up after 120 s."""
        for sending in sendings:
            while sending.left:
                sending.producer.poll(0)
                if sending.left:
                    await asyncio.to_thread(sending.producer.poll, POLL_S)
        if any(sending.failed for sending in sendings):
            self._producers.clear()
