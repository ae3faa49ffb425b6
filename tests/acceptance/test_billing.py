"""One charge per accepted item, at the tariff of the received date, and adjustments beside it (contract §4)."""

import asyncio
from decimal import Decimal

import pytest

from tests.acceptance.builders import (
    KINDS,
    PRICES,
    adjusted,
    driver,
    inquiry,
    licence,
    now,
    plate,
    tariff,
    today,
    vehicle,
)
from tests.acceptance.outside import REFERENCE, Outside
from tests.rule_mark import rule


async def charged(guichet: Outside, inquiry: str) -> list[tuple[int, str, str]]:
    """The lines of an inquiry: item, kind and amount."""
    return [(row["item"], row["kind"], str(row["amount"])) for row in await guichet.rows("charges", inquiry)]


@rule("P-10", "X-03")
async def test_each_accepted_item_has_one_charge_found_or_not(guichet: Outside, town: str) -> None:
    declared = vehicle()
    await guichet.declare(declared)
    same = {"plate": plate()}
    asked = guichet.ask(town, "VEHICLE_RECORD", {"plate": declared["data"]["plate"]}, same, same)
    answer = await guichet.answer(asked)
    assert [one["outcome"] for one in answer["items"]] == ["FOUND", "NOT_FOUND", "NOT_FOUND"]
    assert [one["amount"] for one in answer["items"]] == ["8.05"] * 3
    assert answer["total"] == "24.15"
    assert await charged(guichet, asked) == [(item, "CHARGE", "8.05") for item in (1, 2, 3)]


@rule("P-10", "X-03")
async def test_an_inquiry_repeated_ten_times_is_answered_and_billed_once(guichet: Outside, town: str) -> None:
    asked = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town)
    for _ in range(5):
        guichet.send(asked)
    await guichet.answer(asked["id"])
    last = [guichet.send(asked, key=str(number)) for number in range(5)][-1]
    after = [
        guichet.send(inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town), at=at) for at in range(8)
    ]
    await asyncio.gather(*[guichet.answer(sent.id) for sent in after])
    assert await charged(guichet, asked["id"]) == [(1, "CHARGE", "12.50")]
    assert len(await guichet.rows("results", asked["id"])) == 1
    assert len(guichet.facts(asked["id"])) == 1
    assert guichet.dead_letters(last) == []


@rule("P-10")
async def test_two_ids_are_two_requests_and_two_bills(guichet: Outside, town: str) -> None:
    question = {"licence": licence()}
    twice = [guichet.ask(town, "LICENCE_VALIDITY", question) for _ in range(2)]
    for asked in twice:
        await guichet.answer(asked)
        assert await charged(guichet, asked) == [(1, "CHARGE", "1.50")]


@rule("P-10", "X-03")
async def test_a_hundred_items_are_a_hundred_charges(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "LICENCE_VALIDITY", *[{"licence": licence()} for _ in range(100)])
    assert (await guichet.answer(asked))["total"] == "150.00"
    assert [item for item, _, _ in await charged(guichet, asked)] == list(range(1, 101))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_charge_names_its_service_tariff_period_and_whether_it_is_taxed(
    guichet: Outside, town: str, kind: str
) -> None:
    item = {"plate": plate()} if kind in {"VEHICLE_RECORD", "OWNERSHIP_HISTORY"} else {"licence": licence()}
    asked = guichet.ask(town, kind, item)
    await guichet.answer(asked)
    [charge] = await guichet.rows("charges", asked)
    expected = {
        "organisation": town, "service": kind, "amount": Decimal(PRICES[kind]), "kind": "CHARGE",
        "taxable": kind != "LICENCE_VALIDITY", "period": today()[:7], "adjustment_id": None,
    }  # fmt: skip
    assert {name: charge[name] for name in expected} == expected
    assert charge["tariff_id"] is not None
    assert charge["posted_at"] is not None


@pytest.mark.parametrize("effective_from", [today(-1), today(0)])
async def test_a_tariff_that_is_not_the_first_must_begin_after_its_reception(
    guichet: Outside, town: str, effective_from: str
) -> None:
    late = tariff("DRIVER_RECORD", "99.00", effective_from)
    await guichet.declare(late)
    fact = await guichet.fact(late["id"])
    assert fact["type"] == "guichet.tariff.refused.v1"
    told = {"service": "DRIVER_RECORD", "effective_from": effective_from, "code": "RETROACTIVE"}
    assert {name: fact["data"].get(name) for name in told} == told
    assert await price(guichet, town) == "12.50"


async def price(guichet: Outside, town: str) -> str:
    """What a driver's record costs now."""
    answer = await guichet.answer(guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}))
    return str(answer["total"])


async def test_a_tariff_to_come_may_be_replaced_or_withdrawn_and_does_not_count_yet(
    guichet: Outside, town: str
) -> None:
    first, second = (tariff("DRIVER_RECORD", amount, today(60)) for amount in ("20.00", "21.00"))
    await guichet.declare(first)
    await guichet.declare(second)
    withdrawal = tariff("DRIVER_RECORD", "21.00", today(60))
    await guichet.applied(guichet.send_tombstone(withdrawal))
    assert await price(guichet, town) == "12.50"
    assert [guichet.facts(one["id"]) for one in (first, second, withdrawal)] == [[], [], []]


async def test_a_tariff_in_force_is_not_replaced(guichet: Outside, town: str) -> None:
    again = tariff("DRIVER_RECORD", "13.00", "2020-01-01")
    await guichet.declare(again)
    fact = await guichet.fact(again["id"])
    assert (fact["type"], fact["data"]["code"]) == ("guichet.tariff.refused.v1", "RETROACTIVE")
    assert await price(guichet, town) == "12.50"


async def test_a_tariff_in_force_is_not_withdrawn(guichet: Outside, town: str) -> None:
    withdrawal = tariff("DRIVER_RECORD", "12.50", "2020-01-01")
    await guichet.applied(guichet.send_tombstone(withdrawal))
    fact = await guichet.fact(withdrawal["id"])
    assert (fact["type"], fact["data"]["code"]) == ("guichet.tariff.refused.v1", "RETROACTIVE")
    assert await price(guichet, town) == "12.50"


async def test_the_tariff_is_that_of_the_received_date_whatever_the_event_says(guichet: Outside, town: str) -> None:
    await guichet.declare(tariff("DRIVER_RECORD", "77.00", today(1)))
    old, soon = {"time": "2019-06-01T12:00:00-04:00"}, {"time": now(minutes=4)}
    for attributes in (old, soon):
        asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}, attributes=attributes)
        assert (await guichet.answer(asked))["total"] == "12.50"
    await guichet.applied(guichet.send_tombstone(tariff("DRIVER_RECORD", "77.00", today(1))))


@pytest.mark.parametrize("amount", ["-12.50", "3.25"])
async def test_an_adjustment_is_a_line_beside_the_charge(guichet: Outside, town: str, amount: str) -> None:
    declared = driver()
    await guichet.declare(declared)
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": declared["data"]["licence"]})
    await guichet.answer(asked)
    change = adjusted(asked, amount)
    guichet.send(change)
    fact = await guichet.fact(change["id"])
    assert fact["type"] == "guichet.charge.adjusted.v1"
    charge, adjustment = sorted(await guichet.rows("charges", asked), key=lambda row: row["kind"] != "CHARGE")
    assert charge["amount"] == Decimal("12.50")
    same = ("inquiry_id", "item", "organisation", "service", "taxable")
    assert [adjustment[name] for name in same] == [charge[name] for name in same]
    assert (adjustment["kind"], adjustment["amount"]) == ("ADJUSTMENT", Decimal(amount))
    assert (str(adjustment["adjustment_id"]), adjustment["period"]) == (change["id"], today()[:7])


async def test_an_adjustment_repeated_counts_once_and_two_ids_count_twice(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    first, second = adjusted(asked, "-1.00"), adjusted(asked, "-1.00")
    for change in (first, first, second, first):
        guichet.send(change, at=3)
    await guichet.fact(second["id"])
    end = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town)
    await guichet.answer(guichet.send(end, at=3).id)
    lines = await charged(guichet, asked)
    assert sorted(amount for _, _, amount in lines) == ["-1.00", "-1.00", "12.50"]
    assert len(guichet.facts(first["id"])) == 1


async def test_what_was_never_charged_cannot_be_adjusted(guichet: Outside, town: str) -> None:
    refused = guichet.ask(town, "DRIVER_RECORD", {"licence": "bad"})
    tried = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}, environment="T")
    billed = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    for asked in (refused, tried, billed):
        await guichet.fact(asked)
    unknown = inquiry("DRIVER_RECORD", organisation=town)["id"]
    changes = [*(adjusted(asked, "-1.00") for asked in (refused, tried, unknown)), adjusted(billed, "-1.00", item=2)]
    for change in changes:
        guichet.send(change)
    for change in changes:
        fact = await guichet.fact(change["id"])
        assert (fact["type"], fact["data"]["code"]) == ("guichet.charge.adjustment-refused.v1", "CHARGE")
    assert await charged(guichet, billed) == [(1, "CHARGE", "12.50")]


@pytest.mark.parametrize("amount", ["0.00", "-0.00", "12.5", 12.5, "1e3", "12,50", ""])
async def test_an_adjustment_of_nothing_or_of_no_amount_is_a_dead_letter(
    guichet: Outside, town: str, amount: object
) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    change = adjusted(asked, "1.00")
    change["data"]["amount"] = amount
    assert await guichet.cause(guichet.send(change)) == "DATA"


@pytest.mark.parametrize("amount", ["100000.00", "-0.01", "12.505", 12.5])
async def test_a_tariffs_amount_is_a_text_from_nothing_to_99999_99(guichet: Outside, amount: object) -> None:
    wrong = tariff("ATTESTATION", "1.00", today(90))
    wrong["data"]["amount"] = amount
    assert await guichet.cause(guichet.send(wrong, REFERENCE)) == "DATA"
