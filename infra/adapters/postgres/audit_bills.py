"""Law 4: each charge equals its tariff, each statement its lines (contract §8)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from handlers.billing.totals import taxed
from infra.adapters.postgres.audit import SHOWN, SQL, first_breaches
from infra.adapters.postgres.connection import Connection
from infra.adapters.verdict import Breach, Verdict
from schemas.money import money_text

ADJUST = "put the amount right by a charge.adjusted for this charge, then look for the cause: a charge is never changed"
STATED = (
    "compare read.statements with the lines of read.charges of that month; rows changed by hand and a partial restore "
    "do this: a statement stays as it was issued, adjustments put it right in the open month"
)
ISSUE = 'see in "guichet status" whether the processes clock, relay and internal run: they issue it'


async def charges_priced(connection: Connection) -> Verdict:
    """Each charge equals its tariff, which was the one of the received date in Toronto."""
    count: int = await connection.fetchval(SQL["count_charges"])
    rows = await connection.fetch(SQL["mispriced"], SHOWN)
    summary = f"{count:,} compared with the tariff of the received date"
    return Verdict(summary, first_breaches(rows, [Breach(_mispriced(row), ADJUST) for row in rows]))


def _mispriced(row: Any) -> str:
    where = f"inquiry_id {row['inquiry_id']} item {row['item']}: charged {money_text(row['amount'])}"
    if not row["of_its_service"]:
        return f"{where} by a tariff that is not its service's"
    if not _in_force(row["received_on"], row["effective_from"], row["until"]):
        end = f" until {row['until']}" if row["until"] else ""
        return f"{where} by the tariff of {row['effective_from']}{end}, but received on {row['received_on']}"
    tariff: Decimal = row["tariff"]
    return f"{where}, its tariff is {money_text(tariff)}"


def _in_force(day: date, first: date, until: date | None) -> bool:
    return first <= day and (until is None or day < until)


async def statements_add_up(connection: Connection) -> Verdict:
    """Every organisation with lines in a closed month has one statement there, equal to them to the cent."""
    rows = await connection.fetch(SQL["stated"])
    found = [breach for row in rows for breach in _misstated(row)]
    more = [Breach(f"… and {len(found) - SHOWN:,} more", STATED)] if len(found) > SHOWN else []
    count = sum(row["total"] is not None for row in rows)
    return Verdict(f"{count:,} statements added up again", (*found[:SHOWN], *more))


def _misstated(row: Any) -> Iterator[Breach]:
    where = f"organisation {row['organisation']}, {row['month']:%Y-%m}"
    if row["total"] is None:
        yield Breach(f"{where}: has lines and no statement", ISSUE)
    elif row["lines"] is None:
        yield Breach(f"{where}: has a statement without lines", STATED)
    else:
        due = taxed(row["lines"], row["taxable_lines"], row["month"])
        stated = tuple(row[name] for name in due._fields)
        if stated != tuple(due):
            yield Breach(
                f"{where}: stated {money_text(row['total'])}, its lines come to {money_text(due.total)}", STATED
            )
