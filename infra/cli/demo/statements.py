"""The statements of a month: some of them and their sum, beside what was billed; one as PDF."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Column, Table

from infra.cli.bill import load_bill
from infra.cli.demo.terminal import dollars, print_command
from infra.cli.output import Session
from infra.cli.statement import write_statement
from infra.local_stack.home import Home

AMOUNTS = ("subtotal", "gst", "qst", "total")
SHOWN = 4


class Statement(NamedTuple):
    """One statement; amounts in CAD."""

    organisation: str
    period: str
    subtotal: Decimal
    gst: Decimal
    qst: Decimal
    total: Decimal


class Statements(NamedTuple):
    """The statements that were issued, in the order of their organisations."""

    issued: list[Statement]

    def sum_of(self, amount: str) -> Decimal:
        """Add up one of their amounts."""
        return sum((getattr(one, amount) for one in self.issued), Decimal("0.00"))

    def document(self) -> dict[str, Any]:
        """Give their number and their sums as `--json` prints them."""
        return {"issued": len(self.issued), **{amount: self.sum_of(amount) for amount in AMOUNTS}}

    def differs(self, billed: Decimal) -> str | None:
        """Say that they do not come to what was billed, or nothing."""
        subtotal = self.sum_of("subtotal")
        return None if subtotal == billed else f"statements come to {subtotal} before taxes, but {billed} was billed"


def print_statements(console: Console, statements: Statements, billed: Decimal) -> None:
    """Print some statements and the sum of all, beside what partners were to be billed."""
    heads = (Column(head, justify="right") for head in ("subtotal", "GST", "QST", "total"))
    title = f"Statements of {statements.issued[0].period}"
    table = Table("organisation", *heads, title=title, title_justify="left")
    for one in statements.issued[:SHOWN]:
        table.add_row(one.organisation, *(dollars(getattr(one, amount)) for amount in AMOUNTS))
    table.add_row(f"… {len(statements.issued) - SHOWN} more", *("…" for _ in AMOUNTS))
    table.add_section()
    table.add_row(f"all {len(statements.issued)}", *(dollars(statements.sum_of(amount)) for amount in AMOUNTS))
    console.print(table)
    subtotal = statements.sum_of("subtotal")
    same = "which is what was billed" if subtotal == billed else f"but {dollars(billed)} was billed"
    console.print(f"Before taxes they come to {dollars(subtotal)}, {same}.\n", highlight=False)


async def write_pdf(session: Session, console: Console, statements: Statements, home: Home) -> None:
    """Write the first statement's document into the demonstration's folder, which stays until the next one."""
    organisation, period, *_ = statements.issued[0]
    file = home.path / f"statement-{organisation}-{period}.pdf"
    bill = await load_bill(session.connection, organisation, date.fromisoformat(f"{period}-01"))
    with console.status("setting a statement"):
        await write_statement(session, bill, file)
    shown = _as_seen_from_here(file)
    print_command(console, f"guichet bill show {organisation} --month {period} --pdf FILE")
    size_kib = file.stat().st_size / 1024
    console.print(f"  {len(bill['lines'])} lines, {size_kib:.0f} KiB: {shown}\n", soft_wrap=True, highlight=False)


def _as_seen_from_here(file: Path) -> str:
    return os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
