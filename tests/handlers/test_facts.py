"""What is told of an inquiry: ids, codes, counts and amounts, never personal data (contract §4)."""

from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from jsonschema import Draft202012Validator

from handlers.inquiries.decide import decide_inquiry
from schemas.asyncapi import json_schemas
from schemas.envelope import fact
from tests.handlers.builders import (
    DRIVER_KINDS,
    ID,
    KINDS,
    LICENCE,
    NEQ,
    NOBODY,
    NOON,
    OTHER_NEQ,
    PLATE,
    VIN,
    inquiry,
    known,
)
from tests.rule_mark import rule

MINUTES_15 = timedelta(minutes=15)
ANSWERED, REFUSED, LATE = (f"guichet.inquiry.{what}.v1" for what in ("answered", "refused", "late"))


def told(asked, meets=None, now=NOON):
    return decide_inquiry(asked, meets or known(), now).facts


def items(*outcomes, amount):
    return [{"item": item, "outcome": outcome, "amount": amount} for item, outcome in enumerate(outcomes, 1)]


@rule("P-10")
def test_an_answer_tells_each_items_outcome_and_amount_and_the_total():
    (answered,) = told(inquiry(items=[{"licence": LICENCE}, {"licence": NOBODY}]), known(tariff="12.50"))
    assert (answered.type, answered.aggregate, answered.version) == (ANSWERED, str(ID), 1)
    assert answered.data == {
        "inquiry": str(ID),
        "organisation": NEQ,
        "kind": "DRIVER_RECORD",
        "items": items("FOUND", "NOT_FOUND", amount="12.50"),
        "total": "25.00",
        "day": "2026-11-24",
    }


@pytest.mark.parametrize(
    ("tariff", "number", "total"),
    [
        ("0.00", 3, "0.00"),
        ("0.01", 1, "0.01"),
        ("0.10", 3, "0.30"),
        ("8.05", 7, "56.35"),
        ("99999.99", 100, "9999999.00"),
    ],
)
def test_the_total_is_exact(tariff, number, total):
    (answered,) = told(inquiry(items=[{"licence": LICENCE}] * number), known(tariff=tariff))
    assert answered.data["total"] == total


def test_a_refusal_tells_its_code_without_items_or_amounts():
    (refused,) = told(inquiry(), known(tariffs={}))
    assert (refused.type, refused.aggregate, refused.version) == (REFUSED, str(ID), 1)
    about = {"inquiry": str(ID), "organisation": NEQ, "kind": "DRIVER_RECORD", "day": "2026-11-24"}
    assert refused.data == about | {"code": "NO_TARIFF"}


@pytest.mark.parametrize("name", ["Zoé Essai", LICENCE, "1" * 10_000])
def test_a_text_that_is_no_neq_is_not_told_as_an_organisation(name):
    (refused,) = told(inquiry(organisation=name))
    about = {"inquiry": str(ID), "kind": "DRIVER_RECORD", "day": "2026-11-24"}
    assert refused.data == about | {"code": "ORGANISATION"}


@pytest.mark.parametrize("meets", [known(), known(tariffs={})])
@pytest.mark.parametrize(("hour", "day"), [(4, "2026-11-23"), (5, "2026-11-24")])
def test_the_day_told_is_the_one_of_reception_in_toronto(hour, day, meets):
    received_at = NOON.replace(hour=hour)
    (one,) = told(inquiry(received_at=received_at), meets, now=received_at + timedelta(minutes=10))
    assert one.data["day"] == day


@rule("P-08")
@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=5), MINUTES_15])
def test_an_answer_within_15_minutes_is_not_late(age):
    assert [one.type for one in told(inquiry(), now=NOON + age)] == [ANSWERED]


@rule("P-08")
@pytest.mark.parametrize("age", [MINUTES_15 + timedelta(microseconds=1), timedelta(days=2)])
def test_an_answer_after_more_than_15_minutes_is_told_as_late_too(age):
    answered, late = told(inquiry(), now=NOON + age)
    assert (answered.type, late.type) == (ANSWERED, LATE)
    assert (late.aggregate, late.version) == (str(ID), answered.version + 1)
    assert late.data == {"inquiry": str(ID), "organisation": NEQ, "kind": "DRIVER_RECORD"}


@rule("P-08")
def test_the_age_counts_from_reception_not_from_the_events_time():
    asked = inquiry(time=NOON - timedelta(hours=1), received_at=NOON)
    assert [one.type for one in told(asked, now=NOON + MINUTES_15)] == [ANSWERED]


def test_a_refusal_is_never_late():
    assert [one.type for one in told(inquiry(), known(tariffs={}), now=NOON + timedelta(days=1))] == [REFUSED]


@pytest.mark.parametrize("asked", [{}, {"items": [{"licence": "?"}]}])
def test_facts_say_environment_t(asked):
    facts = told(inquiry(environment="T", **asked), now=NOON + timedelta(hours=1))
    assert {one.data["environment"] for one in facts} == {"T"}


def test_amounts_of_environment_t_are_nothing():
    (answered,) = told(inquiry(environment="T", items=[{"licence": LICENCE}] * 2), known(tariff="12.50"))
    assert answered.data["items"] == items("FOUND", "FOUND", amount="0.00")
    assert answered.data["total"] == "0.00"


def every_fact():
    """Answer, refuse and be late, of every kind and in both environments."""
    for kind in KINDS:
        asked = (
            [{"licence": LICENCE}, {"licence": NOBODY}] if kind in DRIVER_KINDS else [{"plate": PLATE}, {"vin": VIN}]
        )
        for environment in "PT":
            about = {"kind": kind, "employee": "EMPLOYEE", "reference": "REFERENCE", "environment": environment}
            yield from told(inquiry(items=asked, **about), now=NOON + timedelta(hours=1))
            yield from told(inquiry(items=asked, organisation=OTHER_NEQ, **about))


def test_a_fact_holds_no_personal_data():
    text = orjson.dumps([one.data for one in every_fact()]).decode()
    secrets = [LICENCE, NOBODY, PLATE, VIN, "Essai", "Zoé", "1990-02-03", "EMPLOYEE", "REFERENCE"]
    assert [secret for secret in secrets if secret in text] == []


def test_a_fact_is_as_its_schema_says():
    for one in every_fact():
        event = orjson.loads(fact(uuid4(), one.type, NOON, one.aggregate, one.version, ID, None, one.data))
        Draft202012Validator(json_schemas()[f"{one.type}.json"]).validate(event)
