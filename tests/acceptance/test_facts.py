"""Facts on `guichet.outcomes`: their attributes, and nothing personal in them (contract §4)."""

from decimal import Decimal
from uuid import UUID, uuid4

from tests.acceptance.builders import adjusted, driver, inquiry, licence, organisation, vehicle, viewed
from tests.acceptance.outside import Outside


async def test_a_fact_names_its_cause_its_aggregate_and_its_version(guichet: Outside, town: str) -> None:
    story = str(uuid4())
    asked = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town, attributes={"correlationid": story})
    guichet.send(asked)
    fact = await guichet.fact(asked["id"])
    expected = {
        "specversion": "1.0", "type": "guichet.inquiry.answered.v1", "causationid": asked["id"],
        "correlationid": story, "aggregate": asked["id"],
    }  # fmt: skip
    assert {name: fact.get(name) for name in expected} == expected
    assert int(fact["version"]) >= 1
    assert UUID(fact["id"]) != UUID(asked["id"])
    assert fact["source"]
    assert fact["time"]


async def test_an_answer_tells_each_item_and_the_total(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "VEHICLE_RECORD", {"plate": "FAKE123"}, {"plate": "FAKE124"})
    answer = await guichet.answer(asked)
    told = {"inquiry": asked, "organisation": town, "kind": "VEHICLE_RECORD", "total": "16.10"}
    assert {name: answer[name] for name in told} == told
    assert answer["items"] == [{"item": item, "outcome": "NOT_FOUND", "amount": "8.05"} for item in (1, 2)]
    assert sum(Decimal(one["amount"]) for one in answer["items"]) == Decimal(answer["total"])


async def test_every_fact_lies_under_its_aggregate(guichet: Outside, town: str) -> None:
    asked = [guichet.ask(town, "DRIVER_RECORD", {"licence": text}) for text in (licence(), "bad")]
    for id_ in asked:
        await guichet.fact(id_)
    change = adjusted(asked[0], "-1.00")
    guichet.send(change)
    await guichet.fact(change["id"])
    keys = {record.event()["causationid"]: record.key for record in guichet.records()}
    assert [keys[id_] for id_ in asked] == [id_.encode() for id_ in asked]
    assert all(record.key == record.event()["aggregate"].encode() for record in guichet.records() if record.key)
    assert all(record.key for record in guichet.records())


async def test_no_two_facts_have_one_id_and_each_id_is_made_from_its_cause(guichet: Outside, town: str) -> None:
    for _ in range(3):
        await guichet.answer(guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}))
    facts = [record.event() for record in guichet.records()]
    assert len({fact["id"] for fact in facts}) == len(facts) >= 3
    # An id that is drawn when the fact is written would be another one when the work is done again.
    assert {UUID(fact["id"]).hex[:12] == UUID(fact["causationid"]).hex[:12] for fact in facts} == {True}


async def test_no_fact_holds_a_name_a_licence_a_plate_or_an_address(guichet: Outside, town: str) -> None:
    person, car = driver(family_name="Quesnelanonyme"), vehicle()
    firm = organisation(name="Ville Innommable", email="secret@innommable.example")
    await guichet.declare(person, car, firm)
    asker = firm["data"]["neq"]
    asked = [
        guichet.ask(asker, "DRIVER_RECORD", {"licence": person["data"]["licence"]}, reference="Quesnelanonyme"),
        guichet.ask(asker, "VEHICLE_RECORD", {"plate": car["data"]["plate"]}, {"vin": car["data"]["vin"]}),
        guichet.ask(asker, "DRIVER_RECORD", {"licence": "Quesnelanonyme"}),
    ]
    for id_ in asked:
        await guichet.fact(id_)
    changes = [viewed(asked[0], item=9), adjusted(asked[0], "-1.00")]
    changes[1]["data"]["reason"] = "Quesnelanonyme"
    for change in changes:
        guichet.send(change)
        await guichet.fact(change["id"])
    facts = b"\n".join(b"%r" % (record,) for record in guichet.records())
    assert asked[0].encode() in facts
    private = [person["data"]["licence"], car["data"]["plate"], car["data"]["vin"], car["data"]["owner_licence"]]
    private += ["Quesnelanonyme", "Oxanne", "Innommable", "innommable", "Zéphirin", "1980-05-17"]
    assert [text for text in private if text.encode() in facts or ascii(text)[1:-1].encode() in facts] == []


async def test_what_belongs_to_no_story_begins_one(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    assert (await guichet.fact(asked))["correlationid"] == asked
