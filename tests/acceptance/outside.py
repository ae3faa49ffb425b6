"""A client of Guichet from outside: confluent-kafka, SQL on `read.*`, and nothing else."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import asyncpg
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from tests.acceptance.builders import Event, inquiry, reference_key

REFERENCE = "guichet.reference"
INQUIRIES = "guichet.inquiries"
SECRET = bytes.fromhex("ab" * 32)
T = TypeVar("T")
Headers = Sequence[tuple[str, bytes | None]]


class Sent(NamedTuple):
    """An event that Kafka has acknowledged."""

    id: str
    topic: str
    partition: int
    offset: int


class Record(NamedTuple):
    """A record as it lies on a topic."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]

    def header(self, name: str) -> str | None:
        return next((value.decode() for known, value in self.headers if known == name and value is not None), None)

    def event(self) -> Event:
        """The event that it carries, in either mode."""
        body = json.loads(self.value or b"null")
        if self.header("ce_type") is None:
            return dict(body)
        names = [name for name, _ in self.headers if name.startswith("ce_")]
        return {name.removeprefix("ce_"): self.header(name) for name in names} | {"data": body}


class Tail:
    """Everything on a topic, from its beginning to what was there at the last `read`."""

    def __init__(self, kafka: str, topic: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": kafka, "group.id": "tail", "enable.auto.commit": False})
        partitions = self._consumer.list_topics(topic).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
        self._records: list[Record] = []

    def read(self) -> list[Record]:
        for message in self._consumer.consume(1000, timeout=0.02):
            assert message.error() is None, message.error()
            self._records.append(Record(message.key(), message.value(), list(message.headers() or [])))
        return self._records

    def close(self) -> None:
        self._consumer.close()


async def wait_for(condition: Callable[[], Awaitable[T | None]], what: str, within_s: float = 20) -> T:
    """Wait until a condition gives something; fails with `what` when it does not in time."""
    deadline = time.monotonic() + within_s
    while not (found := await condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {within_s} s")
        await asyncio.sleep(0.02)
    return found


def dump(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def binary(event: Event) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Write an event in binary mode: its value and its headers."""
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
    return dump(event["data"]), headers


def signature(value: bytes | None, headers: Headers = (), key: bytes = SECRET) -> tuple[str, bytes]:
    """Sign a record as the contract says (§2)."""
    envelope = b"".join(
        f"{name}:".encode() + (text or b"") + b"\n" for name, text in sorted(headers) if name[:3] == "ce_"
    )
    return "guichet-signature", hmac.new(key, envelope + (value or b""), hashlib.sha256).hexdigest().encode()


class Outside:
    """Publishes, waits, and reads what everybody may read."""

    def __init__(self, kafka: str, database: asyncpg.Connection) -> None:
        self.kafka = kafka
        self.sql = database
        self._producer = Producer({"bootstrap.servers": kafka, "linger.ms": 0, "message.max.bytes": 2_000_000})
        self._committed = Consumer({"bootstrap.servers": kafka, "group.id": REFERENCE})
        self._tails: dict[str, Tail] = {}

    def close(self) -> None:
        for tail in (*self._tails.values(), self._committed):
            tail.close()

    def send_compressed(self, topic: str, value: bytes, key: str, headers: Headers) -> Sent:
        """Publish a record that is larger than its topic takes until it is compressed."""
        large = {"bootstrap.servers": self.kafka, "compression.type": "gzip", "message.max.bytes": 100_000_000}
        usual, self._producer = self._producer, Producer(large)
        try:
            return self.send_bytes(topic, value, key, headers)
        finally:
            self._producer = usual

    def send_bytes(
        self,
        topic: str,
        value: bytes | None,
        key: str | bytes | None,
        headers: Headers = (),
        event_id: str = "",
        at: int = -1,
    ) -> Sent:
        """Publish any bytes, on partition `at` where one is given."""
        sent: list[Sent] = []

        def acknowledged(error: object, message: Message) -> None:
            assert error is None, error
            sent.append(Sent(event_id, topic, message.partition(), message.offset()))

        self._producer.produce(topic, value, key, at, acknowledged, headers=list(headers))
        self._producer.flush()
        return sent[0]

    def send(self, event: Event, topic: str = INQUIRIES, key: str | None = None, at: int = -1) -> Sent:
        """Publish an event in structured mode under the key that the contract asks for."""
        key = key or (reference_key(event) if topic == REFERENCE else event["id"])
        return self.send_bytes(topic, dump(event), key, event_id=event["id"], at=at)

    def send_together(self, *events: Event, at: int) -> None:
        """Publish events at once on one partition, so that they come in one batch."""
        for event in events:
            self._producer.produce(INQUIRIES, dump(event), event["id"], at)
        assert self._producer.flush(20) == 0

    def send_binary(self, event: Event, topic: str = INQUIRIES, signed_with: bytes | None = None) -> Sent:
        value, headers = binary(event)
        signed = [signature(value, headers, signed_with)] if signed_with else []
        key = reference_key(event) if topic == REFERENCE else event["id"]
        return self.send_bytes(topic, value, key, [*headers, *signed], event["id"])

    def send_tombstone(self, declared: Event, **attributes: str) -> Sent:
        """Withdraw what an event declared."""
        envelope = {name: value for name, value in declared.items() if name != "data"} | attributes
        _, headers = binary(envelope | {"data": None})
        return self.send_bytes(REFERENCE, None, reference_key(declared), headers, envelope["id"])

    async def applied(self, *sent: Sent) -> None:
        """Wait until the group of reference data has committed past these records."""

        async def committed() -> bool:
            asked = [TopicPartition(REFERENCE, partition) for partition in {one.partition for one in sent}]
            offsets = {at.partition: at.offset for at in self._committed.committed(asked, timeout=5)}
            return all(offsets[one.partition] > one.offset for one in sent)

        await wait_for(committed, "reference data applied")

    async def declare(self, *events: Event) -> None:
        """Publish snapshots and wait until they count."""
        await self.applied(*[self.send(event, REFERENCE) for event in events])

    def ask(self, organisation: str, kind: str, *items: Event, **data: Any) -> str:
        """Publish an inquiry; gives its id."""
        return self.send(inquiry(kind, *items, organisation=organisation, **data)).id

    def records(self, topic: str = "guichet.outcomes") -> list[Record]:
        if topic not in self._tails:
            self._tails[topic] = Tail(self.kafka, topic)
        return self._tails[topic].read()

    def facts(self, cause: str) -> list[Event]:
        """The facts on the topic that an event caused, as they are there now."""
        found = [record.event() for record in self.records()]
        return [fact for fact in found if fact["causationid"] == cause]

    async def fact(self, cause: str) -> Event:
        """Wait for the fact that an event causes."""

        async def told() -> Event | None:
            return next(iter(self.facts(cause)), None)

        return await wait_for(told, f"a fact caused by {cause}")

    async def answer(self, cause: str) -> Event:
        """Wait for the fact of an inquiry that must be answered; gives its data."""
        fact = await self.fact(cause)
        assert fact["type"] == "guichet.inquiry.answered.v1", fact
        return dict(fact["data"])

    async def refusal(self, cause: str) -> str:
        """Wait for the fact of an inquiry that must be refused; gives its code."""
        fact = await self.fact(cause)
        assert fact["type"] == "guichet.inquiry.refused.v1", fact
        return str(fact["data"]["code"])

    def dead_letters(self, sent: Sent) -> list[Record]:
        """The records on the group's dead-letter topic for one record, as they are there now."""
        where = {"topic": sent.topic, "partition": str(sent.partition), "offset": str(sent.offset)}
        found = self.records(f"{sent.topic}.dlq")
        return [one for one in found if all(one.header(f"guichet-{name}") == text for name, text in where.items())]

    async def dead_letter(self, sent: Sent) -> Record:
        """Wait for a record's dead letter."""

        async def buried() -> Record | None:
            return next(iter(self.dead_letters(sent)), None)

        return await wait_for(buried, f"a dead letter of {sent}")

    async def cause(self, sent: Sent) -> str | None:
        """Wait for a record's dead letter; gives its cause."""
        return (await self.dead_letter(sent)).header("guichet-cause")

    async def rows(self, store: str, inquiry: str, columns: str = "*") -> list[asyncpg.Record]:
        """The rows of a read store for one inquiry, by item where there are items."""
        items = " order by item" if store != "inquiries" else ""
        return await self.sql.fetch(f"select {columns} from read.{store} where inquiry_id = $1{items}", inquiry)

    async def content_text(self, inquiry: str, item: int = 1, employee: str = "ABC1234") -> str | None:
        return await self.sql.fetchval("select read.result_content($1, $2, $3)::text", inquiry, item, employee)

    async def content(self, inquiry: str, item: int = 1) -> Any:
        """The frozen content of a result; reading it is logged."""
        return json.loads(await self.content_text(inquiry, item) or "null")
