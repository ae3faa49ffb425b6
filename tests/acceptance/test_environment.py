"""Environment T: answered as far as possible, without effect and without bill (contract §2, §4)."""

import pytest

from tests.acceptance.builders import driver, inquiry, licence, neq, organisation, service, session
from tests.acceptance.outside import Outside
from tests.rule_mark import rule

TRIAL = {"environment": "T"}


async def test_a_trial_has_an_outcome_and_neither_content_nor_bill(guichet: Outside, town: str) -> None:
    declared = driver()
    await guichet.declare(declared)
    items = [{"licence": declared["data"]["licence"]}, {"licence": licence()}]
    asked = guichet.ask(town, "DRIVER_RECORD", *items, **TRIAL)
    answer = await guichet.answer(asked)
    assert (answer["environment"], answer["total"]) == ("T", "0.00")
    assert [(one["outcome"], one["amount"]) for one in answer["items"]] == [("FOUND", "0.00"), ("NOT_FOUND", "0.00")]
    assert [row["environment"] for row in await guichet.rows("inquiries", asked)] == ["T"]
    results = await guichet.rows("results", asked)
    assert [(row["environment"], row["outcome"]) for row in results] == [("T", "FOUND"), ("T", "NOT_FOUND")]
    assert await guichet.rows("charges", asked) == []
    assert await guichet.content_text(asked) is None
    assert await guichet.rows("consultations", asked) == []


async def test_what_is_in_production_says_so_in_its_rows(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    answer = await guichet.answer(asked)
    assert answer.get("environment", "P") == "P"
    assert [row["environment"] for row in await guichet.rows("inquiries", asked)] == ["P"]
    assert [row["environment"] for row in await guichet.rows("results", asked)] == ["P"]


@pytest.mark.parametrize("missing", [{"in_service_from": None}, {"billing_account_open": False}])
async def test_a_trial_needs_no_start_and_no_billing_account(guichet: Outside, missing: dict[str, object]) -> None:
    declared = organisation(**missing)
    await guichet.declare(declared)
    await guichet.answer(guichet.ask(declared["data"]["neq"], "DRIVER_RECORD", {"licence": licence()}, **TRIAL))


async def test_a_trial_needs_no_tariff(before_tariffs: dict[str, str]) -> None:
    assert before_tariffs["T"] == "ANSWERED"


@rule("P-06", "P-50")
async def test_a_trial_is_refused_for_every_other_reason(guichet: Outside, town: str) -> None:
    narrow = organisation(services=[service("VEHICLE_RECORD")])
    await guichet.declare(narrow)
    question = {"licence": licence()}
    asked = {
        "ORGANISATION": guichet.ask(neq(), "DRIVER_RECORD", question, **TRIAL),
        "NOT_ENTITLED": guichet.ask(narrow["data"]["neq"], "DRIVER_RECORD", question, **TRIAL),
        "SESSION": guichet.ask(town, "DRIVER_RECORD", question, session=session(idle_minutes=20), **TRIAL),
        "ITEM_FORM": guichet.ask(town, "DRIVER_RECORD", {"licence": "bad"}, **TRIAL),
    }
    for code, id_ in asked.items():
        fact = await guichet.fact(id_)
        assert (fact["data"]["code"], fact["data"]["environment"]) == (code, "T")


async def test_a_trial_uses_its_id_up_like_every_event(guichet: Outside, town: str) -> None:
    trial = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town, **TRIAL)
    guichet.send(trial)
    await guichet.answer(trial["id"])
    in_production = trial | {"data": trial["data"] | {"environment": "P"}}
    assert await guichet.cause(guichet.send(in_production)) == "CONFLICT"
    assert await guichet.rows("charges", trial["id"]) == []
