"""`guichet bill`: what an organisation owes for a month, line by line; the close of a month (contract §6)."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from handlers.billing.statement import adjustments, by_tariff
from handlers.billing.totals import NOTHING, Line, Totals, add_up, last_day, taxed
from handlers.timeline import TORONTO
from infra.adapters.postgres.connection import Connection
from infra.cli.output import Json, Refused, needs, print_json

DIFFERS = 1
Row = Mapping[str, Any]

app = typer.Typer(help="Bills: what organisations owe, month by month.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="bill")


def _month(text: str, where: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter("is no month; write it as 2026-11", param_hint=where) from None


@app.command(epilog="Example: guichet bill show 1195000004 --month 2026-11 --explain")
def show(
    organisation: Annotated[str, typer.Argument(help="its NEQ, 10 digits")],
    month: Annotated[str | None, typer.Option(help="AAAA-MM; the open month without it")] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="compute it anew from the tariffs; exits 1 where it differs"),
    ] = False,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="also write a closed month's statement to this file")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show an organisation's bill of a month, with taxes."""
    bill = asyncio.run(_load(organisation, _month(month, "--month") if month else None, explain, pdf))
    if as_json:
        print_json(bill)
    else:
        print_bill(bill, explain)
        if pdf is not None:
            typer.echo(f"statement written to {pdf}")
    differences = list(_differences(bill)) if explain else []
    for difference in differences:
        typer.echo(f'{difference}; run "guichet audit"', err=True)
    if differences:
        raise typer.Exit(DIFFERS)


def _differences(bill: Row) -> Iterator[str]:
    """Say where lines differ from their tariffs, and the statement from the lines."""
    wrong = [line for line in bill["lines"] if line["expected"] != line["amount"]]
    if wrong:
        where = f"inquiry_id {wrong[0]['inquiry_id']} item {wrong[0]['item']}"
        yield f"{len(wrong)} lines differ from their tariff, the first is {where}"
    if bill["stated"] not in (None, {name: bill[name] for name in Totals._fields}):
        yield "the statement of this month says otherwise than its lines"


async def _load(organisation: str, month: date | None, explain: bool, pdf: Path | None) -> dict[str, Any]:
    """Read the bill; where a file is named, write the statement to it as well."""
    async with needs("DATABASE", *(() if pdf is None else ("OBJECTS",))) as session:
        bill = await load_bill(session.connection, organisation, month, explain)
        if pdf is not None:
            from infra.cli.statement import write_statement

            await write_statement(session, bill, pdf)
    return bill


async def load_bill(
    connection: Connection, organisation: str, month: date | None, explain: bool = False
) -> dict[str, Any]:
    """Read an organisation's bill of a month (its first day), or of the open one.

    Raises:
        Refused: the organisation is not known, or nothing was ever billed in this month.
    """
    from infra.adapters.postgres import billing

    async with connection.transaction(isolation="repeatable_read"):
        if not await billing.knows_organisation(connection, organisation):
            raise Refused("bill: the organisation is not known; check its NEQ, or declare it on guichet.reference")
        period = await billing.find_period(connection, month)
        if period is None:
            raise Refused("bill: nothing was ever billed in this month; leave --month out for the open one")
        lines = await billing.load_lines(connection, organisation, period.month)
        if explain:
            expected = await billing.load_expected(connection, organisation, period.month)
            for line in lines:
                line["expected"] = expected.get((line["inquiry_id"], line["item"], line["adjustment_id"]))
        statement = await billing.find_statement(connection, organisation, period.month) if explain else None
    totals = add_up((Line(line["amount"], line["taxable"]) for line in lines), period.month)
    bill = {
        "organisation": organisation,
        "period": f"{period.month:%Y-%m}",
        "state": "OPEN" if period.open else "CLOSED",
        "lines": lines,
        **totals._asdict(),
    }
    if explain:
        bill["stated"] = {name: getattr(statement, name) for name in Totals._fields} if statement else None
    return bill


@app.command(epilog="Example: guichet bill close 2026-11 --dry-run")
def close(
    month: Annotated[str, typer.Argument(help="the oldest open month, once it is over: AAAA-MM")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what it would come to, change nothing")] = False,
    as_json: Json = False,
) -> None:
    """Close a month and issue its statements; months close by themselves on the first at 03:00."""
    closed = asyncio.run(_close(_month(month, "month"), dry_run))
    if as_json:
        print_json(closed)
    else:
        said = f"would have {closed['statements']:,}" if dry_run else f"is closed: {closed['statements']:,}"
        typer.echo(f"{closed['period']} {said} statements, {money(closed['total'])} $ in all, taxes included")


async def _close(month: date, dry_run: bool) -> dict[str, Any]:
    from consumers.pipeline import utc_now
    from handlers.billing.months import month_end
    from infra.adapters.postgres import billing, months
    from infra.adapters.postgres.clock import read_clock
    from infra.adapters.postgres.road import set_timers
    from infra.cli.due import until_handled

    async with needs("DATABASE", "KAFKA") as session:
        connection = session.connection
        now = (await read_clock(connection, utc_now())).shown
        if refused := _not_to_close(month, await billing.find_period(connection, month), now):
            raise Refused(f"bill: {month:%Y-%m} {refused}")
        if dry_run:
            billed = await months.load_billed(connection, month)
            totals = [taxed(one.subtotal, one.taxable_subtotal, month) for one in billed]
            return _closed(month, "OPEN", len(totals), sum((one.total for one in totals), NOTHING))
        await set_timers(connection, [month_end(month)._replace(due_at=now)])
        await until_handled(session)
        return _closed(month, "CLOSED", *await billing.count_statements(connection, month))


def _not_to_close(month: date, period: Any, now: datetime) -> str | None:
    """Say why a month cannot be closed now, or nothing."""
    if period is not None and not period.open:
        return "is closed already"
    if last_day(month) >= now.astimezone(TORONTO).date():
        return "is not over"
    return None if period is not None else "is not the open month; months close in their order, see `guichet bill show`"


def _closed(month: date, state: str, statements: int, total: Decimal) -> dict[str, Any]:
    return {"period": f"{month:%Y-%m}", "state": state, "statements": statements, "total": total}


def print_bill(bill: Row, explain: bool) -> None:
    """Print a bill for people: a line per service and tariff, adjustments singly; with `explain` every line."""
    title = f"Organisation {bill['organisation']}, {bill['period']}, {bill['state'].lower()}"
    rows = _every_line(bill["lines"]) if explain else _by_tariff(bill["lines"])
    heads = (
        ("inquiry_id", "item", "service", "expected", "amount") if explain else ("service", "items", "each", "amount")
    )
    typer.echo(title)
    table = Table()
    for head in heads:
        table.add_column(head, justify="left" if head in {"inquiry_id", "service"} else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    table.add_section()
    for name in ("subtotal", "taxable_subtotal", "gst", "qst", "total"):
        table.add_row(name.replace("_", " "), *[""] * (len(heads) - 2), money(bill[name]))
    Console().print(table)


def _by_tariff(lines: list[Row]) -> list[tuple[str, ...]]:
    charges: list[tuple[str, ...]] = [
        (line.service, f"{line.items:,}".replace(",", " "), money(line.each), money(line.amount))
        for line in by_tariff(lines)
    ]
    return charges + [
        (f"{line['service']}, adjusted", "1", money(line["amount"]), money(line["amount"]))
        for line in adjustments(lines)
    ]


def _every_line(lines: Iterable[Row]) -> list[tuple[str, ...]]:
    return [
        (
            str(line["inquiry_id"]),
            str(line["item"]),
            line["service"],
            money(line["expected"]),
            money(line["amount"]),
        )
        for line in lines
    ]


def money(amount: Decimal | None) -> str:
    """Write an amount for people, as in "1 234.56"; a dash where there is none."""
    return "-" if amount is None else f"{amount:,.2f}".replace(",", " ")
