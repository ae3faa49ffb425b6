"""From bytes to an event or a dead letter (contract §2): every rejected form, and what is taken."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from schemas.envelope import Cause, Dead, Record, decode
from schemas.events import MODELS
from schemas.events.inquiries import InquiryRequested
from schemas.events.reference import DriverDeclared
from schemas.topics import INQUIRIES, OUTCOMES, REFERENCE
from tests.schemas.records import (
    ABSENT,
    DRIVER,
    ID,
    STRUCTURED,
    binary,
    data,
    event,
    record,
    refused,
    structured,
    taken,
    tombstone,
)

VALID = orjson.dumps(event())


@pytest.mark.parametrize("sent", [structured(), structured(headers=()), binary()])
def test_an_event_is_read_in_either_mode(sent: Record) -> None:
    decoded = taken(sent)
    assert isinstance(decoded.data, InquiryRequested)
    assert decoded.envelope.id == UUID(ID)
    assert decoded.envelope.time == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert decoded.record is sent
    assert decoded.invalid is None


def test_optional_attributes_are_read() -> None:
    sent = structured(subject="s", correlationid=ID.upper(), causationid="c", traceparent="00-1-2-01")
    envelope = taken(sent).envelope
    assert envelope.subject == "s"
    assert envelope.correlation_id == UUID(ID)
    assert (envelope.causation_id, envelope.traceparent) == ("c", "00-1-2-01")


def test_ids_compare_without_case() -> None:
    assert taken(structured(id=ID.upper())).envelope.id == taken(structured()).envelope.id


def test_the_content_type_decides_before_stray_ce_headers() -> None:
    assert taken(structured(headers=(*STRUCTURED, ("ce_id", b"stray")))).envelope.id == UUID(ID)


def test_headers_that_are_not_utf_8_do_not_matter_unless_they_are_attributes() -> None:
    assert taken(structured(headers=(("x", b"\xff"),)))
    assert refused(binary((("ce_other", b"\xff"),))) == (Cause.ENVELOPE, "headers")


UNREADABLE = {
    "nothing": b"",
    "blank": b" ",
    "cut": VALID[:-1],
    "followed": VALID + b"{}",
    "not UTF-8": VALID.replace(b"urn", b"\xff\xfe\xfd"),
    "NaN": VALID.replace(b'"1.0"', b"NaN"),
    "infinite": VALID.replace(b'"1.0"', b"1e999"),
    "huge integer": VALID.replace(b'"1.0"', b"1" + b"0" * 400),
    "lone surrogate": VALID.replace(b"urn", b"\\ud800"),
    "byte order mark": b"\xef\xbb\xbf" + VALID,
    "1 MiB of nesting": b"[" * 1_048_576,
    "1 MiB of objects": b'{"a":' * 200_000,
}


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_json_is_a_dead_letter(value: bytes) -> None:
    assert refused(record(value))[0] is Cause.DECODE
    assert refused(binary(value=value))[0] is Cause.DECODE


@pytest.mark.parametrize("depth", [250, 255, 900, 1023])
def test_data_of_any_depth_is_an_event_or_a_dead_letter(depth: int) -> None:
    for opening, closing in ((b'{"a":', b"}"), (b"[", b"]")):
        value = VALID[:-2] + b',"more":' + opening * depth + b"1" + closing * depth + b"}}"
        result = decode(record(value), MODELS)
        assert not isinstance(result, Dead) or result.cause is Cause.DECODE


@pytest.mark.parametrize("value", [b"[]", b'"text"', b"1", b"null", b"true", b"[" + VALID + b"]"])
def test_a_value_that_is_no_object_is_no_envelope(value: bytes) -> None:
    assert refused(record(value)) == (Cause.ENVELOPE, "value")


WRONG_ATTRIBUTES = {
    "specversion": [ABSENT, None, "0.3", 1.0, "1.0 "],
    "id": [
        ABSENT,
        None,
        "",
        5,
        "x",
        ID[:-1],
        ID.replace("-", ""),
        "{" + ID + "}",
        "urn:uuid:" + ID,
        ID + "\n",
    ],
    "source": [ABSENT, None, "", 5, [], "urn:a\u0000", "urn:\u0085", "u" * 301],
    "type": [ABSENT, None, "", 5, "x", "guichet.inquiry.requested", "guichet.inquiry.requested.v1\n"],
    "time": [
        ABSENT,
        None,
        "",
        1_764_000_000,
        "2026-11-24",
        "2026-11-24T10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-11-24T10:00:00+24:00",
        "2026-11-24T10:00:00+00:60",
        "2026-11-24T10:00:00.Z",
        "2026-11-24T10:00Z",
        "20261124T100000Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-11-24T10:00:00Z\n",
        "٢٠٢٦-11-24T10:00:00Z",
    ],
    "subject": [5, "a\u0000b", "a\nb"],
    "correlationid": ["", "x", 5, ID + "0"],
    "causationid": [5, {}, "\u0007"],
    "traceparent": [5, "\u001b[31m"],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"{name}={value!r}"[:40])
        for name, values in WRONG_ATTRIBUTES.items()
        for value in values
    ],
)
def test_a_wrong_attribute_is_named(name: str, value: Any) -> None:
    assert refused(structured(**{name: value}, topic=INQUIRIES)) == (Cause.ENVELOPE, name)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time"])
def test_a_missing_header_is_named(name: str) -> None:
    assert refused(binary(topic=INQUIRIES, **{name: ABSENT})) == (Cause.ENVELOPE, name)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("15:00:00Z", 0),
        ("15:00:00.5z", 500_000),
        ("15:00:00.123456789012+00:00", 123_456),
        ("10:00:00-05:00", 0),
    ],
)
def test_instants_may_have_any_offset_and_fraction(text: str, microsecond: int) -> None:
    time = taken(structured(time=f"2026-11-24T{text}")).envelope.time
    assert time == datetime(2026, 11, 24, 15, 0, 0, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event_type", "topic", "cause"),
    [
        ("guichet.no.such.v1", INQUIRIES, Cause.TYPE),
        ("guichet.inquiry.requested.v2", INQUIRIES, Cause.TYPE),
        ("guichet.attestation.posted.v1", INQUIRIES, Cause.TYPE),
        (DRIVER, INQUIRIES, Cause.WRONG_TOPIC),
        ("guichet.inquiry.requested.v1", REFERENCE, Cause.WRONG_TOPIC),
        ("guichet.file.submitted.v1", INQUIRIES, Cause.WRONG_TOPIC),
        ("guichet.access.requested.v1", INQUIRIES, Cause.WRONG_TOPIC),
        ("guichet.inquiry.answered.v1", INQUIRIES, Cause.WRONG_TOPIC),
        ("guichet.charge.adjusted.v1", OUTCOMES, Cause.WRONG_TOPIC),
    ],
)
def test_a_type_has_one_topic(event_type: str, topic: str, cause: Cause) -> None:
    assert refused(structured(type=event_type, topic=topic)) == (cause, "type")


@pytest.mark.parametrize("wrong", [ABSENT, None, [], "text", 5])
def test_data_that_is_no_object_is_invalid(wrong: Any) -> None:
    decoded = taken(structured(data=wrong))
    assert decoded.data is None
    assert str(decoded.invalid).startswith("data: ")


def test_what_is_wrong_with_data_is_told_without_its_values() -> None:
    decoded = taken(structured(data=data(items=[{"plate": 86_420_975}], kind="SECRET-KIND", employee={"a": 1})))
    assert "data.items.0.plate" in str(decoded.invalid)
    assert "86420975" not in str(decoded.invalid)
    assert "SECRET-KIND" not in str(decoded.invalid)


def test_a_tombstone_withdraws() -> None:
    decoded = taken(tombstone())
    assert decoded.data is None
    assert decoded.invalid is None
    assert decoded.envelope.type == DRIVER


def test_a_snapshot_is_typed() -> None:
    assert isinstance(taken(structured(type=DRIVER, data=data("driver"))).data, DriverDeclared)


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (record(None, topic=REFERENCE), Cause.ENVELOPE),
        (record(None, STRUCTURED, topic=REFERENCE), Cause.ENVELOPE),
        (tombstone(id="x"), Cause.ENVELOPE),
        (tombstone(time=ABSENT), Cause.ENVELOPE),
        (tombstone(type="guichet.inquiry.requested.v1"), Cause.WRONG_TOPIC),
        (tombstone(type="guichet.no.such.v1"), Cause.TYPE),
        (binary(type=DRIVER, value=b""), Cause.DECODE),
        (record(b"", topic=REFERENCE), Cause.DECODE),
        (record(None), Cause.DECODE),
        (binary(value=None), Cause.DECODE),
    ],
)
def test_a_null_value_that_withdraws_nothing_is_a_dead_letter(sent: Record, cause: Cause) -> None:
    assert refused(sent)[0] is cause


def test_a_dead_letter_keeps_id_and_type_as_far_as_they_can_be_read() -> None:
    for sent in (structured(time="never"), binary(value=b"{"), structured(type=DRIVER, topic=INQUIRIES)):
        dead = decode(sent, MODELS)
        assert isinstance(dead, Dead)
        assert dead.event_id == UUID(ID)
        assert dead.event_type in {DRIVER, "guichet.inquiry.requested.v1"}
