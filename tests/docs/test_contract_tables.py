"""docs/contract.md: its tables of topics, members, codes, causes and read stores are those of the code."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel

from consumers.desks import INPUTS
from consumers.inquiries import INQUIRIES_DESK
from consumers.judging import Judged
from consumers.posting import dead_letter, outgoing_letter
from handlers.inquiries.entry import ITEM_FORMS
from infra.adapters.sealing import Seal
from schemas.envelope import Cause, Dead, Record
from schemas.events import IN, OUT
from schemas.events.inquiries import Block
from schemas.events.reference import KEY_PREFIX, Channel, LicenceKind, LicenceStatus, OrganisationKind, Role, Service
from schemas.topics import DAY_MS, FOR_EVER_MS, INTERNAL, OUTCOMES, TOPICS, dlq
from tests.docs.pages import marked_table, quoted, table, text
from tests.handlers.builders import NEQ, code, inquiry, known, organisation, price, session

PAGE = "docs/contract.md"
ASKED = "guichet.inquiry.requested.v1"
CLOSED: dict[str, Any] = {"in_service_from": None, "billing_account_open": False, "services": {}}
OPEN = organisation()


def kept() -> dict[str, str]:
    """How long each topic keeps its records, in the page's words."""
    told = {}
    for spec in TOPICS:
        days = f"{spec.retention_ms // DAY_MS} days"
        ever = "for ever" if spec.retention_ms == FOR_EVER_MS else days
        told[spec.name] = f"the newest of each key; tombstones {days}" if spec.compacted else ever
    return told


def test_the_topics_in_use_are_named_with_how_long_they_keep() -> None:
    told = {name: row[3] for row in marked_table(PAGE, "topic") for name in quoted(row[0])}
    inputs = [(group, topic) for group, topic in INPUTS if topic not in {INTERNAL, OUTCOMES}]
    used = [*(topic for _, topic in inputs), OUTCOMES, *(dlq(group) for group, _ in inputs)]
    assert told == {name: kept()[name] for name in used}


def members(model: type[BaseModel]) -> list[str]:
    """A model's members in order, with `?` where one may be left out."""
    schema = model.model_json_schema()
    return [name if name in schema.get("required", ()) else f"{name}?" for name in schema["properties"]]


def told(marked: str) -> list[str]:
    """The members named in a text, outside brackets."""
    return [name + optional for name, optional in re.findall(r"`(\w+)`(\??)", re.sub(r"\(.*?\)|\[.*?\]", "", marked))]


def test_every_snapshot_is_explained() -> None:
    assert [row[0] for row in table(PAGE, "type")] == list(KEY_PREFIX)


@pytest.mark.parametrize("row", marked_table(PAGE, "type"), ids=lambda row: row[0])
def test_a_snapshot_has_the_members_named(row: list[str]) -> None:
    [event_type] = quoted(row[0])
    assert told(row[2]) == members(IN[event_type])


def test_an_inquiry_has_the_members_named() -> None:
    [sentence] = re.findall(rf"^`{ASKED}`: (.*?)\. ", text(PAGE), re.M)
    assert told(sentence) == members(IN[ASKED])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("kind", OrganisationKind),
        ("service", Service),
        ("channels", Channel),
        ("blocks", Block),
        ("licence_kind", LicenceKind),
        ("status (driver)", LicenceStatus),
        ("roles", Role),
    ],
)
def test_a_list_has_the_values_named(name: str, values: type[StrEnum]) -> None:
    rows = dict(table(PAGE, "list"))
    assert rows[name].replace("; later:", ",").split(", ") == list(values)


def test_every_kind_of_inquiry_is_explained_with_the_keys_of_its_items() -> None:
    told_keys = {row[0]: quoted(row[1]) for row in marked_table(PAGE, "kind")}
    assert told_keys == {kind: list(forms) for kind, forms in ITEM_FORMS.items()}


def test_every_fact_is_explained() -> None:
    assert [row[0] for row in table(PAGE, "fact")] == list(OUT)


def refusals(environment: str) -> list[str | None]:
    """The codes of an inquiry with which everything is wrong, as one thing after the other is put right."""
    late, items = session(idle=timedelta(minutes=16)), [{"plate": "?"}]
    asked = inquiry(items=items, session=late, environment=environment)
    awake = inquiry(items=items, environment=environment)
    opening = [CLOSED, *({name: getattr(OPEN, name) for name in list(CLOSED)[:count]} for count in (1, 2, 3))]
    steps = [{"organisations": {}}]
    steps += [{"organisations": {NEQ: organisation(**CLOSED | changes)}} for changes in opening]
    codes = [code(asked, known(**{"tariffs": {}} | step)) for step in steps]
    codes += [code(awake, known(tariffs={})), code(awake, known(tariffs={"DRIVER_RECORD": [price("12.50")]}))]
    return list(dict.fromkeys(codes))


def test_the_codes_are_explained_in_the_order_in_which_they_count() -> None:
    assert [row[0] for row in table(PAGE, "code")] == refusals("P")


def test_environment_t_skips_the_codes_named() -> None:
    [skipped] = re.findall(r"Environment T skips (.*?)\. ", text(PAGE))
    left = [one for one in refusals("P") if one not in re.split(", | and ", skipped)]
    assert refusals("T") == left


def test_every_cause_is_explained() -> None:
    assert [row[0] for row in table(PAGE, "cause")] == list(Cause)


def test_a_dead_letter_has_the_headers_named() -> None:
    record = Record("guichet.inquiries", 0, 0, 0, None, b"", ())
    judged = Judged(None, dead=Dead(Cause.DECODE, "value: is empty"))
    letter = dead_letter(INQUIRIES_DESK, record, judged, Seal(bytes(32)), datetime.now(UTC))
    assert set(re.findall(r"`(guichet-[a-z]+)`", text(PAGE))) - {"guichet-signature"} == {
        name for name, _ in outgoing_letter(record, letter).headers
    }


@pytest.fixture
async def sql(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def test_the_read_stores_have_the_columns_named(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        "select 'read.' || table_name as view, array_agg(column_name::text order by ordinal_position) as columns"
        " from information_schema.columns where table_schema = 'read' group by 1"
    )
    columns = {row["view"]: row["columns"] for row in rows}
    for view, named in marked_table(PAGE, "view"):
        assert told(named) == columns[quoted(view)[0]]


@pytest.mark.parametrize(("role", "count"), [("guichet_operator", 9), ("guichet_reader", 7), ("guichet_portal", 7)])
async def test_a_role_may_read_the_views_named(sql: asyncpg.Connection, role: str, count: int) -> None:
    granted = await sql.fetch(
        "select 'read.' || table_name as view from information_schema.table_privileges"
        " where table_schema = 'read' and grantee = $1",
        role,
    )
    assert {row["view"] for row in granted} == {row[0] for row in table(PAGE, "view")[:count]}


async def test_result_content_has_the_arguments_named(sql: asyncpg.Connection) -> None:
    [shown] = re.findall(r"`read\.result_content\((.*?)\)`", text(PAGE))
    arguments = await sql.fetchval("select pg_get_function_arguments('read.result_content'::regproc)")
    bare = [
        re.sub(r" (uuid|integer|text)|::text", "", one).replace("DEFAULT", "default") for one in arguments.split(", ")
    ]
    assert shown.split(", ") == bare
