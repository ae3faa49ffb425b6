"""Who sees what: a reader is bound to one organisation, the portal names one, operators see counts and codes only."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.acceptance.builders import adjusted, licence, organisation, viewed
from tests.acceptance.outside import Outside
from tests.conftest import Stack
from tests.rule_mark import rule

STORES = ("inquiries", "results", "charges", "consultations")
DENIED = asyncpg.InsufficientPrivilegeError
PASSWORD = "made-up"


class Place:
    """An organisation with an answered inquiry: adjusted, looked at, under a reference of its own."""

    def __init__(self, neq: str, inquiry: str) -> None:
        self.neq, self.inquiry = neq, inquiry


async def place(guichet: Outside) -> Place:
    declared = organisation()
    neq = declared["data"]["neq"]
    await guichet.declare(declared)
    inquiry = guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}, reference="dossier secret")
    await guichet.answer(inquiry)
    guichet.send(adjusted(inquiry, "-1.00"))
    await guichet.fact(guichet.send(viewed(str(uuid4()))).id)  # refused, and after it the row below is there
    await guichet.content_text(inquiry)
    return Place(neq, inquiry)


@pytest.fixture(scope="module")
async def ours(guichet: Outside) -> Place:
    return await place(guichet)


@pytest.fixture(scope="module")
async def theirs(guichet: Outside) -> Place:
    return await place(guichet)


async def new_role(guichet: Outside) -> str:
    name = f"reader_{uuid4().hex}"
    await guichet.sql.execute(f"create role {name} login password '{PASSWORD}'")
    return name


async def logged_in(stack: Stack, role: str) -> asyncpg.Connection:
    place = stack.env["GUICHET_DATABASE"].partition("@")[2]
    return await asyncpg.connect(f"postgresql://{role}:{PASSWORD}@{place}")


@pytest.fixture(scope="module")
async def reader(stack: Stack, guichet: Outside, ours: Place) -> AsyncIterator[asyncpg.Connection]:
    """A connection of a role that is bound to our organisation."""
    role = await new_role(guichet)
    await guichet.sql.execute("select core.reader_scope($1, $2)", role, ours.neq)
    connection = await logged_in(stack, role)
    yield connection
    await connection.close()


async def seen(connection: asyncpg.Connection, store: str) -> set[str | None]:
    """The organisations whose rows a reader sees in a store."""
    return {row["organisation"] for row in await connection.fetch(f"select organisation from read.{store}")}


async def content(connection: asyncpg.Connection, inquiry: str) -> Any:
    return await connection.fetchval("select read.result_content($1, 1, 'ABC1234')", inquiry)


@rule("M-25")
@pytest.mark.parametrize("store", STORES)
async def test_a_reader_sees_its_own_organisation_and_no_other(
    reader: asyncpg.Connection, ours: Place, theirs: Place, store: str
) -> None:
    assert await seen(reader, store) == {ours.neq}
    rows = f"select count(*) from read.{store} where inquiry_id = $1 or organisation = $2"
    assert await reader.fetchval(rows, theirs.inquiry, theirs.neq) == 0


async def test_a_reader_reads_its_own_contents_and_is_logged_under_its_own_name(
    reader: asyncpg.Connection, ours: Place
) -> None:
    assert await content(reader, ours.inquiry)
    role = await reader.fetchval("select session_user")
    by = await reader.fetch("select by from read.consultations where inquiry_id = $1", ours.inquiry)
    assert [row["by"] for row in by].count(role) == 1


async def test_a_reader_gets_no_content_of_another_and_nothing_is_logged(
    guichet: Outside, reader: asyncpg.Connection, theirs: Place
) -> None:
    before = await guichet.rows("consultations", theirs.inquiry)
    assert await content(reader, theirs.inquiry) is None
    assert await guichet.rows("consultations", theirs.inquiry) == before


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
    role = await new_role(guichet)
    await guichet.sql.execute("select core.reader_scope($1, $2)", role, ours.neq)
    connection = await logged_in(stack, role)
    try:
        await connection.execute(setting.format(theirs=theirs.neq))
        try:
            assert await seen(connection, "charges") == {ours.neq}
        except DENIED:
            assert "row_security" in setting
        assert await content(connection, theirs.inquiry) is None
    finally:
        await connection.close()


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


async def test_a_role_bound_again_sees_the_other_organisation_only(
    stack: Stack, guichet: Outside, ours: Place, theirs: Place
) -> None:
    role = await new_role(guichet)
    for neq in (ours.neq, theirs.neq):
        await guichet.sql.execute("select core.reader_scope($1, $2)", role, neq)
    connection = await logged_in(stack, role)
    try:
        assert await seen(connection, "inquiries") == {theirs.neq}
        assert await content(connection, ours.inquiry) is None
        assert await content(connection, theirs.inquiry)
    finally:
        await connection.close()


async def test_a_role_that_nobody_bound_sees_nothing(stack: Stack, guichet: Outside, ours: Place) -> None:
    connection = await logged_in(stack, await new_role(guichet))
    try:
        for forbidden in ("select * from read.inquiries", f"select read.result_content('{ours.inquiry}', 1, 'A')"):
            with pytest.raises(DENIED):
                await connection.execute(forbidden)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["guichet_operator", "guichet_portal", "guichet_views", "guichet_reader"])
async def test_guichets_own_roles_are_bound_to_nobody(guichet: Outside, ours: Place, role: str) -> None:
    with pytest.raises(asyncpg.RaiseError, match="own"):
        await guichet.sql.execute("select core.reader_scope($1, $2)", role, ours.neq)


async def test_a_role_or_an_organisation_that_is_not_there_is_told(guichet: Outside, ours: Place) -> None:
    with pytest.raises(asyncpg.RaiseError, match="no role"):
        await guichet.sql.execute("select core.reader_scope('nobody_at_all', $1)", ours.neq)
    role = await new_role(guichet)
    with pytest.raises(asyncpg.RaiseError, match="organisation is not known"):
        await guichet.sql.execute("select core.reader_scope($1, '0000000000')", role)


async def test_the_portal_sees_the_organisation_that_it_names_for_one_transaction(
    stack: Stack, ours: Place, theirs: Place
) -> None:
    connection = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    try:
        async with connection.transaction():
            await connection.execute("set local role guichet_portal")
            assert await seen(connection, "inquiries") == set()
            await connection.execute(f"set local guichet.organisation = '{ours.neq}'")
            for store in STORES:
                assert await seen(connection, store) == {ours.neq}
            assert await content(connection, ours.inquiry)
            assert await content(connection, theirs.inquiry) is None
        async with connection.transaction():
            await connection.execute("set local role guichet_portal")
            assert await seen(connection, "inquiries") == set()
            assert await content(connection, ours.inquiry) is None
    finally:
        await connection.close()


async def test_the_operator_sees_all_organisations_without_references_or_contents(
    stack: Stack, ours: Place, theirs: Place
) -> None:
    connection = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    try:
        await connection.execute("set role guichet_operator")
        assert {ours.neq, theirs.neq} <= await seen(connection, "inquiries")
        references = await connection.fetch("select distinct reference from read.inquiries where reference is not null")
        assert [row["reference"] for row in references] == ["•••"]
        assert await connection.fetchval("select count(*) from read.dead_letters") is not None
        with pytest.raises(DENIED):
            await content(connection, ours.inquiry)
    finally:
        await connection.close()
