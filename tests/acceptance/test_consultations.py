"""Reads are audited like writes: who saw which result, and when (P-09, X-05)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.acceptance.builders import inquiry, licence, source, viewed
from tests.acceptance.outside import Outside
from tests.rule_mark import rule


async def asked(guichet: Outside, town: str, items: int = 1) -> str:
    """Ask something that is answered; gives the inquiry's id."""
    id_ = guichet.ask(town, "DRIVER_RECORD", *[{"licence": licence()} for _ in range(items)])
    await guichet.answer(id_)
    return id_


@rule("P-09", "X-05")
async def test_each_reading_of_a_content_is_logged_in_the_same_call(guichet: Outside, town: str) -> None:
    id_ = await asked(guichet, town, items=2)
    assert await guichet.rows("consultations", id_) == []
    started = datetime.now(UTC)
    await guichet.content_text(id_, 2, "ABC1234")
    await guichet.content_text(id_, 2, "DEF5678")
    rows = await guichet.rows("consultations", id_)
    assert sorted((row["employee"], row["item"], row["organisation"]) for row in rows) == [
        ("ABC1234", 2, town),
        ("DEF5678", 2, town),
    ]
    assert {row["action"] for row in rows} == {"VIEW"}
    assert all(row["at"] >= started and row["by"] for row in rows)


@rule("X-05")
async def test_the_function_is_the_only_way_to_a_content(guichet: Outside, town: str) -> None:
    id_ = await asked(guichet, town)
    stores = await guichet.sql.fetch("select table_name from information_schema.tables where table_schema = 'read'")
    content = await guichet.content_text(id_)
    assert content
    for store in stores:
        rows = await guichet.sql.fetch(f"select * from read.{store['table_name']}")
        assert not [row for row in rows if content in map(str, row.values())], store


@rule("P-09")
@pytest.mark.parametrize("item", [0, 2])
async def test_what_is_no_result_gives_nothing_and_logs_nothing(guichet: Outside, town: str, item: int) -> None:
    id_ = await asked(guichet, town)
    assert await guichet.content_text(id_, item) is None
    assert await guichet.rows("consultations", id_) == []


@rule("P-09", "X-05")
@pytest.mark.parametrize("action", ["VIEW", "DOWNLOAD"])
async def test_what_a_portal_shows_is_logged_once(guichet: Outside, town: str, action: str) -> None:
    id_ = await asked(guichet, town)
    seen, again = viewed(id_, action=action), viewed(id_, action=action)
    for event in (seen, seen, again):
        guichet.send(event, at=6)
    last = guichet.send(inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town), at=6)
    await guichet.answer(last.id)
    rows = await guichet.rows("consultations", id_)
    assert [(row["employee"], row["item"], row["action"], row["organisation"]) for row in rows] == [
        ("ABC1234", 1, action, town)
    ] * 2
    assert guichet.facts(seen["id"]) == []


@rule("P-09")
async def test_a_view_of_no_result_is_refused(guichet: Outside, town: str) -> None:
    id_ = await asked(guichet, town)
    refused = guichet.ask(town, "DRIVER_RECORD", {"licence": "bad"})
    await guichet.refusal(refused)
    for event in (viewed(id_, item=2), viewed(str(uuid4())), viewed(refused)):
        guichet.send(event)
        fact = await guichet.fact(event["id"])
        assert (fact["type"], fact["data"]["code"]) == ("guichet.result.view-refused.v1", "RESULT")
    assert await guichet.rows("consultations", id_) == []


@pytest.mark.parametrize("wrong", [{"action": "PRINT"}, {"employee": None}, {"result": {"inquiry": "x", "item": 1}}])
async def test_a_view_that_says_too_little_is_a_dead_letter(
    guichet: Outside, town: str, wrong: dict[str, object]
) -> None:
    event = viewed(await asked(guichet, town))
    event["data"] |= wrong
    assert await guichet.cause(guichet.send(event)) == "DATA"


@rule("P-09")
async def test_only_a_portal_of_the_organisation_tells_what_was_seen(guichet: Outside, town: str) -> None:
    id_ = await asked(guichet, town)
    partner, foreign = source(roles=["PARTNER", "SAAQ"]), source(roles=["PORTAL"], organisations=["1143920115"])
    portal = source(roles=["PORTAL"], organisations=[town])
    await guichet.declare(partner, foreign, portal)
    for one in (partner, foreign):
        assert await guichet.cause(guichet.send(viewed(id_, source=one["data"]["uri"]))) == "SOURCE"
    assert await guichet.rows("consultations", id_) == []
    sent = guichet.send(viewed(id_, source=portal["data"]["uri"]), at=0)
    last = guichet.send(inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town), at=sent.partition)
    await guichet.answer(last.id)
    assert len(await guichet.rows("consultations", id_)) == 1
