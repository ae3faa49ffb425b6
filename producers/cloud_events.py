"""CloudEvents as bytes, ready to send: structured or binary, signed when there is a key (contract §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from schemas.envelope import sign

Headers = tuple[tuple[str, bytes], ...]
JSON = b"application/json"
CLOUD_EVENT = b"application/cloudevents+json"


class Prepared(NamedTuple):
    """A record ready to send: bytes that go out as they are; `id` is the event's."""

    topic: str
    id: UUID
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """What an upstream system says; `type` is the full one, `time` is aware, `data` becomes JSON."""

    id: UUID
    source: str
    type: str
    time: datetime
    data: Any
    subject: str | None = None

    def attributes(self) -> dict[str, str]:
        """Give the attributes of the envelope as texts."""
        given = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        return given if self.subject is None else given | {"subject": self.subject}


def structured(event: CloudEvent, topic: str, record_key: bytes | None, key: bytes | None = None) -> Prepared:
    """Write an event whose value says all of it; with a `key`, the signature covers the value."""
    content: Mapping[str, Any] = event.attributes() | {
        "datacontenttype": "application/json",
        "data": event.data,
    }
    value = orjson.dumps(content)
    headers = (("content-type", CLOUD_EVENT), *_signature(key, value))
    return Prepared(topic, event.id, record_key, value, headers)


def binary(event: CloudEvent, topic: str, record_key: bytes | None, key: bytes | None = None) -> Prepared:
    """Write an event with its attributes in `ce_*` headers and its data as value; the signature covers both."""
    value = orjson.dumps(event.data)
    attributes = _attribute_headers(event)
    headers = (*attributes, ("content-type", JSON), *_signature(key, _head(attributes) + value))
    return Prepared(topic, event.id, record_key, value, headers)


def tombstone(event: CloudEvent, topic: str, record_key: bytes, key: bytes | None = None) -> Prepared:
    """Write the withdrawal of a snapshot: a null value, all the rest in headers (contract §3)."""
    attributes = _attribute_headers(event)
    return Prepared(topic, event.id, record_key, None, (*attributes, *_signature(key, _head(attributes))))


def _attribute_headers(event: CloudEvent) -> Headers:
    return tuple(sorted((f"ce_{name}", value.encode()) for name, value in event.attributes().items()))


def _head(attributes: Headers) -> bytes:
    return b"".join(name.encode() + b":" + value + b"\n" for name, value in attributes)


def _signature(key: bytes | None, signed: bytes) -> Headers:
    return () if key is None else (("guichet-signature", sign(key, signed).encode()),)
