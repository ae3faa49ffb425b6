"""An event counts once, and its id belongs for ever to the first event that used it (contract §2)."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.builders import Event, adjusted, inquiry, licence, now, session, source, viewed
from tests.acceptance.outside import REFERENCE, Outside
from tests.rule_mark import rule

HERE = 5


def question(town: str, **data: Any) -> Event:
    return inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town, **data)


async def assert_once(guichet: Outside, town: str, asked: Event, at: int = HERE) -> None:
    """All that came before on a partition made one answer, one charge and no dead letter."""
    last = guichet.send(question(town), at=at)
    await guichet.answer(last.id)
    assert len(guichet.facts(asked["id"])) == 1
    assert len(await guichet.rows("charges", asked["id"])) == 1
    assert [one for one in guichet.records("guichet.inquiries.dlq") if asked["id"].encode() in (one.value or b"")] == []


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"time": now(minutes=-3)},
        {"correlationid": str(uuid4())},
        {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        {"unknownattribute": "x"},
    ],
)
@rule("X-03", "P-10")
async def test_the_same_type_subject_and_data_again_has_no_second_effect(
    guichet: Outside, town: str, change: Event
) -> None:
    asked = question(town)
    guichet.send(asked, at=HERE)
    guichet.send(asked | change, at=HERE)
    await assert_once(guichet, town, asked)


async def test_the_order_of_members_and_another_session_do_not_make_another_event(guichet: Outside, town: str) -> None:
    asked = question(town, session=session(idle_minutes=5))
    again = asked | {"data": dict(reversed(asked["data"].items())) | {"session": session(idle_minutes=1)}}
    guichet.send(asked, at=HERE)
    guichet.send(again, at=HERE)
    guichet.send(asked | {"data": {k: v for k, v in asked["data"].items() if k != "session"}}, at=HERE)
    await assert_once(guichet, town, asked)


async def test_ids_compare_without_case(guichet: Outside, town: str) -> None:
    asked = question(town)
    guichet.send(asked | {"id": asked["id"].upper()}, at=HERE)
    guichet.send(asked, at=HERE)
    await assert_once(guichet, town, asked)


async def test_both_modes_are_one_event(guichet: Outside, town: str) -> None:
    for structured_first in (True, False):
        asked = question(town)
        ways = [guichet.send, guichet.send_binary]
        for send in ways if structured_first else reversed(ways):
            sent = send(asked)
        await guichet.answer(asked["id"])
        await assert_once(guichet, town, asked, at=sent.partition)


@pytest.mark.parametrize(
    "change",
    [
        {"organisation": "1143920115"},
        {"reference": "another"},
        {"items": [{"licence": licence()}]},
        {"unknown_member": 1},
    ],
)
async def test_other_content_under_the_same_id_is_a_conflict(guichet: Outside, town: str, change: Event) -> None:
    asked = question(town)
    guichet.send(asked, at=HERE)
    other = asked | {"data": asked["data"] | change}
    assert await guichet.cause(guichet.send(other, at=HERE)) == "CONFLICT"
    assert len(await guichet.rows("charges", asked["id"])) == 1


@rule("X-03")
async def test_a_conflict_is_found_long_after_and_on_another_partition(guichet: Outside, town: str) -> None:
    asked = question(town)
    guichet.send(asked, at=1)
    await guichet.answer(asked["id"])
    other = asked | {"data": asked["data"] | {"items": [{"licence": licence()}]}}
    assert await guichet.cause(guichet.send(other, at=2)) == "CONFLICT"
    assert len(await guichet.rows("charges", asked["id"])) == 1


async def test_another_subject_source_or_type_under_the_same_id_is_a_conflict(guichet: Outside, town: str) -> None:
    partner = source()
    await guichet.declare(partner)
    asked = question(town)
    guichet.send(asked, at=HERE)
    others = [
        asked | {"subject": "another"},
        asked | {"source": partner["data"]["uri"]},
        viewed(asked["id"], id=asked["id"]),
        adjusted(asked["id"], "-1.00", id=asked["id"]),
    ]
    for other in others:
        assert await guichet.cause(guichet.send(other, at=HERE)) == "CONFLICT"
    assert [row["kind"] for row in await guichet.rows("charges", asked["id"])] == ["CHARGE"]
    assert await guichet.rows("consultations", asked["id"]) == []


async def test_a_follow_ups_id_belongs_to_it_too(guichet: Outside, town: str) -> None:
    asked = question(town)
    guichet.send(asked, at=HERE)
    change = adjusted(asked["id"], "-1.00")
    guichet.send(change, at=HERE)
    assert await guichet.cause(guichet.send(adjusted(asked["id"], "-2.00", id=change["id"]), at=HERE)) == "CONFLICT"
    assert await guichet.cause(guichet.send(question(town) | {"id": change["id"]}, at=HERE)) == "CONFLICT"
    assert [str(row["amount"]) for row in await guichet.rows("charges", asked["id"])] == ["12.50", "-1.00"]


async def test_a_refused_inquiry_uses_its_id_up_and_a_dead_letter_does_not(guichet: Outside, town: str) -> None:
    refused = inquiry("DRIVER_RECORD", {"licence": "bad"}, organisation=town)
    guichet.send(refused)
    assert await guichet.refusal(refused["id"]) == "ITEM_FORM"
    assert await guichet.cause(guichet.send(question(town) | {"id": refused["id"]})) == "CONFLICT"

    good = question(town)
    dead = good | {"data": good["data"] | {"items": []}}
    assert await guichet.cause(guichet.send(dead, at=HERE)) == "DATA"
    guichet.send(good, at=HERE)
    await guichet.answer(good["id"])


async def test_an_inquirys_id_may_be_a_snapshots_too(guichet: Outside, town: str) -> None:
    asked = question(town)
    guichet.send(asked)
    await guichet.answer(asked["id"])
    partner = source({"id": asked["id"]})
    await guichet.applied(guichet.send(partner, REFERENCE))
    spoken = question(town) | {"source": partner["data"]["uri"]}
    guichet.send(spoken)
    await guichet.answer(spoken["id"])


def numbered(asked: Event, number: str) -> bytes:
    """The event with a member of its data that Guichet does not know, its number as it is written."""
    return json.dumps(asked | {"data": asked["data"] | {"n": "NUMBER"}}).replace('"NUMBER"', number).encode()


@pytest.mark.parametrize(
    ("first", "again"), [("1", "1.0"), ("1e2", "100"), ("0", "-0.0"), ("1.5", "15e-1"), ("1E+2", "100.0")]
)
async def test_a_number_is_the_same_however_it_is_written(guichet: Outside, town: str, first: str, again: str) -> None:
    asked = question(town)
    for number in (first, again):
        guichet.send_bytes("guichet.inquiries", numbered(asked, number), asked["id"], at=HERE)
    await assert_once(guichet, town, asked)


async def test_another_number_is_another_content(guichet: Outside, town: str) -> None:
    asked = question(town)
    guichet.send_bytes("guichet.inquiries", numbered(asked, "1"), asked["id"], at=HERE)
    other = guichet.send_bytes("guichet.inquiries", numbered(asked, "1.5"), asked["id"], at=HERE)
    assert await guichet.cause(other) == "CONFLICT"


async def test_what_follows_an_inquiry_counts_in_the_same_batch_too(guichet: Outside, town: str) -> None:
    asked = question(town)
    change, look = adjusted(asked["id"], "-1.00"), viewed(asked["id"])
    guichet.send_together(asked, change, look, at=HERE)
    assert (await guichet.fact(change["id"]))["type"] == "guichet.charge.adjusted.v1"
    assert [str(row["amount"]) for row in await guichet.rows("charges", asked["id"])] == ["12.50", "-1.00"]
    assert [row["action"] for row in await guichet.rows("consultations", asked["id"])] == ["VIEW"]
