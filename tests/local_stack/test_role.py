"""What the role of `guichet env` may do (contract §6)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.conftest import Stack

pytestmark = pytest.mark.local_stack


@pytest.fixture
async def role(running: Stack) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the role of `guichet env`; what it does is rolled back."""
    connection = await asyncpg.connect(running.env["GUICHET_DATABASE"])
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def test_it_reads_every_store(role: asyncpg.Connection) -> None:
    stores = await role.fetch("select format('read.%I', viewname) as name from pg_views where schemaname = 'read'")
    assert stores
    for store in stores:
        await role.execute(f"select * from {store['name']} limit 1")


@pytest.mark.parametrize("name", ["guichet_operator", "guichet_portal"])
async def test_it_may_become_the_trusted_roles(role: asyncpg.Connection, name: str) -> None:
    await role.execute(f"set local role {name}")
    assert await role.fetchval("select current_user") == name
    await role.execute("select * from read.inquiries limit 1")


async def test_it_may_make_a_role_and_bind_it_to_an_organisation(role: asyncpg.Connection) -> None:
    await role.execute("create role reader_of_one login password 'x'")
    await role.execute("select core.reader_scope('reader_of_one', '1195000006')")
    await role.execute("set local role reader_of_one")
    await role.execute("select * from read.results limit 1")


async def test_others_may_not_bind_a_role(role: asyncpg.Connection) -> None:
    await role.execute("set local role guichet_portal")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await role.execute("select core.reader_scope('guichet_portal', '1195000006')")
