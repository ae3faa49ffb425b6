"""`guichet bill show`: what an organisation owes for a month, line by line (contract §6)."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from handlers.billing.totals import Line, add_up
from infra.cli.output import Json, Refused, needs, print_json

DIFFERS = 1
Row = Mapping[str, Any]

app = typer.Typer(help="Bills: what organisations owe, month by month.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="bill")


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter("is no month; write it as 2026-11", param_hint="--month") from None


@app.command(epilog="Example: guichet bill show 1195000004 --month 2026-11 --explain")
def show(
    organisation: Annotated[str, typer.Argument(help="its NEQ, 10 digits")],
    month: Annotated[str | None, typer.Option(help="AAAA-MM; the open month without it")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="compute each line anew from its tariff; exits 1 if one differs")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show an organisation's bill of a month, with taxes."""
    bill = asyncio.run(_load(organisation, _month(month), explain))
    if as_json:
        print_json(bill)
    else:
        print_bill(bill, explain)
    wrong = [line for line in bill["lines"] if explain and line["expected"] != line["amount"]]
    if wrong:
        first = wrong[0]
        typer.echo(
            f"{len(wrong)} lines differ from their tariff, the first is inquiry_id {first['inquiry_id']} item "
            f'{first["item"]}; run "guichet audit"',
            err=True,
        )
        raise typer.Exit(DIFFERS)


async def _load(organisation: str, month: date | None, explain: bool) -> dict[str, Any]:
    from infra.adapters.postgres import billing

    async with needs("DATABASE") as session, session.connection.transaction(isolation="repeatable_read"):
        connection = session.connection
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
    totals = add_up((Line(line["amount"], line["taxable"]) for line in lines), period.month)
    return {
        "organisation": organisation,
        "period": f"{period.month:%Y-%m}",
        "state": "OPEN" if period.open else "CLOSED",
        "lines": lines,
        **totals._asdict(),
    }


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


def _by_tariff(lines: Iterable[Row]) -> list[tuple[str, ...]]:
    counts = Counter((line["service"], line["tariff_id"], line["amount"]) for line in lines if line["kind"] == "CHARGE")
    charges: list[tuple[str, ...]] = [
        (service, f"{count:,}".replace(",", " "), money(each), money(each * count))
        for (service, _, each), count in sorted(counts.items(), key=str)
    ]
    adjusted = [line for line in lines if line["kind"] == "ADJUSTMENT"]
    return charges + [
        (f"{line['service']}, adjusted", "1", money(line["amount"]), money(line["amount"])) for line in adjusted
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
