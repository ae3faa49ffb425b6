"""Who sees what: a reader is bound to one organisation, the portal names one, operators see counts and codes only."""

import asyncpg
import pytest

from infra.adapters.postgres.audit import contents_frozen
from tests.acceptance.outside import Outside
from tests.acceptance.readers import DENIED, STORES, Place, acting_as, bound, content, new_role, seen
from tests.conftest import Stack
from tests.rule_mark import rule


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


async def test_a_role_bound_again_sees_the_other_organisation_only(
    stack: Stack, guichet: Outside, ours: Place, theirs: Place
) -> None:
    async with bound(stack, guichet, ours.neq, theirs.neq) as connection:
        assert await seen(connection, "inquiries") == {theirs.neq}
        assert await content(connection, ours.inquiry) is None
        assert await content(connection, theirs.inquiry)


async def test_a_role_that_nobody_bound_sees_nothing(stack: Stack, guichet: Outside, ours: Place) -> None:
    async with bound(stack, guichet) as connection:
        for forbidden in ("select * from read.inquiries", f"select read.result_content('{ours.inquiry}', 1, 'A')"):
            with pytest.raises(DENIED):
                await connection.execute(forbidden)


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
    async with acting_as(stack, "guichet_operator") as connection:
        assert {ours.neq, theirs.neq} <= await seen(connection, "inquiries")
        references = await connection.fetch("select distinct reference from read.inquiries where reference is not null")
        assert [row["reference"] for row in references] == ["•••"]
        assert await connection.fetchval("select count(*) from read.dead_letters") is not None
        with pytest.raises(DENIED):
            await content(connection, ours.inquiry)


async def test_a_reading_rolled_back_leaves_a_gap_that_the_audit_mentions(guichet: Outside, ours: Place) -> None:
    connection = guichet.sql
    before = (await contents_frozen(connection)).notes
    undone = connection.transaction()
    await undone.start()
    assert await content(connection, ours.inquiry)
    await undone.rollback()
    after = await contents_frozen(connection)
    assert [note for note in after.notes if note not in before and "readings rolled back" in note]
    assert after.breaches == ()
