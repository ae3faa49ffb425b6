"""Who may come in, and in which order it is asked (contract §2)."""

from datetime import timedelta
from itertools import combinations

import pytest
from msgspec.structs import replace

from consumers.entrance import admit
from handlers.decision import Arrival
from handlers.timeline import Timeline
from schemas.envelope import Cause, Dead, decode, sign
from schemas.events import MODELS
from tests.handlers.builders import LICENCE, NEQ, NOON, OTHER_NEQ, TODAY, record, source
from tests.schemas.records import DATA, tombstone
from tests.schemas.records import binary as binary_record

KEY, OTHER_KEY = bytes(32), b"\1" * 32
KEYS = {"essai": KEY}
MINUTES_5 = timedelta(minutes=5)
RIGHT = {"organisation": NEQ, "kind": "DRIVER_RECORD", "items": [{"licence": LICENCE}]}
WRONG = {"organisation": NEQ, "kind": "DRIVER_RECORD", "items": []}
FAULTS = {
    Cause.SOURCE: {"types": ["guichet.driver.declared.v1"]},
    Cause.SIGNATURE: {"signature": "00"},
    Cause.DATA: {"data": WRONG},
    Cause.TIME: {"ahead": timedelta(hours=1)},
}
"""What is enough for each cause, in the order in which they are looked at."""


def sent(name="inquiry.requested", data=RIGHT, ahead=timedelta(0), key=KEY, signature=None):
    """Send an event that may be signed; `ahead` is how far its clock is before that of the broker."""
    written = record(name, data, time=(NOON + ahead).isoformat())
    text = signature or (None if key is None else sign(key, written.value))
    headers = () if text is None else (("guichet-signature", text.encode()),)
    return replace(written, headers=headers)


def let_in(sent_, keys=KEYS, declared=True, **of_source):
    """Admit a record of a source that signs, unless it is told otherwise."""
    by = source(**{"key_ref": "essai"} | of_source)
    return admit(decode(sent_, MODELS), {by.uri: by} if declared else {}, keys, Timeline())


def cause(*args, **more):
    """Give the cause of the dead letter, None when the event is let in."""
    result = let_in(*args, **more)
    if isinstance(result, Arrival):
        return None
    assert (result.event_id, result.event_type) == (decode(args[0], MODELS).envelope.id, "guichet.inquiry.requested.v1")
    return result.cause


def wrong(*causes):
    """Be wrong in several ways at once."""
    faults = {name: value for one in causes for name, value in FAULTS[one].items()}
    of_source = {name: faults.pop(name) for name in ("types",) if name in faults}
    return cause(sent(**faults), **of_source)


def test_who_is_known_and_right_is_let_in():
    arrival = let_in(sent())
    assert (arrival.source.uri, arrival.received_at, arrival.received_on) == ("urn:essai", NOON, TODAY)


@pytest.mark.parametrize("one", FAULTS)
def test_each_fault_has_its_cause(one):
    assert wrong(one) is one


@pytest.mark.parametrize(("first", "second"), list(combinations(FAULTS, 2)))
def test_the_first_cause_counts(first, second):
    assert wrong(first, second) is first


def test_a_dead_letter_stays_the_dead_letter_it_is():
    dead = Dead(Cause.DECODE, "value: is no JSON")
    assert admit(dead, {}, {}, Timeline()) is dead


def test_a_source_that_is_not_declared_is_refused():
    assert cause(sent(), declared=False) is Cause.SOURCE


def test_a_source_that_is_not_declared_is_asked_for_nothing_else():
    assert cause(sent(data=WRONG, signature="00", ahead=timedelta(hours=1)), declared=False) is Cause.SOURCE


@pytest.mark.parametrize("types", [["guichet.inquiry.requested.v1"], ["*"], ["guichet.driver.declared.v1", "*"]])
def test_a_source_sends_its_types(types):
    assert cause(sent(), types=types) is None


@pytest.mark.parametrize("types", [[], ["guichet.result.viewed.v1"], ["guichet.inquiry.requested.v2"]])
def test_a_source_sends_no_other_type(types):
    assert cause(sent(), types=types) is Cause.SOURCE


@pytest.mark.parametrize(
    ("organisations", "expected"),
    [([NEQ], None), ([OTHER_NEQ, NEQ], None), (["*"], None), ([OTHER_NEQ], Cause.SOURCE), ([], Cause.SOURCE)],
)
def test_a_source_speaks_for_its_organisations_only(organisations, expected):
    assert cause(sent(), organisations=organisations) is expected


@pytest.mark.parametrize(("organisations", "let"), [([DATA["organisation"]["neq"]], True), ([OTHER_NEQ], False)])
def test_a_source_declares_its_organisations_only(organisations, let):
    arrival = let_in(sent("organisation.declared", DATA["organisation"]), organisations=organisations)
    assert isinstance(arrival, Arrival) is let


def test_what_names_no_organisation_is_not_held_against_any():
    assert isinstance(let_in(sent("driver.declared", DATA["driver"]), organisations=[]), Arrival)


def test_a_foreign_organisation_counts_before_the_clock():
    assert cause(sent(ahead=timedelta(hours=1)), organisations=[OTHER_NEQ]) is Cause.SOURCE


@pytest.mark.parametrize("signature", ["", "00", "ÿ", sign(OTHER_KEY, b""), sign(KEY, b"something else")])
def test_a_wrong_signature_is_refused(signature):
    assert cause(replace(sent(), headers=(("guichet-signature", signature.encode()),))) is Cause.SIGNATURE


def test_a_signature_made_with_another_key_is_refused():
    assert cause(sent(key=OTHER_KEY)) is Cause.SIGNATURE


def test_a_missing_signature_is_refused():
    assert cause(sent(key=None)) is Cause.SIGNATURE


def test_a_source_without_a_key_need_not_sign():
    assert cause(sent(key=None), key_ref=None) is None


def test_a_key_that_the_settings_do_not_have_lets_nobody_in():
    assert cause(sent(), keys={"other": KEY}) is Cause.SIGNATURE


def test_a_value_that_was_changed_is_not_signed():
    signed = sent()
    assert cause(replace(signed, value=signed.value + b" ")) is Cause.SIGNATURE


def in_binary_mode(signed, *more):
    """Send in binary mode, signed over these bytes and the value."""
    value = b"{}"
    plain = binary_record(value=value, source="urn:essai", time=NOON.isoformat())
    names = sorted((name, text) for name, text in plain.headers if name.startswith("ce_"))
    head = b"".join(f"{name}:".encode() + text + b"\n" for name, text in names)
    signature = sign(KEY, (head if signed == "all" else b"") + value).encode()
    return replace(plain, headers=(*plain.headers, *more, ("guichet-signature", signature)))


@pytest.mark.parametrize(
    ("record_", "expected"),
    [
        (in_binary_mode("all"), Cause.DATA),
        (in_binary_mode("value"), Cause.SIGNATURE),
        (in_binary_mode("all", ("ce_subject", b"added")), Cause.SIGNATURE),
        (in_binary_mode("all", ("other", b"added")), Cause.DATA),
    ],
)
def test_in_binary_mode_the_signature_covers_the_attributes_too(record_, expected):
    assert cause(record_) is expected


def test_a_tombstone_is_signed_too():
    withdrawal = record("driver.declared", None)
    head = b"".join(f"{name}:".encode() + text + b"\n" for name, text in sorted(withdrawal.headers))
    signed = replace(withdrawal, headers=(*withdrawal.headers, ("guichet-signature", sign(KEY, head).encode())))
    assert isinstance(let_in(signed), Arrival)
    assert let_in(withdrawal).cause is Cause.SIGNATURE


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (MINUTES_5, None),
        (MINUTES_5 + timedelta(microseconds=1), Cause.TIME),
        (timedelta(minutes=10), Cause.TIME),
        (timedelta(days=-9000), None),
    ],
)
def test_a_clock_may_be_5_minutes_ahead_and_any_time_behind(ahead, expected):
    assert cause(sent(ahead=ahead)) is expected


def test_what_is_wrong_is_told_without_the_data():
    for result in (let_in(sent(), declared=False), let_in(sent(signature="00")), let_in(sent(), organisations=[])):
        assert LICENCE not in result.detail
        assert NEQ not in result.detail


@pytest.mark.parametrize(("organisations", "expected"), [([NEQ], None), ([OTHER_NEQ], Cause.SOURCE), (["*"], None)])
def test_a_tombstone_speaks_for_the_organisation_in_its_key(organisations, expected):
    withdrawn = tombstone(type="guichet.organisation.declared.v1", source="urn:essai", time=NOON.isoformat())
    written = replace(withdrawn, key=f"organisation:{NEQ}".encode(), timestamp_ms=sent().timestamp_ms)
    result = let_in(written, organisations=organisations, key_ref=None)
    assert (None if isinstance(result, Arrival) else result.cause) is expected


@pytest.mark.parametrize(
    ("given", "expected"), [([NEQ], None), ([NEQ, OTHER_NEQ], Cause.SOURCE), (["*"], Cause.SOURCE), ([], None)]
)
def test_a_source_gives_another_no_organisation_that_it_has_not(given, expected):
    result = let_in(sent("source.declared", DATA["source"] | {"organisations": given}), organisations=[NEQ])
    assert (None if isinstance(result, Arrival) else result.cause) is expected


def test_an_organisation_without_a_name_is_not_spoken_for():
    assert cause(sent(data=RIGHT | {"organisation": ""}), organisations=[NEQ]) is Cause.SOURCE
