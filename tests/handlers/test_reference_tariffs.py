"""A tariff changes nothing that is past (contract §3)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from jsonschema import Draft202012Validator

from handlers.decision import Effect
from handlers.reference.decide import Held, Known
from schemas.asyncapi import json_schemas
from schemas.envelope import fact
from tests.handlers.builders import ID, NOON, TODAY
from tests.handlers.snapshots import decide, decide_all, snapshot, withdrawal

DAY = timedelta(days=1)
SERVICE = "DRIVER_RECORD"
OLD = date(2026, 1, 1)


def key(day, service=SERVICE):
    return f"tariff:{service}:{day}"


def tariff(day, service=SERVICE, minutes=0, n=1, at=NOON, amount="9.00"):
    data = {"service": service, "effective_from": str(day), "amount": amount}
    return snapshot("tariff", minutes, n, key(day, service), at, **data)


def withdrawn(day, minutes=0, n=1, at=NOON):
    return withdrawal("tariff", minutes, n, key(day), at)


def priced(*days):
    """Know tariffs of these days, declared long ago."""
    long_ago = Held(NOON - timedelta(days=900), UUID(int=1))
    return Known({key(day): long_ago for day in days}, {SERVICE: set(days)})


@pytest.mark.parametrize("day", [OLD, TODAY - DAY, TODAY, TODAY + DAY])
def test_the_first_tariff_of_a_service_may_begin_on_any_day(day):
    assert decide(tariff(day)).effect is Effect.EFFECT


@pytest.mark.parametrize("day", [OLD + DAY, OLD - DAY, TODAY - DAY, TODAY])
def test_a_later_tariff_begins_after_the_day_of_reception(day):
    decision = decide(tariff(day), priced(OLD))
    assert (decision.effect, decision.rows) == (Effect.REFUSAL, ())


def test_a_tariff_may_begin_tomorrow():
    assert decide(tariff(TODAY + DAY), priced(OLD)).effect is Effect.EFFECT


def test_a_refusal_names_the_service_the_day_and_the_code():
    (refused,) = decide(tariff(TODAY, n=9), priced(OLD)).facts
    assert refused.type == "guichet.tariff.refused.v1"
    assert refused.data == {"service": SERVICE, "effective_from": "2026-11-24", "code": "RETROACTIVE"}
    assert (refused.aggregate, refused.version) == (str(UUID(int=9)), 1)


def test_a_refusal_is_as_its_schema_says():
    (refused,) = decide(tariff(TODAY), priced(OLD)).facts
    event = fact(ID, refused.type, NOON, refused.aggregate, refused.version, ID, None, refused.data)
    Draft202012Validator(json_schemas()["guichet.tariff.refused.v1.json"]).validate(orjson.loads(event))


@pytest.mark.parametrize(
    ("received_at", "effect"),
    [
        (datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC), Effect.EFFECT),
        (datetime(2026, 11, 1, 4, tzinfo=UTC), Effect.REFUSAL),
    ],
)
def test_the_day_of_reception_is_that_of_toronto(received_at, effect):
    minutes = (received_at - NOON) / timedelta(minutes=1)
    assert decide(tariff(date(2026, 11, 1), minutes=minutes, at=received_at), priced(OLD)).effect is effect


def test_another_service_has_its_own_first_tariff():
    assert decide(tariff(OLD, service="VEHICLE_RECORD"), priced(OLD)).effect is Effect.EFFECT


def test_only_the_first_of_a_batch_is_the_first():
    known = Known()
    effects = [decide(tariff(day, n=n), known).effect for n, day in enumerate((OLD, OLD + DAY, TODAY + DAY), 1)]
    assert effects == [Effect.EFFECT, Effect.REFUSAL, Effect.EFFECT]


def test_one_not_yet_in_force_may_be_replaced_by_a_newer_one():
    _, standing = decide_all(tariff(TODAY + DAY, amount="9.00"), tariff(TODAY + DAY, minutes=1, amount="8.00"))
    assert standing[key(TODAY + DAY)]["amount"] == "8.00"


def test_one_not_yet_in_force_is_not_replaced_by_an_older_one():
    _, standing = decide_all(tariff(TODAY + DAY, amount="9.00"), tariff(TODAY + DAY, minutes=-1, amount="8.00"))
    assert standing[key(TODAY + DAY)]["amount"] == "9.00"


@pytest.mark.parametrize("day", [OLD, TODAY])
def test_one_in_force_may_not_be_replaced(day):
    (refused,) = decide(tariff(day, minutes=1), priced(day)).facts
    assert refused.data["code"] == "RETROACTIVE"


def test_the_first_tariff_itself_may_not_be_replaced_once_in_force():
    known = Known()
    assert [decide(tariff(OLD, minutes=m), known).effect for m in (0, 1)] == [Effect.EFFECT, Effect.REFUSAL]


def test_one_not_yet_in_force_may_be_withdrawn():
    decision = decide(withdrawn(TODAY + DAY), priced(OLD, TODAY + DAY))
    assert decision.rows[0].values is None


@pytest.mark.parametrize("day", [OLD, TODAY])
def test_one_in_force_may_not_be_withdrawn(day):
    decision = decide(withdrawn(day), priced(day))
    assert (decision.effect, decision.rows) == (Effect.REFUSAL, ())
    assert decision.facts[0].data["code"] == "RETROACTIVE"


def test_a_tariff_withdrawn_is_gone_for_the_next_of_its_batch():
    known = priced(TODAY + DAY)
    decide(withdrawn(TODAY + DAY), known)
    assert known.tariff_days == {SERVICE: set()}


def test_a_tariff_refused_leaves_what_is_held():
    known = priced(OLD)
    before = Known(dict(known.held), {SERVICE: set(known.tariff_days[SERVICE])})
    decide(tariff(OLD, minutes=5), known)
    assert known == before


@pytest.mark.parametrize("make", [tariff, withdrawn])
def test_a_repetition_of_what_is_held_is_no_refusal(make):
    known = Known({key(OLD): Held(NOON, UUID(int=1))}, {SERVICE: {OLD}})
    assert decide(make(OLD), known).effect is Effect.IGNORED
