"""The envelope: CloudEvents 1.0 in structured or binary mode, from bytes to an event or a dead letter (contract §2)."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from msgspec import Struct
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.identifiers import uuid
from schemas.texts import instant, is_printable
from schemas.topics import REFERENCE, TYPE_TOPIC

SOURCE = "urn:guichet"
TYPE_TEXT = re.compile(r"guichet(\.[a-z0-9-]{1,60}){2,3}\.v[0-9]{1,4}")
EXPONENT = re.compile(rb"e(?<=[0-9]e)")
INTEGERS_END = 2.0**63
MAX_TEXT = 300
DIGEST_BYTES = 16


class Record(Struct, frozen=True):
    """A record as it stands on its topic; `timestamp_ms` is its log-append time, in ms since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Cause(StrEnum):
    """Why a record became a dead letter."""

    DECODE = "DECODE"
    ENVELOPE = "ENVELOPE"
    TYPE = "TYPE"
    WRONG_TOPIC = "WRONG_TOPIC"
    SOURCE = "SOURCE"
    SIGNATURE = "SIGNATURE"
    KEY = "KEY"
    DATA = "DATA"
    TIME = "TIME"
    CONFLICT = "CONFLICT"
    BUG = "BUG"
    BLOCKED = "BLOCKED"


class Envelope(Struct, frozen=True):
    """The CloudEvents attributes that Guichet reads; `time` is UTC."""

    id: UUID
    source: str
    type: str
    time: datetime
    subject: str | None = None
    correlation_id: UUID | None = None
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """A record that cannot be taken: `detail` says what, where and what to do, without a value of the data."""

    cause: Cause
    detail: str
    event_id: UUID | None = None
    event_type: str | None = None


class Event(Struct, frozen=True):
    """A decoded event.

    Attributes:
        data: the typed data; None for a tombstone, a fact that is not counted, and where `invalid` says what is wrong.
        digest: 16 bytes over type, subject and canonical data without `session`: tells repeats from conflicts.
    """

    record: Record
    envelope: Envelope
    data: BaseModel | Struct | None
    digest: bytes
    invalid: str | None = None


Models = Mapping[str, TypeAdapter[Any]]


class _EnvelopeError(Exception):
    """An attribute is missing or wrong."""


def decode(record: Record, models: Models) -> Event | Dead:
    """Decode a record: an event of one of `models`, or a dead letter. Never raises, whatever the bytes are."""
    attributes = _binary_attributes(record)
    if isinstance(attributes, Dead):
        return attributes
    binary = attributes is not None
    if record.value is None or (binary and not record.value):
        return _tombstone(record, attributes, models)
    try:
        content = orjson.loads(record.value)
    except (orjson.JSONDecodeError, RecursionError):
        return _dead(Cause.DECODE, "value: is no JSON as in RFC 8259; send one JSON document in UTF-8", attributes)
    if attributes is not None:
        return _typed(record, attributes, content, models)
    if not isinstance(content, dict):
        return Dead(Cause.ENVELOPE, "value: is no CloudEvent; send an object with specversion, id, source, type, time")
    return _typed(record, content, content.get("data"), models)


def _tombstone(record: Record, attributes: Mapping[str, Any] | None, models: Models) -> Event | Dead:
    if record.topic != REFERENCE:
        return _dead(Cause.DECODE, "value: is empty; send a CloudEvent", attributes)
    if attributes is None:
        return Dead(
            Cause.ENVELOPE,
            "headers: a tombstone carries ce_specversion, ce_id, ce_source, ce_type and ce_time",
        )
    if record.value is not None:
        return _dead(Cause.DECODE, "value: is empty; a tombstone has a null value", attributes)
    return _typed(record, attributes, None, models, tombstone=True)


def _typed(
    record: Record, attributes: Mapping[str, Any], data: Any, models: Models, tombstone: bool = False
) -> Event | Dead:
    """Read the attributes, then the data by the type's model."""
    try:
        envelope = _envelope(attributes)
    except _EnvelopeError as error:
        return _dead(Cause.ENVELOPE, str(error), attributes)
    if misplaced := _misplaced(record.topic, envelope, models):
        return misplaced
    try:
        digest = _digest(envelope, data)
    except orjson.JSONEncodeError:
        detail = "value: is nested deeper than 250 levels; send flatter JSON"
        return Dead(Cause.DECODE, detail, envelope.id, envelope.type)
    if tombstone:
        return Event(record, envelope, None, digest)
    try:
        model = models[envelope.type].validator.validate_python(data)
        invalid = None
    except ValidationError as error:
        model, invalid = None, _what_is_wrong(error)
    return Event(record, envelope, model, digest, invalid)


def _misplaced(topic: str, envelope: Envelope, models: Models) -> Dead | None:
    place = TYPE_TOPIC.get(envelope.type)
    if place is not None and place != topic:
        detail = f"type: belongs on {place}; send it there"
        return Dead(Cause.WRONG_TOPIC, detail, envelope.id, envelope.type)
    if envelope.type not in models:
        detail = "type: is not served; `guichet schemas` lists the types that are"
        return Dead(Cause.TYPE, detail, envelope.id, envelope.type)
    return None


def _binary_attributes(record: Record) -> dict[str, str] | Dead | None:
    """Read `ce_*` headers; None in structured mode."""
    if not record.headers:
        return None
    try:
        return {name[3:]: value.decode() for name, value in _ce_headers(record)} or None
    except UnicodeDecodeError:
        return Dead(Cause.ENVELOPE, "headers: a ce_ header is not UTF-8; send UTF-8")


def _ce_headers(record: Record) -> list[tuple[str, bytes]]:
    """Give the `ce_*` headers; none when the content type says that the value is the whole event."""
    found = []
    for name, value in record.headers:
        lower = name.lower()
        if lower == "content-type" and (value or b"").lower().startswith(b"application/cloudevents"):
            return []
        if lower.startswith("ce_"):
            found.append((lower, value or b""))
    return found


def _envelope(attributes: Mapping[str, Any]) -> Envelope:
    if attributes.get("specversion") != "1.0":
        raise _EnvelopeError('specversion: must be "1.0"')
    event_id, kind = _uuid("id", attributes.get("id")), attributes.get("type")
    if not isinstance(kind, str) or not (kind in TYPE_TOPIC or TYPE_TEXT.fullmatch(kind)):
        raise _EnvelopeError("type: must be guichet.<thing>.<what-happened>.v<n>")
    source = _text(attributes, "source")
    if not source:
        raise _EnvelopeError("source: must be the URI of the upstream system")
    time = instant(attributes.get("time"))
    if time is None:
        raise _EnvelopeError("time: must be an RFC 3339 instant with an offset")
    correlation = attributes.get("correlationid")
    return Envelope(
        event_id,
        source,
        kind,
        time,
        _text(attributes, "subject"),
        None if correlation is None else _uuid("correlationid", correlation),
        _text(attributes, "causationid"),
        _text(attributes, "traceparent"),
    )


def _uuid(name: str, value: Any) -> UUID:
    if (read := uuid(value)) is None:
        raise _EnvelopeError(f"{name}: must be a UUID")
    return read


def _text(attributes: Mapping[str, Any], name: str) -> str | None:
    value = attributes.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT or not is_printable(value):
        raise _EnvelopeError(f"{name}: must be a text of at most {MAX_TEXT} characters without control characters")
    return value


def _digest(envelope: Envelope, data: Any) -> bytes:
    if isinstance(data, dict) and "session" in data:
        data = {name: value for name, value in data.items() if name != "session"}
    subject = "" if envelope.subject is None else f"\n{envelope.subject}"
    canonical = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    if b".0" in canonical or EXPONENT.search(canonical):  # there may be a whole number that is not written as one
        canonical = orjson.dumps(_whole(data), option=orjson.OPT_SORT_KEYS)
    return blake2b(f"{envelope.type}{subject}\0".encode() + canonical, digest_size=DIGEST_BYTES).digest()


def _whole(data: Any) -> Any:
    """Write numbers as RFC 8785 does: 1.0 and 1e0 are 1."""
    if isinstance(data, dict):
        return {name: _whole(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_whole(value) for value in data]
    if isinstance(data, float) and data.is_integer() and abs(data) < INTEGERS_END:
        return int(data)
    return data


def signature_of(record: Record) -> str | None:
    """Give the header `guichet-signature` as text, None without one."""
    found = next((value for name, value in record.headers if name.lower() == "guichet-signature"), None)
    return None if found is None else found.decode("ascii", "replace")


def signed_bytes(record: Record) -> bytes:
    """Give the bytes that a signature covers: in binary mode the `ce_*` headers by name, then the value."""
    head = (name.encode("utf-8", "surrogatepass") + b":" + value + b"\n" for name, value in sorted(_ce_headers(record)))
    return b"".join(head) + (record.value or b"")


def sign(key: bytes, signed: bytes) -> str:
    """Sign bytes: hex HMAC-SHA256."""
    return hmac.new(key, signed, "sha256").hexdigest()


def signature_matches(key: bytes, signed: bytes, signature: str) -> bool:
    """Tell in constant time whether a signature is right, whatever the case of its letters."""
    return hmac.compare_digest(sign(key, signed).encode(), signature.lower().encode())


def _what_is_wrong(error: ValidationError) -> str:
    """Name the first fields that are wrong and why, without their values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    parts = []
    for one in found[:5]:
        path = ".".join(str(part) for part in ("data", *one["loc"]))
        parts.append(f"{path}: {one['msg'].removeprefix('Value error, ')}")
    more = f" (and {len(found) - 5} more)" if len(found) > len(parts) else ""
    return "; ".join(parts) + more


def _dead(cause: Cause, detail: str, attributes: Mapping[str, Any] | None) -> Dead:
    """Make a dead letter that says as much of the event as could be read."""
    event_id = (attributes or {}).get("id")
    event_type = (attributes or {}).get("type")
    return Dead(
        cause,
        detail,
        uuid(event_id),
        event_type if isinstance(event_type, str) and TYPE_TEXT.fullmatch(event_type) else None,
    )


FACT_HEADERS = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)


def fact(
    fact_id: UUID,
    fact_type: str,
    time: datetime,
    aggregate: str,
    version: int,
    causation: UUID,
    correlation: UUID,
    data: Mapping[str, Any],
) -> bytes:
    """Write a fact as a structured CloudEvent (contract §4)."""
    event = {
        "specversion": "1.0",
        "id": fact_id,
        "source": SOURCE,
        "type": fact_type,
        "time": time,
        "datacontenttype": "application/json",
        "causationid": causation,
        "correlationid": correlation,
        "aggregate": aggregate,
        "version": version,
        "data": data,
    }
    return orjson.dumps(event, option=orjson.OPT_UTC_Z)
