"""What all commands share: how they print, how they fail, how they reach a service (contract §6)."""

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import asyncpg
import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from infra.adapters.postgres.connection import TRANSIENT, Connection, Database
from infra.adapters.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from infra.local_stack.home import Home

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
    """Open a command's session with these settings; raises what `database_answers` raises."""
    async with session(load_settings(*settings)) as opened:
        yield opened


@asynccontextmanager
async def session(settings: Settings) -> AsyncIterator[Session]:
    """Open a session; raises what `database_answers` raises."""
    with database_answers():
        database = Database(settings.database, "guichet command")
        try:
            yield Session(settings, database, await database.connection())
        finally:
            with suppress(*TRANSIENT):
                await database.close()


@contextmanager
def database_answers() -> Iterator[None]:
    """Tell what PostgreSQL, or its driver, holds against a command, without the address: it may hold a password.

    Raises:
        SettingsError: PostgreSQL refuses who GUICHET_DATABASE names, or is not who its certificate should say.
        ServiceAway: PostgreSQL does not answer.
        Refused: the database is not one of Guichet's, or its role may not do this.
    """
    try:
        yield
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise SettingsError(
            f"GUICHET_DATABASE: PostgreSQL refuses it ({type(error).__name__}); check user, password and name in it"
        ) from None
    except ssl.SSLError as error:
        raise SettingsError(
            f"GUICHET_DATABASE: TLS fails ({type(error).__name__}); check sslmode and sslrootcert in it"
        ) from None
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        raise Refused('DATABASE: holds no tables of Guichet; make them with "guichet migrate"') from None
    except asyncpg.InsufficientPrivilegeError:
        raise Refused("DATABASE: its role may not do this; set GUICHET_DATABASE to the role that owns it") from None
    except TRANSIENT as error:
        raise ServiceAway(
            f"DATABASE: does not answer ({type(error).__name__}); "
            'start the stack with "guichet up" or set GUICHET_DATABASE'
        ) from None


def local_home() -> "Home":
    """Give the local stack's folder, made when it is missing.

    Raises:
        Refused: it cannot be made.
    """
    from infra.local_stack.home import Home, StackError

    try:
        return Home.at(load_settings().home)
    except StackError as error:
        raise Refused(str(error)) from None


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
    """Print rows for a person under a line that says what they are."""
    typer.echo(title)
    if rows:
        Console().print(as_table(columns, rows))


def as_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Make a table for a person; texts wrap, nothing is cut."""
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for row in rows:
        table.add_row(*(escape(_cell(row.get(column))) for column in columns))
    return table


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
