"""read.activity: what an organisation asked, what was refused, what it was charged, by day and service."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from infra.cli.laws import judge_all
from tests.acceptance.builders import adjusted, licence, organisation, today
from tests.acceptance.outside import Outside, wait_for
from tests.acceptance.readers import Place, acting_as, seen
from tests.conftest import Stack

OUTCOMES, GROUP = "guichet.outcomes", "guichet.projections"
ROWS = "select * from read.activity where organisation = $1 order by day, service"


async def activity(guichet: Outside, neq: str, **expected: object) -> dict[str, Any]:
    """Wait until an organisation's one row of activity is as expected; gives it."""

    async def counted() -> dict[str, Any] | None:
        rows = [dict(row) for row in await guichet.sql.fetch(ROWS, neq)]
        return rows[0] if len(rows) == 1 and expected.items() <= rows[0].items() else None

    return await wait_for(counted, f"activity {expected}")


async def newcomer(guichet: Outside) -> str:
    declared = organisation()
    await guichet.declare(declared)
    return str(declared["data"]["neq"])


async def ask_all(guichet: Outside, neq: str) -> str:
    """Two items answered, one inquiry refused, one of environment T; gives the first's id."""
    first = guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}, {"licence": licence()})
    refused = guichet.ask(neq, "DRIVER_RECORD", {"licence": "wrong"})
    tried = guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}, environment="T")
    await asyncio.gather(guichet.answer(first), guichet.refusal(refused), guichet.answer(tried))
    return first


async def test_activity_is_what_was_asked_refused_and_put_right(guichet: Outside) -> None:
    neq = await newcomer(guichet)
    first = await ask_all(guichet, neq)
    await guichet.fact(guichet.send(adjusted(first, "-5.00")).id)
    row = await activity(guichet, neq, amount=Decimal("20.00"), refused=1)
    assert row == {
        "organisation": neq,
        "day": date.fromisoformat(today()),
        "service": "DRIVER_RECORD",
        "accepted": 2,
        "refused": 1,
        "rejected": 0,
        "amount": Decimal("20.00"),
    }


async def test_a_reader_sees_its_own_activity_and_no_other(
    stack: Stack, guichet: Outside, reader: asyncpg.Connection, ours: Place, theirs: Place
) -> None:
    for place in (ours, theirs):
        await activity(guichet, place.neq, accepted=1, amount=Decimal("11.50"))
    assert await seen(reader, "activity") == {ours.neq}
    async with acting_as(stack, "guichet_operator") as operator:
        assert {ours.neq, theirs.neq} <= await seen(operator, "activity")
    async with acting_as(stack, "guichet_portal") as portal, portal.transaction():
        assert await seen(portal, "activity") == set()
        await portal.execute(f"set local guichet.organisation = '{theirs.neq}'")
        assert await seen(portal, "activity") == {theirs.neq}


async def test_garbage_among_the_facts_is_a_dead_letter_and_stops_nothing(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    fact = await guichet.fact(asked)
    garbage = {"ENVELOPE": {"version": "?"}, "SOURCE": {"source": "urn:guichet:local"}, "DATA": {"data": {"kind": "?"}}}
    query = 'select cause from read.dead_letters where consumer_group = $1 and partition = $2 and "offset" = $3'
    for cause, wrong in garbage.items():
        another = {"id": fact["id"][:-12] + uuid4().hex[:12]}
        sent = guichet.send(fact | another | wrong, OUTCOMES, fact["aggregate"])

        async def buried(where: tuple[int, int] = (sent.partition, sent.offset)) -> str | None:
            return await guichet.sql.fetchval(query, GROUP, *where)

        assert await wait_for(buried, "the dead letter") == cause
    neq = await newcomer(guichet)
    await ask_all(guichet, neq)
    await activity(guichet, neq, accepted=2)


async def test_a_rebuild_while_inquiries_flow_changes_nothing_in_the_end(stack: Stack, guichet: Outside) -> None:
    neq = await newcomer(guichet)
    asked = [guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}) for _ in range(150)]
    first = await rebuild(stack)
    asked += [guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}) for _ in range(150)]
    second = await rebuild(stack)
    amount = Decimal("12.50") * len(asked)
    await activity(guichet, neq, accepted=len(asked), amount=amount)
    last = await rebuild(stack)
    await activity(guichet, neq, accepted=len(asked), amount=amount)
    assert {first["store"], second["store"], last["store"]} == {"activity"}
    assert last["changed"] == 0
    assert last["before"] == last["after"]


@pytest.mark.long
async def test_the_audit_holds_the_progress_of_the_counting(stack: Stack, guichet: Outside) -> None:
    neq = await newcomer(guichet)
    await ask_all(guichet, neq)
    await activity(guichet, neq, accepted=2)
    place = "group_id = $1 and partition = $2 and next_offset = $3"
    partition, end = await guichet.sql.fetchrow(
        "select partition, next_offset from core.progress where group_id = $1 and next_offset > 0 limit 1", GROUP
    )
    move = f"update core.progress set next_offset = next_offset + $4 where {place}"
    assert await law_7(stack) == []
    try:
        await guichet.sql.execute(move, GROUP, partition, end, -1)
        assert [what for what in await law_7(stack) if f"{GROUP} partition {partition} of {OUTCOMES}" in what]
    finally:
        await guichet.sql.execute(move, GROUP, partition, end - 1, 1)


async def law_7(stack: Stack) -> list[str]:
    judged = await judge_all(stack.settings, datetime.now(UTC))
    return [breach.what for one in judged if one.law.law == "7" for breach in one.verdict.breaches]


async def rebuild(stack: Stack) -> dict[str, Any]:
    command = [sys.executable, "-m", "infra.cli.main", "rebuild", "activity", "--json"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=os.environ | stack.env, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))
