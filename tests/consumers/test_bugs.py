"""Faults of ours: one event becomes a dead letter, its aggregate waits, everything else goes on."""

from typing import Any

import asyncpg
import pytest

from consumers import inquiries as desk
from consumers.redrive import discard
from handlers.inquiries.rows import ChargeRow
from infra.adapters.postgres import inquiries as sql
from infra.adapters.sealing import Seal, SealError
from schemas.topics import INQUIRIES
from tests.acceptance.builders import Event, adjusted, inquiry
from tests.consumers.road import SEAL, Road

BAD = "cursed"
ORDER = 'select dead_letter_id, cause, detail, original from core.dead_letters order by "offset"'


class FaultError(Exception):
    """What a bug raises, with something in its text that nobody may see."""


def decide(arrival: Any, known: Any, now: Any) -> Any:
    """Decide as always, but stumble over what is cursed."""
    data = arrival.event.data
    if BAD in (getattr(data, "reference", None), getattr(data, "reason", None)):
        raise FaultError("licence T000001218001")
    return desk.decide(arrival, known, now)


async def save_charges(connection: Any, rows: list[ChargeRow]) -> None:
    """Save as always, but refuse what costs 8.05."""
    if any(str(row.amount) == "8.05" for row in rows):
        raise asyncpg.DataError("licence T000001218001")
    await sql.write_charges(connection, rows)


def question(town: str, licence: str, **data: Any) -> Event:
    return inquiry("DRIVER_RECORD", {"licence": licence}, organisation=town, **data)


@pytest.fixture
async def asked(road: Road, town: str, known_licence: str) -> str:
    """An answered inquiry, on a road whose decisions stumble."""
    event = question(town, known_licence)
    await road.take([road.record(event)])
    road.change(INQUIRIES, decide=decide)
    return str(event["id"])


def cursed(inquiry_id: str) -> Event:
    event = adjusted(inquiry_id, "-1.00")
    event["data"]["reason"] = BAD
    return event


async def amounts(road: Road) -> list[str]:
    return [str(row["amount"]) for row in await road.fetch("select amount from core.adjustments order by version")]


async def letter_ids(road: Road) -> list[Any]:
    return [row["dead_letter_id"] for row in await road.fetch(ORDER)]


async def test_a_bug_in_one_inquiry_stops_no_other(road: Road, asked: str, town: str, known_licence: str) -> None:
    events = [question(town, known_licence, reference=name) for name in ("before", BAD, "after")]
    await road.take([road.record(event) for event in events])
    answered = await road.fetch("select reference from core.inquiries where reference is not null order by reference")
    assert [row["reference"] for row in answered] == ["after", "before"]
    assert await road.letters() == [("BUG", "OPEN")]


async def test_what_a_bug_says_holds_no_data(road: Road, asked: str, town: str, known_licence: str) -> None:
    await road.take([road.record(question(town, known_licence, reference=BAD))])
    [letter] = await road.fetch(ORDER)
    assert letter["detail"].startswith("FaultError at test_bugs.py:")
    assert "T000001218001" not in letter["detail"]


async def test_later_events_of_its_aggregate_wait_in_the_same_batch_and_in_the_next(road: Road, asked: str) -> None:
    other = adjusted(asked, "7.00")
    await road.take([road.record(cursed(asked)), road.record(adjusted(asked, "2.00"))])
    await road.take([road.record(other)])
    assert await road.letters() == [("BUG", "OPEN"), ("BLOCKED", "BLOCKED"), ("BLOCKED", "BLOCKED")]
    assert await amounts(road) == []


async def test_a_redrive_goes_in_the_order_of_reception_whatever_is_chosen_first(road: Road, asked: str) -> None:
    await road.take([road.record(event) for event in (cursed(asked), adjusted(asked, "2.00"), adjusted(asked, "3.00"))])
    road.change(INQUIRIES, decide=desk.decide)
    first, second, third = await letter_ids(road)
    assert await road.redrive(third, second, first) == ["REDRIVEN"] * 3
    assert await amounts(road) == ["-1.00", "2.00", "3.00"]
    await road.take([road.record(adjusted(asked, "4.00"))])
    assert await amounts(road) == ["-1.00", "2.00", "3.00", "4.00"]


async def test_what_waits_is_not_redriven_before_the_bug(road: Road, asked: str) -> None:
    await road.take([road.record(event) for event in (cursed(asked), adjusted(asked, "2.00"))])
    _, second = await letter_ids(road)
    assert await road.redrive(second) == ["WAITS"]
    assert await road.redrive(cause="BUG") == ["BUG", "WAITS"]
    assert await amounts(road) == []


async def test_once_the_bug_is_given_up_what_waited_goes(road: Road, asked: str) -> None:
    await road.take([road.record(event) for event in (cursed(asked), adjusted(asked, "2.00"))])
    first, second = await letter_ids(road)
    await discard(await road.database.connection(), [first], road.now, "sent again")
    assert await road.redrive(second) == ["REDRIVEN"]
    assert await amounts(road) == ["2.00"]
    assert await road.letters() == [("BUG", "DISCARDED"), ("BLOCKED", "REDRIVEN")]


async def test_what_was_answered_meanwhile_is_a_duplicate_and_settled(
    road: Road, asked: str, town: str, known_licence: str
) -> None:
    event = question(town, known_licence, reference=BAD)
    await road.take([road.record(event)])
    road.change(INQUIRIES, decide=desk.decide)
    await road.take([road.record(event)])
    before = await road.state()
    assert await road.redrive(cause="BUG") == ["REDRIVEN"]
    assert await road.state() == before


async def test_an_error_in_saving_is_bisected_to_the_one_that_causes_it(
    road: Road, town: str, known_licence: str
) -> None:
    road.change(INQUIRIES, writers=sql.WRITERS | {ChargeRow: save_charges})
    asked = [question(town, known_licence, reference=str(number)) for number in range(6)]
    asked.insert(3, inquiry("VEHICLE_RECORD", {"plate": "FAKE123"}, organisation=town))
    await road.take([road.record(event) for event in asked])
    assert [row["count"] for row in await road.fetch("select count(*) from core.charges")] == [6]
    [letter] = await road.fetch(ORDER)
    assert letter["cause"] == "BUG"
    assert "T000001218001" not in letter["detail"]
    [progress] = await road.fetch(
        "select records, dead_letters from core.progress where group_id = 'guichet.inquiries'"
    )
    assert tuple(progress) == (7, 1)


async def test_an_original_is_sealed_and_opens_byte_for_byte(
    road: Road, asked: str, town: str, known_licence: str
) -> None:
    record = road.record(question(town, known_licence, reference=BAD))
    await road.take([record])
    [letter] = await road.fetch(ORDER)
    assert known_licence.encode() not in letter["original"]
    assert SEAL.open(letter["original"]) == record
    with pytest.raises(SealError, match="DEAD_LETTER_KEY: does not open"):
        Seal(b"o" * 32).open(letter["original"])


@pytest.mark.parametrize(("inquiries", "transactions"), [(50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
async def test_a_batch_is_cut_into_transactions_of_at_most_5000_items(
    road: Road, town: str, known_licence: str, inquiries: int, transactions: list[int]
) -> None:
    items = [{"licence": known_licence}] * 100
    await road.take([road.record(inquiry("LICENCE_VALIDITY", *items, organisation=town)) for _ in range(inquiries)])
    rows = await road.fetch("select count(*) from core.inquiries group by xmin order by min(inquiry_id::text)")
    assert sorted(row["count"] for row in rows) == sorted(transactions)
