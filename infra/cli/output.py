"""What all commands share: how they print, how they fail, how they reach a service (contract §6)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from rich.console import Console
from rich.table import Table

from infra.adapters.postgres.connection import TRANSIENT, Connection, Database
from infra.adapters.settings import Settings, load_settings

Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]


class Refused(Exception):  # noqa: N818 -- an answer, not a fault
    """The command cannot be done; its message says what, where and what to do. Exit code 1."""


class ServiceAway(Exception):  # noqa: N818 -- an answer, not a fault
    """A service cannot be reached. Exit code 3."""


@dataclass(frozen=True, slots=True)
class Session:
    """A command's settings and its connection to PostgreSQL."""

    settings: Settings
    database: Database
    connection: Connection


@asynccontextmanager
async def needs(*settings: str) -> AsyncIterator[Session]:
    """Open a command's session.

    Raises:
        SettingsError: one of the settings named is missing or wrong.
        ServiceAway: PostgreSQL does not answer.
    """
    loaded = load_settings(*settings)
    database = Database(loaded.database, "guichet command")
    try:
        connection = await database.connection()
    except TRANSIENT as error:
        raise database_away(error) from None
    try:
        yield Session(loaded, database, connection)
    finally:
        await database.close()


def database_away(error: Exception) -> ServiceAway:
    """Say that PostgreSQL does not answer and what to do, without the address, which may hold a password."""
    return ServiceAway(
        f'DATABASE: does not answer ({type(error).__name__}); start the stack with "guichet up" or set GUICHET_DATABASE'
    )


def ids_of(texts: Sequence[str]) -> list[UUID]:
    """Read ids given as arguments; a text that is none is wrong usage."""
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise typer.BadParameter("an id is not a UUID; copy it from the listing") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, UUID):  # asyncpg has a subclass of its own
        return str(value)
    raise TypeError(type(value).__name__)


def print_json(document: Any) -> None:
    """Print one JSON document: money as text, instants in UTC."""
    typer.echo(orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())


def print_table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows for a person; texts wrap, nothing is cut."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console = Console()
    console.print(table if rows else title)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
