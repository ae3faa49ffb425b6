"""Laws of decoding: it never raises, and the digest tells repeats from conflicts (contract §2)."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Cause, Dead, Event, Record, decode
from schemas.events import IN, MODELS
from schemas.topics import GROUPS
from tests.schemas.records import ABSENT, SESSION, TYPES, binary, data, event, record, structured, taken

TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
SAFE_JSON = st.dictionaries(
    TEXT.filter(lambda name: name != "session"),
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | TEXT,
)
NAMES = st.sampled_from(
    [
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_time",
        "ce_specversion",
        "CE_ID",
        "content-type",
        "guichet-signature",
    ]
)
HEADERS = st.lists(st.tuples(NAMES | TEXT, st.binary(max_size=60)), max_size=6).map(tuple)
TOPICS = st.sampled_from(sorted(set(GROUPS.values())))


def is_sound(result: Event | Dead) -> bool:
    """Hold a result against what its readers rely on."""
    if isinstance(result, Dead):
        return result.cause in {Cause.DECODE, Cause.ENVELOPE, Cause.TYPE, Cause.WRONG_TOPIC}
    return len(result.digest) == 16 and (result.data is None or result.invalid is None)


@given(st.none() | st.binary(max_size=300), HEADERS, TOPICS, st.none() | st.binary(max_size=40))
def test_any_bytes_are_an_event_or_a_dead_letter(
    value: bytes | None, headers: tuple[tuple[str, bytes], ...], topic: str, key: bytes | None
) -> None:
    assert is_sound(decode(record(value, headers, topic, key), MODELS))


@given(st.sampled_from(sorted(event())), JSON)
def test_any_json_for_an_attribute_is_an_event_or_a_dead_letter(name: str, value: Any) -> None:
    assert is_sound(decode(record(_dumps(event(**{name: value}))), MODELS))


@given(st.sampled_from(sorted(TYPES)), st.data(), JSON)
def test_any_json_for_a_member_of_data_is_an_event_or_a_dead_letter(what: str, draw: st.DataObject, value: Any) -> None:
    member = draw.draw(st.sampled_from([*sorted(data(what)), "session", "blocks", "environment"]))
    content = event(type=TYPES[what], data=data(what) | {member: value})
    topic = structured(type=TYPES[what]).topic
    assert is_sound(decode(record(_dumps(content), topic=topic), MODELS))


def test_each_type_served_has_an_example_that_is_valid() -> None:
    assert sorted(TYPES.values()) == sorted(IN)
    for what, event_type in TYPES.items():
        assert taken(structured(type=event_type, data=data(what))).invalid is None, what


@given(SAFE_JSON, TEXT.filter(str.isprintable) | st.none())
def test_both_modes_have_the_same_digest(more: dict[str, Any], subject: str | None) -> None:
    attributes = {"subject": ABSENT if subject is None else subject, "data": data() | more}
    assert taken(structured(**attributes)).digest == taken(binary(**attributes)).digest


@given(st.permutations(sorted(data())), st.permutations(sorted(event())))
def test_the_order_of_members_does_not_matter(members: list[str], attributes: list[str]) -> None:
    content = event(data={name: data()[name] for name in members})
    value = orjson.dumps({name: content[name] for name in attributes})
    assert digest(record(value)) == digest(structured())


def test_of_a_member_given_twice_the_last_counts() -> None:
    value = orjson.dumps(event())
    twice = value.replace(b'"kind":', b'"kind":"DRIVER_RECORD","kind":')
    assert twice != value
    assert digest(record(twice)) == digest(structured())


def test_a_session_does_not_count() -> None:
    assert digest(structured(data=data(session=SESSION))) == digest(structured())
    other = SESSION | {"trust_level": 3}
    assert digest(structured(data=data(session=other))) == digest(structured(data=data(session=SESSION)))


def test_a_member_session_further_inside_counts() -> None:
    inside = data(items=[{"plate": "Q1", "session": 1}])
    assert digest(structured(data=inside)) != digest(structured(data=data(items=[{"plate": "Q1"}])))


@pytest.mark.parametrize(
    "other",
    [
        {"data": data(employee="E2")},
        {"data": data(unknown=1)},
        {"data": data(unknown=None)},
        {"subject": "s"},
        {"type": "guichet.result.viewed.v1", "data": data("viewed")},
    ],
)
def test_other_content_has_another_digest(other: dict[str, Any]) -> None:
    assert digest(structured(**other)) != digest(structured())


@pytest.mark.parametrize("same", [{"source": "urn:other"}, {"time": "2026-11-24T16:00:00Z"}, {"traceparent": "00"}])
def test_the_rest_of_the_envelope_does_not_count(same: dict[str, Any]) -> None:
    assert digest(structured(**same)) == digest(structured())


def digest(sent: Record) -> bytes:
    """Give an event's digest."""
    return taken(sent).digest


def _dumps(content: Any) -> bytes:
    """Write JSON with integers of any size, which orjson does not."""
    import json

    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
