"""Bills in PostgreSQL: the lines of a month and what they should be (contract §4, Billing)."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from handlers.billing.statement import Statement
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements

SQL = statements("billing")

LineKey = tuple[UUID, int, UUID | None]


class Period(NamedTuple):
    """A billing month, by its first day."""

    month: date
    open: bool


async def knows_organisation(connection: Connection, neq: str) -> bool:
    """Tell whether an organisation was ever declared or billed."""
    return bool(await connection.fetchval(SQL["organisation"], neq))


async def find_period(connection: Connection, month: date | None) -> Period | None:
    """Give a billing month (a first day), or the open one; None when that month never was one."""
    row = await connection.fetchrow(SQL["period"], month)
    return Period(row["month"], row["open"]) if row else None


async def count_statements(connection: Connection, month: date) -> tuple[int, Decimal]:
    """Give how many statements a month has, and what they come to."""
    row = await connection.fetchrow(SQL["statements"], f"{month:%Y-%m}")
    return (row["statements"], row["total"]) if row else (0, Decimal(0))


async def find_statement(connection: Connection, neq: str, month: date) -> Statement | None:
    """Give an organisation's statement of a month; None while the month is open, and where nothing was billed."""
    row = await connection.fetchrow(SQL["statement"], neq, month)
    return Statement(*row) if row else None


async def name_document(connection: Connection, statement_id: UUID, key: str) -> None:
    """Remember under which key a statement's document is stored; the first time counts."""
    await connection.execute(SQL["name_document"], statement_id, key)


async def load_lines(connection: Connection, neq: str, month: date) -> list[dict[str, Any]]:
    """Give an organisation's lines of a month, with the columns of `read.charges`, in the order posted."""
    return [dict(row) for row in await connection.fetch(SQL["lines"], neq, f"{month:%Y-%m}")]


async def load_expected(connection: Connection, neq: str, month: date) -> dict[LineKey, Decimal | None]:
    """Give what each line should be; None where no tariff was in force when the inquiry was received."""
    rows = await connection.fetch(SQL["expected"], neq, f"{month:%Y-%m}")
    return {(row["inquiry_id"], row["item"], row["adjustment_id"]): row["expected"] for row in rows}
