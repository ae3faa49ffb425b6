"""What is due inside Guichet, in PostgreSQL: timers, months, statements."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson

from handlers.billing.months import Billed, KnownMonths, MonthClosing, StatementRow
from handlers.billing.totals import last_day
from handlers.decision import Arrival, InboxRow
from handlers.timers import TimerRow
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements
from schemas.events.internal import StatementsDue

SQL = statements("internal")


async def load_inbox(connection: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """Give source number and digest of every id among these that `guichet.internal` has ever used."""
    rows = await connection.fetch(SQL["load_inbox"], list(ids))
    return {row["event_id"]: (row["source_no"], row["digest"]) for row in rows}


async def load(connection: Connection, arrivals: Sequence[Arrival]) -> KnownMonths:
    """Read the open month, and what was billed in the months whose statements are due."""
    months = {a.event.data.month for a in arrivals if isinstance(a.event.data, StatementsDue)}
    billed = {month: await load_billed(connection, month) for month in months}
    return KnownMonths(await connection.fetchval(SQL["open_month"]), billed)


async def load_billed(connection: Connection, month: date) -> list[Billed]:
    """Add up a month's lines by organisation; nothing once it has its statements."""
    return [Billed(*row) for row in await connection.fetch(SQL["billed"], month)]


async def write_inbox(connection: Connection, rows: list[InboxRow]) -> None:
    """Use ids up."""
    await connection.execute(SQL["add_inbox"], *_columns(rows))


async def close_months(connection: Connection, rows: list[MonthClosing]) -> None:
    """Close months in order; each opens the next."""
    for row in rows:
        following = last_day(row.month) + timedelta(days=1)
        await connection.execute(SQL["close_month"], row.month, following, row.closed_at)


async def set_timers(connection: Connection, rows: Iterable[TimerRow]) -> None:
    """Set timers, each in the place of the one under its key."""
    plain = [row._replace(data=orjson.dumps(row.data).decode()) for row in rows]  # type: ignore[arg-type]
    await connection.execute(SQL["set_timers"], *_columns(plain))


async def write_statements(connection: Connection, rows: list[StatementRow]) -> None:
    """Insert statements."""
    await connection.execute(SQL["add_statements"], *_columns(rows))


def _columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


WRITERS: dict[type[Any], Callable[[Connection, list[Any]], Awaitable[None]]] = {
    InboxRow: write_inbox,
    MonthClosing: close_months,
    TimerRow: set_timers,
    StatementRow: write_statements,
}
