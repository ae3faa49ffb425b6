"""What is answered: each kind of inquiry, its members and nothing more (contract §4)."""

import hashlib
from datetime import timedelta

import pytest

from tests.acceptance.builders import driver, licence, plate, today, vehicle, vin
from tests.acceptance.outside import REFERENCE, Outside
from tests.rule_mark import rule

PRIVATE = ("Zéphirin-Quesnel", "Oxanne", "1980-05-17")
QUESTIONS = [
    ("DRIVER_RECORD", {"licence": licence()}),
    ("VEHICLE_RECORD", {"plate": plate()}),
    ("VEHICLE_RECORD", {"vin": vin()}),
    ("OWNERSHIP_HISTORY", {"plate": plate()}),
    ("OWNERSHIP_HISTORY", {"vin": vin()}),
    ("LICENCE_VALIDITY", {"licence": licence()}),
]


@rule("P-11")
async def test_a_drivers_record_is_told_with_its_own_members_and_no_other(guichet: Outside, town: str) -> None:
    declared = driver()
    await guichet.declare(declared)
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": declared["data"]["licence"]})
    assert (await guichet.answer(asked))["items"] == [{"item": 1, "outcome": "FOUND", "amount": "12.50"}]
    told = ("licence", "family_name", "first_name", "birth_date", "licence_kind")
    lists = ("classes", "conditions", "mentions", "prohibitions")
    assert await guichet.content(asked) == {name: declared["data"][name] for name in told + lists} | {
        "effective_status": "VALIDE",
        "points": 0,
        "offences": [],
        "sanctions": [],
    }


@rule("P-12")
async def test_several_vehicles_asked_at_once_are_answered_one_by_one(guichet: Outside, town: str) -> None:
    by_plate, by_vin = vehicle(model="COROL"), vehicle(model="YARIS")
    await guichet.declare(by_plate, by_vin)
    items = [{"plate": by_plate["data"]["plate"]}, {"plate": plate()}, {"vin": by_vin["data"]["vin"]}]
    asked = guichet.ask(town, "VEHICLE_RECORD", *items)
    answer = await guichet.answer(asked)
    assert [(one["item"], one["outcome"]) for one in answer["items"]] == [(1, "FOUND"), (2, "NOT_FOUND"), (3, "FOUND")]
    told = ("plate", "vin", "make", "model", "model_year", "cylinders", "fuel", "colour", "status")
    assert await guichet.content(asked, 1) == {name: by_plate["data"][name] for name in told}
    assert await guichet.content(asked, 3) == {name: by_vin["data"][name] for name in told}


@rule("P-18", "P-19", "P-20")
async def test_an_ownership_history_tells_the_vehicle_a_count_of_owners_and_its_uses(
    guichet: Outside, town: str
) -> None:
    declared = vehicle(owners=4)
    await guichet.declare(declared)
    asked = guichet.ask(town, "OWNERSHIP_HISTORY", {"vin": declared["data"]["vin"]})
    await guichet.answer(asked)
    content = await guichet.content(asked)
    uses = content.pop("uses")
    told = ("make", "model", "model_year", "cylinders", "status")
    assert content == {name: declared["data"][name] for name in told} | {"owners": 4}
    assert [{name: text for name, text in use.items() if text} for use in uses] == declared["data"]["uses"]


@rule("P-19")
async def test_no_owner_is_ever_named(guichet: Outside, town: str) -> None:
    owner = driver()
    owned = vehicle(owner_licence=owner["data"]["licence"])
    await guichet.declare(owner, owned)
    for kind in ("OWNERSHIP_HISTORY", "VEHICLE_RECORD"):
        asked = guichet.ask(town, kind, {"plate": owned["data"]["plate"]})
        await guichet.answer(asked)
        text = await guichet.content_text(asked)
        assert text
        assert not [name for name in (*PRIVATE, owner["data"]["licence"]) if name in text]


@rule("P-21", "P-22")
async def test_a_validity_is_yes_or_no_with_the_classes_and_nothing_else(guichet: Outside, town: str) -> None:
    valid, suspended = driver(), driver(status="SUSPENDU", classes=["6A"])
    await guichet.declare(valid, suspended)
    items = [{"licence": one["data"]["licence"]} for one in (valid, suspended)]
    asked = guichet.ask(town, "LICENCE_VALIDITY", *items)
    await guichet.answer(asked)
    assert await guichet.content(asked, 1) == {"valid": True, "classes": ["5", "6D"]}
    assert await guichet.content(asked, 2) == {"valid": False, "classes": ["6A"]}


@rule("P-21")
@pytest.mark.parametrize(
    ("status", "valid_until", "valid"),
    [
        ("VALIDE", 0, True),
        ("VALIDE", -1, False),
        *((status, 400, False) for status in ("NON PAYÉ À L'ÉCHÉANCE", "EXPIRÉ", "RÉVOQUÉ", "ANNULÉ", "DÉCÉDÉ")),
        ("DROIT SUSPENDU", 400, False),
    ],
)
async def test_a_licence_is_valid_when_its_status_is_and_its_term_is_not_over(
    guichet: Outside, town: str, status: str, valid_until: int, valid: bool
) -> None:
    declared = driver(status=status, valid_until=today(valid_until))
    await guichet.declare(declared)
    asked = guichet.ask(town, "LICENCE_VALIDITY", {"licence": declared["data"]["licence"]})
    await guichet.answer(asked)
    assert (await guichet.content(asked))["valid"] is valid


@rule("P-22")
@pytest.mark.parametrize("blocks", [["CONDITIONS"], ["MENTIONS", "PROHIBITIONS"]])
async def test_wider_blocks_are_shown_only_when_asked(guichet: Outside, town: str, blocks: list[str]) -> None:
    declared = driver()
    await guichet.declare(declared)
    asked = guichet.ask(town, "LICENCE_VALIDITY", {"licence": declared["data"]["licence"]}, blocks=blocks)
    await guichet.answer(asked)
    shown = {block.lower(): declared["data"][block.lower()] for block in blocks}
    assert await guichet.content(asked) == {"valid": True, "classes": ["5", "6D"]} | shown


@pytest.mark.parametrize(("kind", "item"), QUESTIONS)
async def test_what_is_not_found_repeats_the_question_only(
    guichet: Outside, town: str, kind: str, item: dict[str, str]
) -> None:
    asked = guichet.ask(town, kind, item)
    assert [one["outcome"] for one in (await guichet.answer(asked))["items"]] == ["NOT_FOUND"]
    assert await guichet.content(asked) == item


async def test_a_content_is_frozen_when_answered(guichet: Outside, town: str) -> None:
    declared = driver()
    await guichet.declare(declared)
    question = {"licence": declared["data"]["licence"]}
    asked = guichet.ask(town, "LICENCE_VALIDITY", question)
    await guichet.answer(asked)
    before = await guichet.content_text(asked)
    assert before
    await guichet.declare(driver(**declared["data"] | {"status": "RÉVOQUÉ", "classes": []}))
    later = guichet.ask(town, "LICENCE_VALIDITY", question)
    await guichet.answer(later)
    assert await guichet.content(later) == {"valid": False, "classes": []}
    assert await guichet.content_text(asked) == before
    [result] = await guichet.rows("results", asked)
    assert result["sha256"] == hashlib.sha256(before.encode()).hexdigest()


@rule("P-07")
async def test_results_of_all_kinds_stand_in_one_place_with_kind_reference_and_date(
    guichet: Outside, town: str
) -> None:
    items = {"DRIVER_RECORD": {"licence": licence()}, "LICENCE_VALIDITY": {"licence": licence()}}
    asked = {kind: guichet.ask(town, kind, item, reference=f"D-{kind}") for kind, item in items.items()}
    for id_ in asked.values():
        await guichet.answer(id_)
    found = await guichet.sql.fetch(
        "select kind, reference, item, outcome, status, r.published_at = i.answered_at as dated"
        " from read.results r join read.inquiries i using (inquiry_id, organisation, kind)"
        " where organisation = $1 and inquiry_id = any($2::uuid[]) order by kind",
        town,
        list(asked.values()),
    )
    assert [tuple(row) for row in found] == [(kind, f"D-{kind}", 1, "NOT_FOUND", "ANSWERED", True) for kind in items]


@rule("P-08")
async def test_an_answer_is_there_within_minutes_and_so_never_called_late(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    [row] = await guichet.rows("inquiries", asked)
    assert timedelta(0) <= row["answered_at"] - row["received_at"] < timedelta(minutes=5)
    [result] = await guichet.rows("results", asked)
    assert result["published_at"] == row["answered_at"]
    assert [fact["type"] for fact in guichet.facts(asked)] == ["guichet.inquiry.answered.v1"]


async def test_an_inquirys_row_tells_who_asked_what_and_when(guichet: Outside, town: str) -> None:
    declared = vehicle()
    await guichet.applied(guichet.send_binary(declared, REFERENCE))
    asked = guichet.ask(town, "VEHICLE_RECORD", {"vin": declared["data"]["vin"]}, employee="ABC1234", reference="D-7")
    assert (await guichet.answer(asked))["items"][0]["outcome"] == "FOUND"
    [row] = await guichet.rows("inquiries", asked)
    expected = {
        "organisation": town, "employee": "ABC1234", "kind": "VEHICLE_RECORD", "channel": "EVENT", "reference": "D-7",
        "status": "ANSWERED", "code": None, "items": 1, "environment": "P",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["requested_at"] <= row["answered_at"]
