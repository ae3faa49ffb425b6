"""What a hostile reader tries: settings, roles, tales told by conditions, and things of its own in the way."""

import asyncpg
import pytest

from tests.acceptance.outside import Outside
from tests.acceptance.readers import DENIED, STORES, Place, acting_as, bound, content, seen
from tests.conftest import Stack


@pytest.mark.parametrize(
    "setting",
    [
        "set guichet.organisation = '{theirs}'",
        "select set_config('guichet.organisation', '{theirs}', false)",
        "set search_path = pg_temp, core, read",
        "set row_security = off",
    ],
)
async def test_no_setting_of_a_readers_own_shows_it_more(
    stack: Stack, guichet: Outside, ours: Place, theirs: Place, setting: str
) -> None:
    async with bound(stack, guichet, ours.neq) as connection:
        await connection.execute(setting.format(theirs=theirs.neq))
        try:
            assert await seen(connection, "charges") == {ours.neq}
        except DENIED:
            assert "row_security" in setting
        assert await content(connection, theirs.inquiry) is None


@pytest.mark.parametrize(
    "forbidden",
    [
        "select * from core.inquiries",
        "select * from core.results",
        "select * from core.reader_scopes",
        "select * from read.dead_letters",
        "select core.reader_scope('{role}', '{theirs}')",
        "insert into core.reader_scopes values ('{role}', 1)",
        "delete from read.dead_letters",
        "update core.charges set amount = 0",
        "insert into core.consultations values (0, now(), null, 1, null, 'VIEW', 'me')",
        "set role guichet_operator",
        "set role guichet_portal",
        "set role guichet",
        "set role guichet_views",
        "set session authorization guichet",
        "create table read.mine (n int)",
        "create function read.mine() returns int language sql as 'select 1'",
    ],
)
async def test_a_reader_may_do_nothing_else(reader: asyncpg.Connection, theirs: Place, forbidden: str) -> None:
    role = await reader.fetchval("select session_user")
    with pytest.raises(DENIED):
        await reader.execute(forbidden.format(role=role, theirs=theirs.neq))


async def test_a_condition_that_tells_tales_is_asked_only_of_rows_that_may_be_seen(
    reader: asyncpg.Connection, ours: Place, theirs: Place
) -> None:
    await reader.execute(
        "create function pg_temp.tell(neq text) returns boolean cost 0.0000001 language plpgsql as $$"
        f" begin if neq <> '{ours.neq}' then raise exception 'saw %', neq; end if; return true; end $$"
    )
    for store in STORES:
        assert await reader.fetch(f"select organisation from read.{store} where pg_temp.tell(organisation)")


async def test_an_operators_condition_is_asked_of_masked_references_only(stack: Stack, ours: Place) -> None:
    async with acting_as(stack, "guichet_operator") as operator:
        await operator.execute(
            "create function pg_temp.tell(reference text) returns boolean cost 0.0000001 language plpgsql as"
            " $$ begin if reference <> '•••' then raise exception 'saw it'; end if; return true; end $$"
        )
        assert await operator.fetch("select from read.inquiries where pg_temp.tell(reference)")


@pytest.mark.parametrize(
    "shadow",
    [
        "create view pg_temp.pg_roles as select oid, session_user::name as rolname from pg_catalog.pg_roles",
        "create view pg_temp.pg_namespace as select 'core'::name as nspname, session_user::regrole::oid as nspowner",
        "create domain pg_temp.name as text check (pg_temp.shout(value))",
        "create domain pg_temp.bytea as pg_catalog.bytea check (pg_temp.shout(value::text))",
    ],
    ids=["roles", "schemas", "names", "bytes"],
)
async def test_nothing_that_a_reader_makes_is_used_on_its_way_to_a_content(
    stack: Stack, guichet: Outside, ours: Place, theirs: Place, shadow: str
) -> None:
    async with bound(stack, guichet, ours.neq) as connection:
        await connection.execute(
            "create function pg_temp.shout(any_text text) returns boolean language plpgsql as"
            " $$ begin raise exception 'runs as %', current_user; end $$"
        )
        await connection.execute(shadow)
        assert await content(connection, theirs.inquiry) is None
        assert await content(connection, ours.inquiry)
        assert await seen(connection, "inquiries") == {ours.neq}


@pytest.mark.parametrize("role", ["guichet_reader", "none"])
async def test_a_reader_that_changes_its_role_sees_no_more(
    stack: Stack, guichet: Outside, ours: Place, theirs: Place, role: str
) -> None:
    async with bound(stack, guichet, ours.neq) as connection:
        await connection.execute(f"set role {role}")
        assert await seen(connection, "inquiries") <= {ours.neq}
        assert await content(connection, theirs.inquiry) is None


async def test_a_reading_that_cannot_be_logged_shows_nothing(reader: asyncpg.Connection, ours: Place) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with reader.transaction(readonly=True):
            await content(reader, ours.inquiry)


@pytest.mark.parametrize("role", ["guichet_operator", "guichet_portal"])
@pytest.mark.parametrize(
    "forbidden",
    [
        "select * from core.inquiries",
        "select * from core.results",
        "select * from core.dead_letters",
        "select * from core.drivers",
        "select core.reader_scope('{role}', '{theirs}')",
        "insert into core.consultations values (0, now(), null, 1, null, 'VIEW', 'me')",
        "create table read.mine (n int)",
    ],
)
async def test_operators_and_portals_may_not_touch_core(stack: Stack, theirs: Place, role: str, forbidden: str) -> None:
    async with acting_as(stack, role) as connection:
        with pytest.raises(DENIED):
            await connection.execute(forbidden.format(role=role, theirs=theirs.neq))
