"""One answer, which logs a consultation, and the line that bills it."""

from rich.console import Console
from rich.json import JSON

from infra.cli.demo.terminal import dollars
from infra.cli.output import Session

SINGLE = """
select inquiry_id from read.inquiries where status = 'ANSWERED' and items = 1 and kind = 'OWNERSHIP_HISTORY'
order by received_at limit 20"""
FOUND = "select inquiry_id from read.results where inquiry_id = any($1::uuid[]) and outcome = 'FOUND' limit 1"
ONE = """
select i.inquiry_id, i.organisation, i.kind, c.amount, c.taxable, c.period
from read.inquiries i join read.charges c using (inquiry_id) where i.inquiry_id = $1"""
"""Step by step: views with row security are joined row by row, which takes long for all inquiries."""


async def print_answer(console: Console, session: Session) -> None:
    """Print one answer and what it costs, where there is one."""
    single = [row["inquiry_id"] for row in await session.connection.fetch(SINGLE)]
    one = await session.connection.fetchrow(ONE, await session.connection.fetchval(FOUND, single))
    if one is None:
        return
    content = await session.connection.fetchval("select read.result_content($1, 1, 'DEMO')", one["inquiry_id"])
    console.print(f"\nOne answer: {one['kind']} asked by {one['organisation']}, inquiry {one['inquiry_id']}")
    console.print(JSON(content))
    taxed = "taxable" if one["taxable"] else "not taxable"
    console.print(f"billed {dollars(one['amount'])}, {taxed}, in period {one['period']}\n")
