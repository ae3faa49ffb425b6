"""Months close by themselves on the first at 03:00 in Toronto, in order, each charge in exactly one."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from tests.acceptance.builders import adjusted, driver, event, licence
from tests.acceptance.outside import Outside, wait_for
from tests.months.conftest import Months, Run
from tests.rule_mark import rule

INTERNAL = "guichet.internal"


async def statements(guichet: Outside, neq: str) -> list[dict[str, object]]:
    rows = await guichet.sql.fetch("select * from read.statements where organisation = $1 order by period", neq)
    return [dict(row) for row in rows]


@rule("P-10")
async def test_all_that_was_accepted_in_a_month_is_on_one_statement(
    guichet: Outside, months: Months, town: str
) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}, {"licence": licence()})
    free_of_tax = guichet.ask(town, "LICENCE_VALIDITY", {"licence": licence()})
    await asyncio.gather(guichet.answer(asked), guichet.answer(free_of_tax))
    correction = guichet.send(adjusted(asked, "-2.45"))
    await guichet.fact(correction.id)
    month = await months.end()
    [statement] = await statements(guichet, town)
    shown = {name: str(statement[name]) for name in ("period", "subtotal", "taxable_subtotal", "gst", "qst", "total")}
    assert shown == {
        "period": f"{month:%Y-%m}",
        "subtotal": "24.05",
        "taxable_subtotal": "22.55",
        "gst": "1.13",
        "qst": "2.25",
        "total": "27.43",
    }
    told = [record.event() for record in guichet.records()]
    issued = [fact["data"] for fact in told if fact["type"] == "guichet.statement.issued.v1"]
    assert [fact for fact in issued if fact["organisation"] == town] == [
        {
            "statement": str(statement["statement_id"]),
            "organisation": town,
            "period": f"{month:%Y-%m}",
            "total": "27.43",
        }
    ]


async def test_what_comes_after_the_close_is_in_the_next_month(guichet: Outside, months: Months, town: str) -> None:
    month = await months.end()
    following = await months.open()
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    [charge] = await guichet.rows("charges", asked)
    assert charge["period"] == f"{following:%Y-%m}"
    assert following == (month + timedelta(days=31)).replace(day=1)
    assert await statements(guichet, town) == []


async def test_a_leap_closes_each_month_at_its_own_time(guichet: Outside, months: Months, town: str) -> None:
    first = await months.open()
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    months.advance(timedelta(days=95))
    rows = await guichet.sql.fetch(
        "select month, closed_at at time zone 'America/Toronto' as closed from core.periods "
        "where month >= $1 order by 1",
        first,
    )
    *closed, still_open = [(row["month"], row["closed"]) for row in rows]
    assert len(closed) >= 3
    assert [str(at) for _, at in closed] == [f"{month} 03:00:00" for month, _ in [*closed, still_open][1:]]
    assert still_open[1] is None
    assert [one["period"] for one in await statements(guichet, town)] == [f"{first:%Y-%m}"]
    timers = await guichet.sql.fetch("select kind, key from read.timers")
    assert [tuple(row) for row in timers] == [("month-end", f"month-end:{still_open[0]:%Y-%m}")]


@rule("P-10")
async def test_charging_while_months_close_loses_and_doubles_nothing(
    guichet: Outside, months: Months, town: str
) -> None:
    """Inquiries keep coming while the clock ends two months; each is in one period, each period on one statement."""
    known = driver()
    await guichet.declare(known)
    item = {"licence": known["data"]["licence"]}
    asked: list[str] = []
    ended = asyncio.Event()

    async def ask_on() -> None:
        while not ended.is_set():
            asked.extend(guichet.ask(town, "DRIVER_RECORD", item) for _ in range(20))
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask_on())
    for _ in range(2):
        await asyncio.to_thread(months.advance, timedelta(days=32))
    ended.set()
    await asking
    await asyncio.gather(*[guichet.answer(one) for one in asked[-8:]])

    async def all_charged() -> bool:
        return bool(
            await guichet.sql.fetchval(
                "select count(*) = $2 from read.charges where organisation = $1", town, len(asked)
            )
        )

    await wait_for(all_charged, "every inquiry charged once")
    await months.end()
    sums = await guichet.sql.fetch(
        "select period, sum(amount) as amount from read.charges where organisation = $1 group by 1 order by 1", town
    )
    issued = {str(one["period"]): one["subtotal"] for one in await statements(guichet, town)}
    assert {row["period"]: row["amount"] for row in sums} == issued
    assert sum(issued.values(), Decimal(0)) == Decimal("12.50") * len(asked)  # type: ignore[arg-type]
    assert len(issued) >= 3


async def test_only_guichet_writes_what_is_due(guichet: Outside, months: Months) -> None:
    month = await months.open()
    forged = event("month.ended", {"month": month.isoformat()}, source="urn:guichet")
    unsigned = guichet.send(forged, INTERNAL)
    strange = guichet.send(forged | {"source": "urn:guichet:local"}, INTERNAL)
    assert await guichet.cause(unsigned) == "SIGNATURE"
    assert await guichet.cause(strange) == "SOURCE"
    assert await months.open() == month


async def test_a_month_is_closed_by_hand_once_it_is_over(guichet: Outside, months: Months, town: str, run: Run) -> None:
    month = await months.open()
    early = run("bill", "close", f"{month:%Y-%m}")
    assert (early.code, early.err) == (1, f"guichet: bill: {month:%Y-%m} is not over\n")
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    await months.end()
    again = run("bill", "close", f"{month:%Y-%m}")
    assert (again.code, again.err) == (1, f"guichet: bill: {month:%Y-%m} is closed already\n")
    future = run("bill", "close", "2199-01")
    assert (future.code, future.err) == (1, "guichet: bill: 2199-01 is not over\n")
    shown = run("bill", "show", town, "--month", f"{month:%Y-%m}", "--json", "--explain")
    assert (shown.code, shown.document["state"], shown.document["total"]) == (0, "CLOSED", "14.38")
