"""Laws: whatever is repeated, however the stream is cut, in whatever order snapshots come, the end is the same."""

import asyncio
import json
import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.adapters.preparing import LOCAL, LOCAL_SOURCE, LOCAL_STACK
from schemas.envelope import Record
from schemas.topics import OUTCOMES, REFERENCE
from tests.acceptance.builders import (
    Event,
    adjusted,
    driver,
    inquiry,
    licence,
    now,
    organisation,
    plate,
    source,
    vehicle,
    viewed,
)
from tests.consumers.conftest import DRIVER, TARIFFS, TOWN
from tests.consumers.road import TABLES, Road, withdrawn
from tests.rule_mark import rule

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NEQ, LICENCE = TOWN["data"]["neq"], DRIVER["data"]["licence"]


def stream() -> list[Event]:
    """Inquiries of each end, and follow-ups of some."""
    asked = [
        inquiry("DRIVER_RECORD", {"licence": LICENCE}, {"licence": licence()}, organisation=NEQ),
        inquiry("LICENCE_VALIDITY", {"licence": LICENCE}, organisation=NEQ, reference="D-1"),
        inquiry("DRIVER_RECORD", {"licence": "wrong"}, organisation=NEQ),
        inquiry("DRIVER_RECORD", {"licence": LICENCE}, organisation=NEQ, environment="T"),
        inquiry("VEHICLE_RECORD", {"plate": "FAKE123"}, organisation=organisation()["data"]["neq"]),
    ]
    first, second = asked[0]["id"], asked[1]["id"]
    follow_ups = [adjusted(first, "-1.00"), adjusted(first, "2.50"), adjusted(second, "-1.50"), viewed(first, 2)]
    wrong = [adjusted(first, "-1.00", item=3), viewed(asked[3]["id"]), inquiry("DRIVER_RECORD", organisation=NEQ)]
    conflict = asked[1] | {"data": asked[1]["data"] | {"reference": "D-2"}}
    return [*asked, *follow_ups, *wrong, conflict]


STREAM = stream()
VEHICLE, NEXT_OWNERS = (vehicle({"time": now(minutes=-minutes)}, plate=plate()) for minutes in (30, 25))
SAME_TIME = now(minutes=-5)
SNAPSHOTS: list[Event] = [
    VEHICLE,
    NEXT_OWNERS,
    withdrawn(VEHICLE, now(minutes=-15)),
    vehicle({"time": now(minutes=-10)}, plate=VEHICLE["data"]["plate"]),
    *(vehicle({"time": SAME_TIME}, vin=NEXT_OWNERS["data"]["vin"], owners=owners) for owners in (4, 5)),
    *(driver({"time": now(minutes=-minutes)}, licence=LICENCE, classes=[str(minutes)]) for minutes in (30, 20, 10)),
    *(organisation({"time": now(minutes=-minutes)}, neq=NEQ, name=f"Ville {minutes}") for minutes in (30, 20)),
    *(
        source({"time": now(minutes=-minutes)}, uri="urn:example:x", roles=[role])
        for minutes, role in ((9, "SAAQ"), (8, "DGI"))
    ),
]


async def emptied(road: Road) -> None:
    """Forget everything, without making the database anew."""
    tables = ", ".join(
        f"core.{table}" for table in (*TABLES, "progress", "outbox", "dead_letters", "tariffs", "parties")
    )
    connection = await road.database.connection()
    await connection.execute(f"truncate {tables} restart identity cascade")
    await connection.execute(LOCAL_STACK)
    await connection.execute(LOCAL, LOCAL_SOURCE)
    road._offsets.clear()


def cut(records: list[Record], at: set[int]) -> list[list[Record]]:
    """Cut a stream into batches."""
    places = [0, *sorted(at), len(records)]
    return [records[start:end] for start, end in pairwise(places) if start < end]


async def run(
    road: Road, events: list[Event], cuts: set[int], topic: str = "guichet.inquiries"
) -> dict[str, list[str]]:
    await emptied(road)
    if topic != REFERENCE:
        await road.declare(TOWN, DRIVER, *TARIFFS)
    for batch in cut([road.record(event, topic) for event in events], cuts):
        await road.take(batch)
    return await road.state()


@st.composite
def repeated(draw: st.DrawFn) -> tuple[list[Event], set[int]]:
    """The stream with some of its events again, each after its first time, and places to cut it."""
    events = list(STREAM)
    for _ in range(draw(st.integers(0, 12))):
        again = draw(st.integers(0, len(STREAM) - 1))
        after = max(at for at, event in enumerate(events) if event is STREAM[again])
        events.insert(draw(st.integers(after + 1, len(events))), STREAM[again])
    return events, draw(st.sets(st.integers(1, len(events)), max_size=8))


@rule("X-03", "P-10")
@FEW
@given(repeated())
async def test_any_repetition_and_any_batching_give_the_same_end(
    empty_road: Road, given_: tuple[list[Event], set[int]]
) -> None:
    expected = await run(empty_road, STREAM, set())
    events, cuts = given_
    assert await run(empty_road, events, cuts) == expected
    [progress] = await empty_road.fetch("select * from core.progress where group_id = 'guichet.inquiries'")
    assert (progress["records"], progress["next_offset"]) == (len(events), len(events))


@FEW
@given(st.permutations(SNAPSHOTS), st.sets(st.integers(1, len(SNAPSHOTS)), max_size=4))
async def test_any_order_of_snapshots_gives_the_same_end(empty_road: Road, order: list[Event], cuts: set[int]) -> None:
    expected = await run(empty_road, SNAPSHOTS, set(), REFERENCE)
    assert await run(empty_road, order, cuts, REFERENCE) == expected


@pytest.mark.parametrize("cuts", [set(), {1}])
async def test_what_a_source_tells_after_its_declaration_is_taken_however_the_batch_is_cut(
    empty_road: Road, cuts: set[int]
) -> None:
    upstream = source(types=["*"])
    told = driver({"source": upstream["data"]["uri"]})
    await run(empty_road, [upstream, told], cuts, REFERENCE)
    assert await empty_road.letters() == []


async def test_records_delivered_again_would_make_facts_and_dead_letters_under_the_same_ids(empty_road: Road) -> None:
    ids = []
    for later in (timedelta(), timedelta(minutes=3)):
        empty_road.now = empty_road.started + later
        await run(empty_road, STREAM, {4})
        facts = [json.loads(record.value or b"")["id"] for record in await empty_road.outbox(OUTCOMES)]
        ids.append((facts, await empty_road.fetch("select dead_letter_id from core.dead_letters order by 1")))
    assert ids[0] == ids[1]
    assert all(ids[0])


@rule("X-03")
@pytest.mark.parametrize("seed", range(5))
async def test_a_batch_delivered_again_after_its_commit_changes_nothing(road: Road, seed: int) -> None:
    records = [road.record(event) for event in STREAM]
    await road.take(records)
    before = await road.state()
    again = random.Random(seed).randrange(len(records))
    await road.take(records[again:])
    assert await road.state() == before
    [progress] = await road.fetch("select records from core.progress where group_id = 'guichet.inquiries'")
    assert progress["records"] == len(records)


async def test_of_two_members_that_hold_the_same_records_one_takes_them(road: Road, database: str) -> None:
    other = Road(database)
    records = [road.record(event) for event in STREAM]
    await asyncio.gather(road.take(records), other.take(records))
    [progress] = await road.fetch("select records from core.progress where group_id = 'guichet.inquiries'")
    charges = await road.fetch("select count(*) from core.charges")
    await other.close()
    assert (progress["records"], charges[0]["count"]) == (len(records), 3)


ANSWERED, LATE = ("guichet.inquiry.answered.v1", 1), ("guichet.inquiry.late.v1", 2)


@rule("P-08")
@pytest.mark.parametrize(
    ("age", "told"), [(timedelta(minutes=15), [ANSWERED]), (timedelta(minutes=15, milliseconds=1), [ANSWERED, LATE])]
)
async def test_an_answer_after_more_than_15_minutes_is_told_as_late(
    road: Road, age: timedelta, told: list[tuple[str, int]]
) -> None:
    asked = inquiry("DRIVER_RECORD", {"licence": LICENCE}, organisation=NEQ, attributes={"time": now(hours=-1)})
    await road.take([road.record(asked, age=age)])
    facts = [json.loads(record.value or b"") for record in await road.outbox(OUTCOMES)]
    assert [(fact["type"], fact["version"]) for fact in facts] == told
