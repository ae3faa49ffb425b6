"""What a redrive must not do: overtake, stop at one that still fails, guess at an original it cannot open."""

import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from consumers import inquiries as desk
from handlers.inquiries.rows import AdjustmentRow
from infra.adapters.postgres import inquiries as sql
from infra.adapters.sealing import Seal, SealError
from schemas.identifiers import derived_id
from schemas.topics import INQUIRIES, OUTCOMES
from tests.acceptance.builders import Event, adjusted, inquiry, source
from tests.consumers.road import Road


def stumble(*_: Any) -> Any:
    raise ZeroDivisionError


async def refuse(_connection: Any, _rows: list[AdjustmentRow]) -> None:
    raise asyncpg.NumericValueOutOfRangeError("licence T000001218001")


@pytest.fixture
async def asked(road: Road, town: str, known_licence: str) -> str:
    """An answered inquiry."""
    event = inquiry("DRIVER_RECORD", {"licence": known_licence}, organisation=town)
    await road.take([road.record(event)])
    return str(event["id"])


async def letter_ids(road: Road) -> list[Any]:
    rows = await road.fetch('select dead_letter_id from core.dead_letters order by "offset"')
    return [row["dead_letter_id"] for row in rows]


async def amounts(road: Road) -> list[str]:
    return [str(row["amount"]) for row in await road.fetch("select amount from core.adjustments order by version")]


async def test_what_was_dead_for_another_reason_does_not_overtake_a_bug(road: Road, asked: str) -> None:
    analyst = source(roles=["SAAQ"])
    road.change(INQUIRIES, decide=stumble)
    unknown: Event = adjusted(asked, "2.00", source=analyst["data"]["uri"])
    await road.take([road.record(adjusted(asked, "-1.00")), road.record(unknown)])
    road.change(INQUIRIES, decide=desk.decide)
    await road.declare(analyst)
    bug, refused = await letter_ids(road)
    assert await road.redrive(refused) == ["BLOCKED"]
    assert await road.redrive(bug) == ["REDRIVEN", "REDRIVEN"]
    assert await amounts(road) == ["-1.00", "2.00"]


async def test_what_still_cannot_be_saved_stays_and_the_next_goes_on(
    road: Road, asked: str, town: str, known_licence: str
) -> None:
    question = inquiry("DRIVER_RECORD", {"licence": known_licence}, organisation=town, reference="next")
    road.change(INQUIRIES, decide=stumble)
    await road.take([road.record(adjusted(asked, "-1.00")), road.record(question)])
    road.change(INQUIRIES, decide=desk.decide, writers=sql.WRITERS | {AdjustmentRow: refuse})
    assert await road.redrive(cause="BUG") == ["BUG", "REDRIVEN"]
    assert await road.letters() == [("BUG", "OPEN"), ("BUG", "REDRIVEN")]


async def test_an_original_closed_with_another_key_is_left_as_it_is(road: Road, asked: str) -> None:
    road.change(INQUIRIES, decide=stumble)
    await road.take([road.record(adjusted(asked, "-1.00"))])
    road.seal = Seal(b"o" * 32)
    with pytest.raises(SealError, match="DEAD_LETTER_KEY: does not open"):
        await road.redrive(cause="BUG")
    assert await road.letters() == [("BUG", "OPEN")]


async def test_a_redrive_derives_the_id_of_the_fact_from_its_event(road: Road, asked: str) -> None:
    event = adjusted(asked, "-1.00")
    road.change(INQUIRIES, decide=stumble)
    await road.take([road.record(event)])
    road.change(INQUIRIES, decide=desk.decide)
    await road.redrive(cause="BUG")
    facts = [json.loads(record.value or b"") for record in await road.outbox(OUTCOMES)]
    assert facts[-1]["id"] == str(derived_id(UUID(event["id"]), "guichet.charge.adjusted.v1"))
