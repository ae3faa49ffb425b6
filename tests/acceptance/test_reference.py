"""Snapshots of what other systems own: `time` decides, and a tombstone withdraws (contract §2, §3)."""

from itertools import permutations

import pytest

from tests.acceptance.builders import Event, driver, licence, now, vehicle
from tests.acceptance.outside import REFERENCE, Outside, binary
from tests.rule_mark import rule

LOW, HIGH = "00000000-0000-4000-8000-000000000001", "ffffffff-ffff-4fff-bfff-ffffffffffff"


async def classes(guichet: Outside, town: str, number: str) -> list[str] | None:
    """The classes that a validity check tells of a licence, None when it is not found."""
    asked = guichet.ask(town, "LICENCE_VALIDITY", {"licence": number})
    found = (await guichet.answer(asked))["items"][0]["outcome"] == "FOUND"
    return (await guichet.content(asked))["classes"] if found else None


def at(minutes: int, number: str, *told: str, id_: str | None = None) -> Event:
    """A snapshot of a driver some minutes ago."""
    attributes = {"time": now(minutes=-minutes)} | ({"id": id_} if id_ else {})
    return driver(attributes, licence=number, classes=list(told))


@rule("P-21")
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_the_newest_snapshot_stands_in_whatever_order_they_come(
    guichet: Outside, town: str, order: tuple[int, ...]
) -> None:
    number = licence()
    snapshots = [at(30, number, "1"), at(20, number, "2"), at(10, number, "3")]
    await guichet.declare(*[snapshots[index] for index in order])
    assert await classes(guichet, town, number) == ["3"]


async def test_a_snapshot_older_than_the_one_held_changes_nothing(guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.declare(at(10, number, "5"))
    older = at(20, number, "1")
    await guichet.declare(older, older)
    assert await classes(guichet, town, number) == ["5"]
    assert guichet.facts(older["id"]) == []


@pytest.mark.parametrize("first", [LOW, HIGH])
async def test_at_equal_time_the_greater_id_stands(guichet: Outside, town: str, first: str) -> None:
    number, time = licence(), now(minutes=-5)
    told = {LOW: "1", HIGH: "2"}
    for id_ in (first, LOW if first == HIGH else HIGH):
        await guichet.declare(driver({"id": id_, "time": time}, licence=number, classes=[told[id_]]))
    assert await classes(guichet, town, number) == ["2"]


async def test_times_compare_as_instants_whatever_their_offset(guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.declare(driver({"time": "2026-01-05T12:00:00-05:00"}, licence=number, classes=["2"]))
    await guichet.declare(driver({"time": "2026-01-05T16:30:00Z"}, licence=number, classes=["1"]))
    assert await classes(guichet, town, number) == ["2"]


async def test_a_tombstone_withdraws_and_only_a_newer_snapshot_revives(guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.declare(at(30, number, "1"))
    assert await classes(guichet, town, number) == ["1"]
    await guichet.applied(guichet.send_tombstone(at(20, number)))
    assert await classes(guichet, town, number) is None
    await guichet.declare(at(25, number, "2"))
    assert await classes(guichet, town, number) is None
    await guichet.declare(at(10, number, "3"))
    assert await classes(guichet, town, number) == ["3"]


async def test_a_tombstone_older_than_what_is_held_changes_nothing(guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.declare(at(10, number, "5"))
    await guichet.applied(guichet.send_tombstone(at(20, number)))
    assert await classes(guichet, town, number) == ["5"]


async def test_a_tombstone_that_comes_first_stops_older_snapshots(guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.applied(guichet.send_tombstone(at(10, number)))
    await guichet.declare(at(20, number, "5"))
    assert await classes(guichet, town, number) is None


async def test_a_tombstone_without_an_envelope_or_a_known_source_is_a_dead_letter(guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.declare(at(10, number, "5"))
    key = f"driver:{number}"
    assert await guichet.cause(guichet.send_bytes(REFERENCE, None, key)) == "ENVELOPE"
    unknown = driver({"source": "urn:example:nobody"}, licence=number)
    assert await guichet.cause(guichet.send_tombstone(unknown)) == "SOURCE"
    assert await classes(guichet, town, number) == ["5"]


@pytest.mark.parametrize("key", ["driver:", "driver:bad", "vehicle:0GCHTMAD850000001", "nothing", "", b"driver:\xff"])
async def test_a_tombstone_whose_key_names_no_such_thing_is_a_dead_letter(guichet: Outside, key: str | bytes) -> None:
    _, headers = binary(driver())
    assert await guichet.cause(guichet.send_bytes(REFERENCE, None, key, headers)) == "KEY"


async def test_a_vehicle_is_known_by_its_vin_or_by_its_plate_when_there_is_none(guichet: Outside, town: str) -> None:
    old = vehicle(vin=None)
    del old["data"]["vin"]
    wrong = vehicle()
    await guichet.declare(old)
    assert await guichet.cause(guichet.send(wrong, REFERENCE, key=f"vehicle:{wrong['data']['plate']}")) == "KEY"
    asked = guichet.ask(town, "VEHICLE_RECORD", {"plate": old["data"]["plate"]}, {"plate": wrong["data"]["plate"]})
    assert [one["outcome"] for one in (await guichet.answer(asked))["items"]] == ["FOUND", "NOT_FOUND"]
    assert (await guichet.content(asked)).get("vin") is None


async def test_a_vehicle_that_changes_its_plate_is_found_under_the_new_one(guichet: Outside, town: str) -> None:
    before = vehicle()
    after = vehicle(vin=before["data"]["vin"])
    await guichet.declare(before)
    await guichet.declare(after)
    plates = [{"plate": one["data"]["plate"]} for one in (before, after)]
    asked = guichet.ask(town, "VEHICLE_RECORD", *plates, {"vin": before["data"]["vin"]})
    outcomes = [one["outcome"] for one in (await guichet.answer(asked))["items"]]
    assert outcomes == ["NOT_FOUND", "FOUND", "FOUND"]
