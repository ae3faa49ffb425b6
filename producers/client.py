"""The client for upstream systems: publish an event, get Kafka's acknowledgement.

    async with Publisher(kafka="127.0.0.1:9092", source="urn:example:court") as publisher:
        ack = await publisher.publish("guichet.inquiries", "inquiry.requested", data)

confluent-kafka sends, alone or in bulk: librdkafka has the idempotent producer, an answer for each record and the
speed for both (aiokafka spends most of its time on keys and batches in Python), so one library does.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from producers.cloud_events import CloudEvent, Prepared, binary, structured, tombstone
from producers.sending import PublishError, Sending
from schemas.events.reference import full_type
from schemas.identifiers import uuid7
from schemas.topics import REFERENCE

__all__ = ["Acknowledgement", "PublishError", "Publisher"]

CHUNK = 1_000
ORGANISATION_KEYED = frozenset({"guichet.submissions", "guichet.notices"})


class Acknowledgement(NamedTuple):
    """Where Kafka keeps an event, on all replicas in sync, once it has acknowledged it."""

    topic: str
    partition: int
    offset: int
    id: UUID


class Publisher:
    """Publishes events of one source; acks=all, idempotent. Use it with `async with`, one for the whole program."""

    def __init__(
        self,
        kafka: str,
        source: str,
        key: bytes | None = None,
        security: Mapping[str, Any] | None = None,
        *,
        binary_mode: bool = False,
        timeout_s: float = 30.0,
    ) -> None:
        """Speak for a source.

        Args:
            kafka: the brokers, `host:port,…`.
            source: the URI under which Guichet knows the upstream system.
            key: the source's secret; with it every record is signed.
            security: librdkafka's words for TLS and SASL, as `security.protocol`.
            binary_mode: envelope in headers instead of in the value.
            timeout_s: how long an event may wait for its acknowledgement.
        """
        self._source = source
        self._key = key
        self._write = binary if binary_mode else structured
        self._sending = Sending(kafka, security or {}, timeout_s)

    async def __aenter__(self) -> Self:
        """Connect; raises `PublishError` when no broker answers."""
        await self._sending.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what is under way, then disconnect."""
        await self._sending.stop()

    async def publish(
        self,
        topic: str,
        type: str,  # noqa: A002 -- the contract's own word
        data: Any,
        *,
        key: str | None = None,
        subject: str | None = None,
        id: UUID | None = None,  # noqa: A002 -- the contract's own word
    ) -> Acknowledgement:
        """Publish one event and return once Kafka has acknowledged it.

        Args:
            topic: where events of this type belong (contract §3).
            type: such as "inquiry.requested", or in full "guichet.inquiry.requested.v1".
            data: what becomes JSON: dicts, lists, texts, numbers; money as text.
            key: the record's key; default: the event's id, on submissions and notices the organisation.
                `guichet.reference` needs one (contract §3).
            subject: CloudEvents' `subject`, if any.
            id: default: a new UUIDv7. To send an event again after an error, give it the id it had: Guichet
                counts it once.

        Raises:
            PublishError: not acknowledged, or not fit to be sent; one line that says why.
        """
        return await self.send(self.prepare(topic, type, data, key=key, subject=subject, id=id))

    def prepare(
        self,
        topic: str,
        type: str,  # noqa: A002 -- the contract's own word
        data: Any,
        *,
        key: str | None = None,
        subject: str | None = None,
        id: UUID | None = None,  # noqa: A002 -- the contract's own word
        time: datetime | None = None,
    ) -> Prepared:
        """Write an event for `send` or `publish_many`; arguments as of `publish`, `time` defaults to now.

        Raises:
            PublishError: the data cannot be written as JSON, or the key is missing.
        """
        event_id = id or new_id()
        event = CloudEvent(event_id, self._source, full_type(type), time or datetime.now(UTC), data, subject)
        record_key = _default_key(topic, event) if key is None else key
        try:
            return self._write(event, topic, record_key.encode(), self._key)
        except (TypeError, UnicodeEncodeError):
            raise PublishError(
                "data: cannot be written as JSON; give dicts, lists, texts, numbers, dates, true, false, null"
            ) from None

    async def send(self, prepared: Prepared) -> Acknowledgement:
        """Send one prepared record and return once Kafka has acknowledged it; raises `PublishError`."""
        await self._sending.require({prepared.topic})
        partition, offset = await self._sending.send(prepared)
        return Acknowledgement(prepared.topic, partition, offset, prepared.id)

    async def withdraw(self, key: str, type: str) -> Acknowledgement:  # noqa: A002 -- the contract's own word
        """Withdraw what a snapshot declared: a tombstone on `guichet.reference`.

        Args:
            key: the record's key, such as "driver:<licence>".
            type: the type that declared it, such as "driver.declared".

        Raises:
            PublishError: not acknowledged.
        """
        event = CloudEvent(new_id(), self._source, full_type(type), datetime.now(UTC), None)
        return await self.send(tombstone(event, REFERENCE, key.encode(), self._key))

    async def publish_many(self, records: Iterable[Prepared], on_progress: Callable[[int], None] | None = None) -> int:
        """Send prepared records, each partition in their order, and return once all are acknowledged.

        Args:
            records: may be a generator; it is read as it can be sent.
            on_progress: called with the count handed over so far, every 1,000 records and at the end.

        Returns:
            How many were sent.

        Raises:
            PublishError: says the first reason and how many were not acknowledged; sending the same records again
                is harmless, since their ids stay.
        """
        many = self._sending.many()
        topics: set[str] = set()
        for record in records:
            if record.topic not in topics:
                await self._sending.require({record.topic})
                topics.add(record.topic)
            await many.hand_over(record)
            if many.count % CHUNK == 0:
                await asyncio.sleep(0)
                _tell(on_progress, many.count)
        await many.settled()
        _tell(on_progress, many.count)
        return many.count


def new_id() -> UUID:
    """Make a UUIDv7 of this instant."""
    return uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))


def _default_key(topic: str, event: CloudEvent) -> str:
    if topic == REFERENCE:
        raise PublishError('key: is missing; a snapshot\'s is its own, such as "driver:<licence>" (contract §3)')
    if topic in ORGANISATION_KEYED and isinstance(event.data, Mapping):
        return str(event.data.get("organisation", event.id))
    return str(event.id)


def _tell(on_progress: Callable[[int], None] | None, count: int) -> None:
    if on_progress is not None:
        on_progress(count)
