"""Activity: however facts are repeated, cut and ordered it is what core says, and a rebuild gives the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.activity.contributions import Change
from infra.adapters.postgres import activity as sql
from infra.adapters.postgres.activity_rebuild import SQL, rebuild_activity
from schemas.envelope import Record
from schemas.topics import OUTCOMES
from tests.acceptance.builders import PRICES, Event, adjusted, inquiry, licence, now, organisation, plate
from tests.consumers.conftest import DRIVER, TOWN
from tests.consumers.road import Road

GROUP = "guichet.projections"
NEQ, LICENCE = TOWN["data"]["neq"], DRIVER["data"]["licence"]
OTHER = organisation()["data"]["neq"]
TOLD, COUNTED = 15, 7
"""The facts of the stream, and how many of them contribute."""
AGE = timedelta(hours=30)
EARLY = now(hours=-30)
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
COUNTS = "select records, effects, duplicates, refusals, dead_letters, ignored from core.progress where group_id = $1"
SUMS = """
select organisation, day, service, sum(accepted)::int as accepted, sum(refused)::int as refused, 0 as rejected,
       sum(amount) as amount
from (
    select organisation, (received_at at time zone 'America/Toronto')::date as day, kind as service,
           case status when 'REFUSED' then 0 else items end as accepted,
           case status when 'REFUSED' then 1 else 0 end as refused, 0 as amount
    from read.inquiries where environment = 'P' and organisation is not null
    union all
    select c.organisation, (case c.kind when 'CHARGE' then i.received_at else c.posted_at end
                            at time zone 'America/Toronto')::date, c.service, 0, 0, c.amount
    from read.charges c join read.inquiries i using (inquiry_id)
) lines
group by 1, 2, 3 having (sum(accepted), sum(refused), sum(amount)) <> (0, 0, 0) order by 1, 2, 3"""
"""What read.activity must be, by the stores that are views; what cancels out to nothing is not shown."""


def early(kind: str, *items: Event, organisation: str = NEQ, **data: Any) -> Event:
    """An inquiry of the day before."""
    return inquiry(kind, *items, organisation=organisation, attributes={"time": EARLY}, **data)


def stream() -> list[Event]:
    """Inquiries of two organisations and of none, answered, refused and of environment T, all late; adjustments."""
    known, wrong, car = {"licence": LICENCE}, {"licence": "wrong"}, {"plate": plate()}
    asked = [
        early("DRIVER_RECORD", known, {"licence": licence()}),
        early("DRIVER_RECORD", known),
        early("VEHICLE_RECORD", car),
        early("DRIVER_RECORD", wrong),
        early("DRIVER_RECORD", known, environment="T"),
        early("DRIVER_RECORD", wrong, environment="T"),
        early("VEHICLE_RECORD", car, organisation=OTHER),
        early("VEHICLE_RECORD", car, organisation="nobody"),
    ]
    lines = [("-1.00", 1), ("2.50", 1), ("1.00", 9)]
    return [*asked, *(adjusted(asked[0]["id"], amount, item, time=EARLY) for amount, item in lines)]


class Facts:
    """A road whose inquiries have been decided, and the records of their facts."""

    def __init__(self, road: Road) -> None:
        self.road = road
        self.told: list[bytes] = []
        self._ends: dict[int, int] = {}

    async def ask(self, events: Sequence[Event], age: timedelta = timedelta()) -> None:
        await self.road.take([self.road.record(event, age=age) for event in events])
        self.told = [record.value or b"" for record in await self.road.outbox(OUTCOMES)]

    def records(self, values: Sequence[bytes], partition: int = 0) -> list[Record]:
        """The next records of a partition of the topic."""
        start = self._ends.get(partition, 0)
        self._ends[partition] = start + len(values)
        at_ms = int(self.road.started.timestamp() * 1000)
        return [
            Record(OUTCOMES, partition, start + place, at_ms, None, value, ()) for place, value in enumerate(values)
        ]

    async def take(self, values: Sequence[bytes], partition: int = 0) -> None:
        await self.road.pipeline(GROUP).handle(self.records(values, partition))

    async def activity(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.road.fetch("select * from read.activity order by 1, 2, 3")]

    async def rebuilt(self) -> int:
        """Rebuild, and give how many rows that changed."""
        return (await rebuild_activity(await self.road.database.connection())).changed

    async def expected(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.road.fetch(SUMS)]

    async def contributions(self) -> set[Any]:
        return set(await self.road.fetch("select * from core.activity_contributions"))

    async def expected_contributions(self) -> set[Any]:
        return set(await self.road.fetch("select * from core.expected_contributions"))

    async def forget(self) -> None:
        await self.road.fetch("truncate core.activity, core.activity_contributions")
        await self.road.fetch("delete from core.progress where group_id = $1", GROUP)
        self._ends.clear()


class Line(NamedTuple):
    service: str
    accepted: int
    refused: int
    amount: Decimal


async def lines(facts: Facts, organisation: str) -> list[Line]:
    rows = [row for row in await facts.activity() if row["organisation"] == organisation]
    return [Line(*(row[name] for name in Line._fields)) for row in rows]


@pytest.fixture
async def facts(road: Road) -> Facts:
    facts = Facts(road)
    await facts.ask(stream(), age=AGE)
    return facts


@pytest.fixture
async def other(database: str) -> AsyncIterator[Road]:
    """Another process on the same database."""
    other = Road(database)
    yield other
    await other.close()


async def test_activity_is_what_was_asked_refused_and_put_right(facts: Facts) -> None:
    await facts.take(facts.told)
    assert await lines(facts, NEQ) == [
        Line("DRIVER_RECORD", 3, 1, Decimal(PRICES["DRIVER_RECORD"]) * 3),
        Line("VEHICLE_RECORD", 1, 0, Decimal(PRICES["VEHICLE_RECORD"])),
        Line("DRIVER_RECORD", 0, 0, Decimal("1.50")),
    ]
    assert await lines(facts, OTHER) == [Line("VEHICLE_RECORD", 0, 1, Decimal(0))]
    assert {row["organisation"] for row in await facts.activity()} == {NEQ, OTHER}
    assert await facts.activity() == await facts.expected()


async def test_an_adjustment_counts_on_the_day_on_which_it_was_posted(facts: Facts) -> None:
    answered = next(json.loads(value) for value in facts.told if b"inquiry.answered" in value)
    await facts.ask([adjusted(answered["aggregate"], "7.00")])
    await facts.take(facts.told)
    amounts = [row["amount"] for row in await facts.activity() if row["service"] == "DRIVER_RECORD"]
    assert amounts == [Decimal("37.50"), Decimal("8.50")]
    assert await facts.activity() == await facts.expected()


async def test_adjustments_that_cancel_out_leave_nothing_to_show(facts: Facts) -> None:
    answered = next(json.loads(value) for value in facts.told if b"inquiry.answered" in value)
    await facts.ask([adjusted(answered["aggregate"], "-1.50")])
    await facts.take(facts.told)
    assert [line for line in await lines(facts, NEQ) if not line.accepted] == []
    assert await facts.activity() == await facts.expected()
    assert await facts.rebuilt() == 0


@st.composite
def deliveries(draw: st.DrawFn, count: int = TOLD) -> tuple[list[int], list[int]]:
    """An order of facts with repetitions, and places to cut it."""
    order = draw(st.permutations(range(count)))
    order += draw(st.lists(st.integers(0, count - 1), max_size=10))
    return order, draw(st.lists(st.integers(1, len(order)), max_size=6, unique=True))


@FEW
@given(delivery=deliveries())
async def test_any_order_repetition_and_batching_gives_what_core_says_and_a_rebuild_the_same(
    facts: Facts, delivery: tuple[list[int], list[int]]
) -> None:
    order, cuts = delivery
    await facts.forget()
    values = [facts.told[place] for place in order]
    for number, (start, end) in enumerate(pairwise([0, *sorted(cuts), len(values)])):
        await facts.take(values[start:end], partition=number % 3)
    assert await facts.activity() == await facts.expected()
    assert await facts.contributions() == await facts.expected_contributions()
    assert await facts.rebuilt() == 0
    assert await facts.activity() == await facts.expected()
    rows = await facts.road.fetch(COUNTS, GROUP)
    assert sum(row["records"] for row in rows) == len(values)
    assert sum(row["effects"] for row in rows) == COUNTED


@FEW
@given(delivery=deliveries(), versions=st.lists(st.integers(1, 3), min_size=TOLD + 10, max_size=TOLD + 10))
async def test_of_an_events_versions_the_newest_counts_in_any_order(
    facts: Facts, delivery: tuple[list[int], list[int]], versions: list[int]
) -> None:
    """Each version says something else, some of another day; the sums are those of the newest alone."""
    template = next(json.loads(value) for value in facts.told if b"inquiry.answered" in value)
    told, newest = [], {}
    for place, version in zip(delivery[0], versions, strict=False):
        cause, day = f"00000000-0000-8000-8000-{place:012}", f"2026-11-{version + place:02}"
        data = template["data"] | {"day": day, "total": f"{version}.00"}
        told.append(json.dumps(template | {"causationid": cause, "version": version, "data": data}).encode())
        newest[place] = max(newest.get(place, (0, "")), (version, day))
    await facts.forget()
    for number, (start, end) in enumerate(pairwise([0, *sorted(delivery[1]), len(told)])):
        await facts.take(told[start:end], partition=number % 3)
    sums: dict[str, Decimal] = {}
    for version, day in newest.values():
        sums[day] = sums.get(day, Decimal(0)) + version
    assert {str(row["day"]): row["amount"] for row in await facts.activity()} == sums


async def test_what_cannot_be_read_is_a_dead_letter_and_stops_nothing(facts: Facts) -> None:
    event = json.loads(facts.told[0])
    foreign, wrong = event | {"source": "urn:guichet:local"}, event | {"data": {"kind": "?"}}
    later = event | {"time": (datetime.now(UTC) + timedelta(minutes=6)).isoformat()}
    bad = [b"", b"{", b"{}", *(json.dumps(one).encode() for one in (foreign, wrong, later))]
    await facts.take([*bad, *facts.told])
    causes = [cause for cause, _ in await facts.road.letters()]
    assert causes == ["DECODE", "DECODE", "ENVELOPE", "SOURCE", "DATA", "TIME"]
    assert await facts.activity() == await facts.expected()
    [row] = await facts.road.fetch(COUNTS, GROUP)
    assert tuple(row) == (len(bad) + TOLD, COUNTED, 0, 0, len(bad), TOLD - COUNTED)
    assert len(await facts.road.outbox(f"{GROUP}.dlq")) == len(bad)


async def test_a_dead_letter_of_a_fact_can_be_redriven(facts: Facts) -> None:
    facts.road.change(GROUP, load=None)
    await facts.take(facts.told[:1])
    assert await facts.road.letters() == [("BUG", "OPEN")]
    facts.road.change(GROUP, load=sql.load)
    assert await facts.road.redrive(cause="BUG") == ["REDRIVEN"]
    await facts.take(facts.told)
    assert await facts.activity() == await facts.expected()


async def test_one_fact_on_two_partitions_at_once_counts_once(facts: Facts, other: Road) -> None:
    both = asyncio.Barrier(2)

    async def write_beside(connection: Any, changes: list[Change]) -> None:
        if len(changes) == len(counted):
            await both.wait()
        await sql.write_changes(connection, changes)

    counted = [value for value in facts.told if b"answered" in value and b'"T"' not in value]
    facts.road.change(GROUP, writers={Change: write_beside})
    other.desks[GROUP] = facts.road.desks[GROUP]
    first, second = facts.records(counted), facts.records(counted, partition=1)
    await asyncio.gather(facts.road.pipeline(GROUP).handle(first), other.pipeline(GROUP).handle(second))
    rows = await facts.road.fetch(COUNTS, GROUP)
    assert sorted((row["effects"], row["ignored"]) for row in rows) == [(0, len(counted)), (len(counted), 0)]
    assert sum(row["accepted"] for row in await facts.activity()) == 4


async def test_a_rebuild_mends_what_is_wrong_and_facts_on_their_way_count_once(facts: Facts) -> None:
    await facts.take(facts.told[:5])
    await facts.road.fetch("update core.activity set accepted = accepted + 1")
    await facts.road.fetch("delete from core.activity_contributions where accepted = 2")
    await facts.road.fetch("update core.activity_contributions set amount = 0, service = 'x' where accepted = 1")
    forged = json.loads(facts.told[0])
    forged |= {"causationid": str(uuid4()), "data": forged["data"] | {"day": "2020-02-02"}}
    await facts.take([json.dumps(forged).encode()])
    assert await facts.rebuilt() == 5
    assert await facts.contributions() == await facts.expected_contributions()
    assert await facts.activity() == await facts.expected()
    await facts.take(facts.told)
    assert await facts.activity() == await facts.expected()


async def test_a_rebuild_catches_up_with_what_was_counted_while_it_filled_its_shadow(
    facts: Facts, other: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between filling and lock an inquiry is asked and counted, another is asked and counted afterwards."""
    await facts.take(facts.told)
    connection = await other.database.connection()
    execute, later = connection.execute, []

    async def execute_late(query: str, *arguments: Any, **options: Any) -> str:
        if query == SQL["analyze_shadow"]:
            for reference in ("counted", "on its way"):
                before = len(facts.told)
                question = inquiry("DRIVER_RECORD", {"licence": LICENCE}, organisation=NEQ, reference=reference)
                await facts.ask([question])
                later.append(facts.told[before])
            await facts.take(later[:1])
        return await execute(query, *arguments, **options)

    class Late:
        transaction, fetchval = connection.transaction, connection.fetchval
        execute = staticmethod(execute_late)

    await rebuild_activity(Late())  # type: ignore[arg-type]
    accepted = sum(row["accepted"] for row in await facts.activity())
    assert accepted == 5
    await facts.take(later)
    assert await facts.activity() == await facts.expected()


async def test_rebuilds_while_inquiries_flow_leave_what_core_says(facts: Facts, other: Road) -> None:
    """Asking, counting and rebuilding beside one another, each on a connection of its own."""
    counting = other.pipeline(GROUP)
    asked, done = asyncio.Event(), 0
    third = Road(other._url)

    async def ask() -> None:
        for _ in range(15):
            await facts.ask([inquiry("DRIVER_RECORD", {"licence": LICENCE}, organisation=NEQ) for _ in range(20)])
        asked.set()

    async def take() -> None:
        nonlocal done
        while not asked.is_set() or done < len(facts.told):
            values, done = facts.told[done : done + 30], min(done + 30, len(facts.told))
            if values:
                await counting.handle(facts.records(values))
            await asyncio.sleep(0)

    async def rebuild() -> None:
        while not asked.is_set():
            await rebuild_activity(await third.database.connection())

    await asyncio.gather(ask(), take(), rebuild())
    await third.close()
    assert await facts.activity() == await facts.expected()
    assert await facts.rebuilt() == 0


async def test_copies_that_count_for_the_same_keys_do_not_hold_each_other_up_for_ever(
    facts: Facts, other: Road
) -> None:
    """Both add to the same two sums, told to them in opposite orders."""
    template = next(json.loads(value) for value in facts.told if b"inquiry.answered" in value)

    def values(days: list[str]) -> list[bytes]:
        return [
            json.dumps(template | {"causationid": str(uuid4()), "data": template["data"] | {"day": day}}).encode()
            for day in days * 20
        ]

    async def take(road: Road, partition: int, days: list[str]) -> None:
        for _ in range(10):
            await road.pipeline(GROUP).handle(facts.records(values(days), partition))

    days = ["2026-11-01", "2026-11-02"]
    await asyncio.gather(take(facts.road, 0, days), take(other, 1, days[::-1]))
    assert [row["accepted"] for row in await facts.activity()] == [800, 800]
