"""A month closes: the clock is turned past its end, and its statements are issued."""

from datetime import date, timedelta

from rich.console import Console

from consumers.pipeline import utc_now
from handlers.billing.months import closes_at
from infra.adapters.postgres.clock import read_clock
from infra.cli.clock import turn
from infra.cli.demo.statements import Statement, Statements
from infra.cli.demo.terminal import bars, print_command
from infra.cli.output import Session

ISSUED = "select organisation, period, subtotal, gst, qst, total from read.statements order by organisation"


async def open_month(session: Session) -> date:
    """Give the first day of the month in which charges were made last."""
    period: str = await session.connection.fetchval("select max(period) from read.charges")
    return date.fromisoformat(f"{period}-01")


async def close_month(session: Session, console: Console) -> Statements:
    """Turn the clock by whole days past the end of the month; its statements are issued by timers."""
    month = await open_month(session)
    now = (await read_clock(session.connection, utc_now())).shown
    days = max(1, -((now - closes_at(month)) // timedelta(days=1)))
    print_command(console, f"guichet clock advance {days}d", f"past the end of {month:%Y-%m}: it closes by itself")
    with bars(console) as progress:
        task = progress.add_task("statements are issued", total=None)
        await turn(session, timedelta(days=days))
        issued = [Statement(*row) for row in await session.connection.fetch(ISSUED)]
        progress.update(task, total=len(issued), completed=len(issued))
    return Statements(issued)
