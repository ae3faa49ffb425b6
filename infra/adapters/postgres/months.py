"""Months in PostgreSQL: what is billed in them, how they close, their statements."""

from collections.abc import Sequence
from datetime import date, timedelta

from handlers.billing.months import Billed, KnownMonths, MonthClosing, StatementRow
from handlers.billing.totals import last_day
from handlers.decision import Arrival
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.road import columns
from infra.adapters.postgres.statements import statements
from schemas.events.internal import StatementsDue

SQL = statements("months")


async def load_months(connection: Connection, arrivals: Sequence[Arrival]) -> KnownMonths:
    """Read the open month, and what was billed in the months whose statements are due."""
    months = {a.event.data.month for a in arrivals if isinstance(a.event.data, StatementsDue)}
    billed = {month: await load_billed(connection, month) for month in months}
    return KnownMonths(await connection.fetchval(SQL["open_month"]), billed)


async def load_billed(connection: Connection, month: date) -> list[Billed]:
    """Add up a month's lines by organisation; nothing once it has its statements."""
    return [Billed(*row) for row in await connection.fetch(SQL["billed"], month)]


async def close_months(connection: Connection, rows: list[MonthClosing]) -> None:
    """Close months in order; each opens the next."""
    for row in rows:
        following = last_day(row.month) + timedelta(days=1)
        await connection.execute(SQL["close_month"], row.month, following, row.closed_at)


async def write_statements(connection: Connection, rows: list[StatementRow]) -> None:
    """Insert statements."""
    await connection.execute(SQL["add_statements"], *columns(rows))
