"""Whoever is killed while months close: each charge is on one statement, each statement is told once."""

import asyncio
import os
import signal
from datetime import timedelta
from decimal import Decimal

import pytest

from infra.local_stack import api
from tests.acceptance.builders import licence, organisation
from tests.acceptance.outside import Outside, wait_for
from tests.conftest import Stack
from tests.months.conftest import Months
from tests.rule_mark import rule

BUSY = ("REQUESTED", "SENDING", "RETRYING")


def pid(stack: Stack, name: str) -> int | None:
    return next(process["pid"] for process in api.running(stack.home) if process["name"] == name)


async def killed_meanwhile(stack: Stack, guichet: Outside, name: str, turning: asyncio.Task[object]) -> int:
    """Kill a process again and again until the turn is over; gives how often."""
    kills, dead = 0, None
    while not turning.done() and kills < 5:
        alive = await asyncio.to_thread(pid, stack, name)
        if alive is not None and alive != dead:
            os.kill(alive, signal.SIGKILL)
            kills, dead = kills + 1, alive
        await asyncio.sleep(0.2)
    return kills


@pytest.mark.long
@rule("P-10")
@pytest.mark.parametrize("name", ["clock", "internal", "relay", "notifier"])
async def test_a_process_killed_while_months_close_loses_and_doubles_nothing(
    turned: Stack, guichet: Outside, months: Months, name: str
) -> None:
    declared = [organisation(in_service_from="2020-01-01") for _ in range(3)]
    await guichet.declare(*declared)
    towns = [str(one["data"]["neq"]) for one in declared]
    asked = [guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}) for neq in towns]
    await asyncio.gather(*(guichet.answer(one) for one in asked))
    first = await months.open()
    turning: asyncio.Task[object] = asyncio.create_task(asyncio.to_thread(months.advance, timedelta(days=65)))
    assert await killed_meanwhile(turned, guichet, name, turning) > 0
    await turning
    rows = await guichet.sql.fetch("select * from read.statements where organisation = any($1)", towns)
    assert sorted((row["organisation"], row["period"], row["subtotal"]) for row in rows) == sorted(
        (neq, f"{first:%Y-%m}", Decimal("12.50")) for neq in towns
    )

    async def ended() -> bool:
        return not await guichet.sql.fetchval("select count(*) from read.mails where status = any($1)", list(BUSY))

    if name != "notifier":
        await wait_for(ended, "the end of each e-mail")
    mails = await guichet.sql.fetch("select about from read.mails where organisation = any($1)", towns)
    assert sorted(str(row["about"]) for row in mails) == sorted(str(row["statement_id"]) for row in rows)
