"""Before Guichet's processes start: its role and database, then tables and topics."""

import asyncio
from collections.abc import Mapping

import asyncpg

from infra.adapters.postgres.connection import TRANSIENT
from infra.adapters.postgres.migrate import MigrationError
from infra.adapters.preparing import ServiceAwayError, prepare
from infra.adapters.settings import Settings
from infra.local_stack.home import Home, StackError
from infra.local_stack.postgresql import superuser_url
from infra.local_stack.services import ROLE

TRIES = 100
PAUSE_S = 0.1


def make_database(home: Home) -> None:
    """Make the role `guichet`, which owns the database, and the database; a second time changes nothing."""
    asyncio.run(make_role(superuser_url(home), home.secrets()["database_password"]))


async def make_role(superuser: str, password: str) -> None:
    """Make the role and its database on the cluster whose superuser's address this is."""
    connection = await _connected(superuser)
    try:
        if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", ROLE):
            await connection.execute(f"create role {ROLE} login createrole password '{password}'")
            await connection.execute(f"alter role {ROLE} set createrole_self_grant = 'set, inherit'")
        if not await connection.fetchval("select exists (select from pg_database where datname = $1)", ROLE):
            await connection.execute(f"create database {ROLE} owner {ROLE}")
    finally:
        await connection.close()


async def _connected(url: str) -> asyncpg.Connection:
    """Connect as soon as PostgreSQL, which has just opened its port, takes connections."""
    for _ in range(TRIES):
        try:
            return await asyncpg.connect(url, timeout=5)
        except TRANSIENT:
            await asyncio.sleep(PAUSE_S)
    raise StackError("postgresql: does not take connections; see its log in the logs folder of GUICHET_HOME")


def prepare_services(env: Mapping[str, str]) -> None:
    """Make tables and topics and declare the local source, as soon as the services take requests."""
    settings = Settings.of(env)
    try:
        asyncio.run(prepare(settings, local=True))
    except (ServiceAwayError, MigrationError) as error:
        raise StackError(str(error)) from None
