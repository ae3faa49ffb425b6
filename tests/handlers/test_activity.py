"""Facts are counted once each: by organisation, day and service, whatever comes again (contract §5, read.activity)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from consumers.projections import PROJECTIONS_DESK
from handlers.activity.contributions import Change, Contribution, Counts, Key, difference, newest
from handlers.activity.decide import KnownActivity, decide_told, evolve
from handlers.decision import Arrival, Decision, Effect
from schemas.envelope import Dead, Event, Record
from schemas.facts import read_fact
from tests.handlers.builders import ID, NEQ, NOON, OTHER_NEQ, TODAY

ANSWERED: dict[str, Any] = {
    "inquiry": str(ID),
    "organisation": NEQ,
    "kind": "DRIVER_RECORD",
    "items": [{"item": item, "outcome": "FOUND", "amount": "12.50"} for item in (1, 2)],
    "total": "25.00",
    "day": "2026-11-24",
}
REFUSED = {name: ANSWERED[name] for name in ("inquiry", "organisation", "kind", "day")} | {"code": "NO_TARIFF"}
ADJUSTED = {"inquiry": str(ID), "item": 1, "organisation": NEQ, "service": "VEHICLE_RECORD", "amount": "-1.00"} | {
    "day": "2026-12-01"
}
FACTS = {"inquiry.answered": ANSWERED, "inquiry.refused": REFUSED, "charge.adjusted": ADJUSTED}
KEY = Key(3, TODAY, "DRIVER_RECORD")
TWO = Counts(accepted=2, amount=Decimal("25.00"))


def record(name="inquiry.answered", version=1, cause=ID, without=(), **data):
    told = {member: value for member, value in (FACTS.get(name, {}) | data).items() if member not in without}
    event = {"specversion": "1.0", "id": str(uuid4()), "source": "urn:guichet", "type": f"guichet.{name}.v1"}
    event |= {"time": NOON.isoformat(), "causationid": str(cause), "aggregate": "x", "version": version, "data": told}
    return of(json.dumps({member: value for member, value in event.items() if member not in without}))


def of(value: str | bytes | None) -> Record:
    return Record("guichet.outcomes", 0, 0, 0, None, value.encode() if isinstance(value, str) else value, ())


def arrival(*arguments: Any, **more: Any) -> Arrival:
    event = read_fact(record(*arguments, **more), {})
    assert isinstance(event, Event), event
    assert event.invalid is None
    assert PROJECTIONS_DESK.only_source is not None
    return Arrival(event, PROJECTIONS_DESK.only_source, NOON, TODAY)


def known() -> KnownActivity:
    return KnownActivity({NEQ: 3})


def count(*arguments: Any, meets: KnownActivity | None = None, **more: Any) -> list[Change]:
    meets = meets or known()
    decision = decide_told(arrival(*arguments, **more), meets, datetime.now(UTC))
    assert isinstance(decision, Decision)
    evolve(meets, decision)
    assert decision.effect is (Effect.EFFECT if decision.rows else Effect.IGNORED)
    return list(decision.rows)


@pytest.mark.parametrize(
    ("name", "key", "counts"),
    [
        ("inquiry.answered", KEY, TWO),
        ("inquiry.refused", KEY, Counts(refused=1)),
        ("charge.adjusted", Key(3, date(2026, 12, 1), "VEHICLE_RECORD"), Counts(amount=Decimal("-1.00"))),
    ],
)
def test_a_fact_contributes_to_its_day_and_service(name, key, counts):
    assert count(name, version=2) == [Change(None, Contribution(ID, 2, key, counts))]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("inquiry.answered", {"environment": "T"}),
        ("inquiry.refused", {"environment": "T"}),
        ("inquiry.refused", {"without": ("organisation",)}),
        ("inquiry.answered", {"organisation": OTHER_NEQ}),
        *((name, {"without": ("day",)}) for name in FACTS),
        ("charge.adjusted", {"without": ("service",)}),
        ("inquiry.late", {}),
        ("file.acknowledged", {"accepted": "many"}),
    ],
)
def test_what_counts_nowhere_is_ignored(name, changes):
    assert count(name, **changes) == []


@pytest.mark.parametrize("version", [1, 2])
def test_a_fact_that_is_not_newer_counts_no_more(version):
    meets = known()
    assert count(version=2, meets=meets)
    assert count(version=version, meets=meets, total="99.00") == []


def test_a_newer_fact_takes_the_place_of_the_older():
    meets = known()
    [first] = count(meets=meets)
    [second] = count(version=2, meets=meets, items=[{"item": 1}], total="12.50", day="2026-11-25")
    assert second.old == first.new
    assert newest([first, second]) == {ID: second.new}
    assert difference([first, second]) == {
        KEY: Counts(),
        KEY._replace(day=date(2026, 11, 25)): Counts(accepted=1, amount=Decimal("12.50")),
    }


def test_two_adjustments_of_one_charge_both_count():
    meets = known()
    changes = [
        change
        for version in (2, 1)
        for change in count("charge.adjusted", version, UUID(int=version), meets=meets, amount=f"{version}.25")
    ]
    assert [counts.amount for counts in difference(changes).values()] == [Decimal("3.50")]


def test_differences_are_in_the_order_of_their_keys():
    changes = [
        change
        for number, day in enumerate(("2026-11-26", "2026-11-24", "2026-11-25"))
        for change in count(cause=UUID(int=number), day=day)
    ]
    assert [key.day.day for key in difference(changes)] == [24, 25, 26]


def dead(value: Record) -> tuple[str, str]:
    letter = read_fact(value, {})
    assert isinstance(letter, Dead), letter
    return letter.cause, letter.detail


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xff", b'{"a":"\xff"}', b"[" * 100_000, b"NaN"])
def test_what_is_no_json_is_a_dead_letter(value):
    assert dead(of(value))[0] in {"DECODE", "ENVELOPE"}


@pytest.mark.parametrize("missing", ["id", "source", "type", "time", "causationid", "version", "data"])
def test_what_lacks_a_member_of_a_fact_is_a_dead_letter(missing):
    assert dead(record(without=(missing,)))[0] == "ENVELOPE"


@pytest.mark.parametrize("version", [0, -1, 2**31, 1.5, "1"])
def test_a_version_is_a_number_from_1_on(version):
    assert dead(record(version=version)) == ("ENVELOPE", ".version: is not as in a fact; only Guichet writes here")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("inquiry.answered", {"kind": "SECRET"}),
        ("inquiry.answered", {"items": "SECRET"}),
        ("inquiry.answered", {"items": [{}] * 101}),
        ("inquiry.answered", {"items": ["SECRET"]}),
        ("inquiry.answered", {"total": "NaN"}),
        ("inquiry.answered", {"total": 12.5}),
        ("inquiry.answered", {"day": "2026-02-30"}),
        ("inquiry.answered", {"environment": "SECRET"}),
        ("inquiry.refused", {"organisation": 7}),
        ("charge.adjusted", {"amount": "1e9"}),
        ("charge.adjusted", {"amount": "99999999999.00"}),
        ("charge.adjusted", {"service": "SECRET"}),
    ],
)
def test_data_that_is_not_of_its_type_is_told_without_its_values(name, data):
    event = read_fact(record(name, **data), {})
    assert isinstance(event, Event)
    [member] = data
    assert event.data is None
    assert event.invalid is not None
    assert event.invalid.startswith(f"data.{member}")
    assert "SECRET" not in event.invalid
