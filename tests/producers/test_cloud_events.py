from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.cloud_events import CloudEvent, Prepared, binary, structured, tombstone
from schemas.envelope import Dead, Event, Record, decode, signature_matches, signature_of, signed_bytes
from schemas.events import MODELS
from schemas.topics import INQUIRIES, REFERENCE

KEY = bytes(range(32))
ID = UUID("019ab0c2-7d4e-7a51-9c11-3f0d5a6b7c8d")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DATA = {"organisation": "1195000006", "kind": "DRIVER_RECORD", "items": [{"licence": "N000005229000"}]}
BOTH = pytest.mark.parametrize("write", [structured, binary])


def event(data=DATA, **changes):
    given_ = {"id": ID, "source": "urn:example:court", "type": "guichet.inquiry.requested.v1", "time": NOON}
    return CloudEvent(**given_, data=data, **changes)


def read(prepared: Prepared) -> Event:
    record = Record(prepared.topic, 0, 0, 0, prepared.key, prepared.value, prepared.headers)
    decoded = decode(record, MODELS)
    assert not isinstance(decoded, Dead), decoded
    return decoded


@BOTH
def test_what_is_written_is_read_back(write):
    envelope = read(write(event(subject="objet"), INQUIRIES, b"k")).envelope
    assert (envelope.id, envelope.source, envelope.type) == (
        ID,
        "urn:example:court",
        "guichet.inquiry.requested.v1",
    )
    assert (envelope.time, envelope.subject) == (NOON, "objet")


@BOTH
def test_a_signature_covers_what_the_contract_says(write):
    decoded = read(write(event(), INQUIRIES, b"k", KEY))
    assert signature_matches(KEY, signed_bytes(decoded.record), signature_of(decoded.record) or "")


@BOTH
def test_without_a_key_there_is_no_signature(write):
    assert signature_of(read(write(event(), INQUIRIES, b"k")).record) is None


def test_the_envelope_is_signed_too_in_binary_mode():
    signed = binary(event(), INQUIRIES, b"k", KEY)
    other = signed._replace(
        headers=binary(event(subject="autre"), INQUIRIES, b"k", KEY).headers[:-1] + signed.headers[-1:]
    )
    decoded = read(other)
    assert not signature_matches(KEY, signed_bytes(decoded.record), signature_of(decoded.record) or "")


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.dictionaries(text, text | st.integers(-(2**53), 2**53) | st.booleans() | st.none() | st.lists(text), max_size=5)
)
def test_both_modes_are_the_same_event_to_guichet(extra):
    told = event(DATA | {f"x{name}": value for name, value in extra.items()})
    assert read(structured(told, INQUIRIES, b"k")).digest == read(binary(told, INQUIRIES, b"k")).digest


def test_a_tombstone_says_everything_in_its_headers():
    withdrawal = CloudEvent(ID, "urn:example:registry", "guichet.driver.declared.v1", NOON, None)
    prepared = tombstone(withdrawal, REFERENCE, b"driver:N000005229000", KEY)
    decoded = read(prepared)
    assert prepared.value is None
    assert decoded.data is None
    assert decoded.invalid is None
    assert signature_matches(KEY, signed_bytes(decoded.record), signature_of(decoded.record) or "")
