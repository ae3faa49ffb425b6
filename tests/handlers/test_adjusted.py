"""A charge is put right by a line in the open period (contract §3)."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import orjson
import pytest
from jsonschema import Draft202012Validator

from handlers.decision import Effect
from handlers.inquiries.follow_ups import charge_aggregate, decide_adjusted, evolve_followed
from handlers.inquiries.known import Charged
from handlers.inquiries.rows import AdjustmentRow, ChargeRow, InquiryRow
from schemas.asyncapi import json_schemas
from schemas.envelope import fact
from tests.handlers.builders import ID, NEQ, NOON, OTHER_NEQ, known, price, session, source
from tests.handlers.follow_ups import ASKED, ITEM, adjusted, cause, told
from tests.rule_mark import rule

MINUTES_15 = timedelta(minutes=15)
TOO_LATE = session(idle=MINUTES_15 + timedelta(microseconds=1))
ADJUSTED, REFUSED = "guichet.charge.adjusted.v1", "guichet.charge.adjustment-refused.v1"


def charged(adjustments=0, item=2):
    return known(charges={(ASKED, item): Charged(NEQ, "DRIVER_RECORD", adjustments)})


def decide(arrival, meets=None, now=NOON):
    return decide_adjusted(arrival, charged() if meets is None else meets, now)


def adjustments(decision):
    return [row for row in decision.rows if isinstance(row, AdjustmentRow)]


def decide_in_turn(arrivals, meets):
    """Decide several of a batch, each with what the former changed."""
    for arrival in arrivals:
        decision = decide(arrival, meets)
        for row in adjustments(decision):
            evolve_followed(meets, row)
        yield decision


@pytest.mark.parametrize("amount", ["-12.50", "0.01", "9999999999.99"])
def test_an_adjustment_is_a_line_of_its_own(amount):
    decision = decide(adjusted(amount), now=NOON + timedelta(seconds=1))
    line = AdjustmentRow(ID, ASKED, 2, 1, Decimal(amount), "posted twice", NOON + timedelta(seconds=1))
    assert adjustments(decision) == [line]
    assert decision.effect is Effect.EFFECT


def test_an_adjustment_is_told():
    about = ITEM | {"organisation": NEQ, "service": "DRIVER_RECORD", "day": "2026-11-24"}
    assert told(decide(adjusted("-12.50"))) == (ADJUSTED, about | {"amount": "-12.50"})


@pytest.mark.parametrize(("hour", "day"), [(4, "2026-11-23"), (5, "2026-11-24")])
def test_the_day_told_is_the_one_of_posting_in_toronto(hour, day):
    assert told(decide(adjusted(), now=NOON.replace(hour=hour)))[1]["day"] == day


def test_a_charge_of_the_same_batch_is_adjusted_as_one_of_its_service():
    meets = known(charges={}, tariffs={"LICENCE_VALIDITY": [price("1.50", tariff_no=4)], "DRIVER_RECORD": [price("9")]})
    evolve_followed(meets, ChargeRow(ASKED, 2, 3, 4, Decimal("1.50"), NOON))
    assert told(decide(adjusted(), meets))[1]["service"] == "LICENCE_VALIDITY"


def test_the_event_takes_its_id_in_the_inquiries_space():
    (row,) = [row for row in decide(adjusted()).rows if isinstance(row, InquiryRow)]
    assert (row.inquiry_id, row.status) == (ID, "FOLLOW_UP")


def test_a_charge_keeps_count_of_its_adjustments():
    decision = decide(adjusted(), charged(adjustments=4))
    assert (adjustments(decision)[0].version, decision.facts[0].version) == (5, 5)


def test_versions_go_on_within_a_batch():
    ids = [uuid4() for _ in range(3)]
    decisions = list(decide_in_turn([adjusted(id=one) for one in ids], charged(adjustments=1)))
    assert [decision.facts[0].version for decision in decisions] == [2, 3, 4]
    assert {decision.facts[0].aggregate for decision in decisions} == {f"charge:{ASKED}:2"}


def test_another_charge_counts_for_itself():
    meets = known(charges={(ASKED, item): Charged(NEQ, "DRIVER_RECORD", 0) for item in (1, 2)})
    decisions = decide_in_turn([adjusted(), adjusted(id=UUID(int=1), charge=ITEM | {"item": 1})], meets)
    assert [decision.facts[0].version for decision in decisions] == [1, 1]


def test_a_refusal_counts_nothing():
    decisions = decide_in_turn([adjusted(session=TOO_LATE), adjusted(id=UUID(int=1))], charged())
    assert [decision.facts[0].version for decision in decisions] == [1, 1]


def test_the_aggregate_is_the_charge():
    arrival = adjusted()
    assert charge_aggregate(arrival.event.data) == decide(arrival).facts[0].aggregate


@pytest.mark.parametrize("other", [{"item": 1}, {"inquiry": str(ID)}])
def test_a_charge_that_is_unknown_is_refused(other):
    decision = decide(adjusted(charge=ITEM | other))
    assert told(decision) == (REFUSED, ITEM | other | {"code": "CHARGE"})
    assert (decision.effect, adjustments(decision)) == (Effect.REFUSAL, [])


def test_a_refusal_is_told_under_the_events_own_id():
    (refused,) = decide(adjusted(), known()).facts
    assert (refused.aggregate, refused.version) == (str(ID), 1)


@pytest.mark.parametrize("roles", [(), ("PARTNER", "PORTAL", "ANALYST")])
@pytest.mark.parametrize("meets", [charged(), known()])
def test_only_the_saaq_may_adjust(roles, meets):
    assert cause(decide(adjusted(by=source(roles=roles)), meets)) == "SOURCE"


def test_a_source_adjusts_charges_of_its_organisations_only():
    assert cause(decide(adjusted(by=source(organisations=[OTHER_NEQ])))) == "SOURCE"
    assert len(adjustments(decide(adjusted(by=source(organisations=[NEQ]))))) == 1


@rule("P-50")
def test_a_session_idle_for_15_minutes_is_still_open():
    assert len(adjustments(decide(adjusted(session=session(MINUTES_15))))) == 1


@rule("P-50")
@pytest.mark.parametrize("meets", [charged(), known()])
def test_a_session_idle_for_longer_is_over(meets):
    assert told(decide(adjusted(session=TOO_LATE), meets)) == (REFUSED, ITEM | {"code": "SESSION"})


def test_a_reason_with_control_characters_is_refused():
    decision = decide(adjusted(reason="a\0b"))
    assert told(decision)[0] == REFUSED
    assert adjustments(decision) == []


def test_the_reason_is_not_told():
    assert "posted twice" not in str(decide(adjusted()).facts)


@pytest.mark.parametrize("meets", [charged(), known()])
def test_a_fact_is_as_its_schema_says(meets):
    (one,) = decide(adjusted(), meets).facts
    event = orjson.loads(fact(uuid4(), one.type, NOON, one.aggregate, one.version, ID, None, one.data))
    name = f"{one.type}.fact.json" if one.type == ADJUSTED else f"{one.type}.json"
    Draft202012Validator(json_schemas()[name]).validate(event)
