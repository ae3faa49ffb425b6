"""docs/contract.md: its examples are taken, its tables are what the code does."""

from collections.abc import AsyncIterator

import asyncpg
import orjson
import pytest
from pydantic import TypeAdapter

from handlers.inquiries.entry import ITEM_FORMS
from infra.cli.inquiries import TO_DO
from schemas.envelope import Cause, Event, Record, decode, sign
from schemas.events import MODELS, OUT
from schemas.events.reference import KEY_PREFIX
from schemas.topics import TOPICS, TYPE_TOPIC
from tests.docs.pages import blocks, table

PAGE = "docs/contract.md"
KEY = bytes(range(32))


@pytest.mark.parametrize("example", blocks(PAGE, "json event"))
def test_an_example_of_an_event_is_taken(example: str) -> None:
    topic = TYPE_TOPIC[orjson.loads(example)["type"]]
    decoded = decode(Record(topic, 0, 0, 0, None, example.encode(), ()), MODELS)
    assert isinstance(decoded, Event), decoded
    assert decoded.invalid is None


@pytest.mark.parametrize("example", blocks(PAGE, "json fact"))
def test_an_example_of_a_fact_is_one(example: str) -> None:
    fact = orjson.loads(example)
    TypeAdapter(OUT[fact["type"]]).validate_python(fact["data"])
    assert {"causationid", "correlationid", "aggregate", "version"} <= fact.keys()


def test_the_example_of_a_signature_is_right() -> None:
    [value], [signature] = blocks(PAGE, "text signed"), blocks(PAGE, "text signature")
    assert sign(KEY, value.strip().encode()) == signature.strip()


def test_every_cause_is_explained() -> None:
    assert [row[0] for row in table(PAGE, "cause")] == list(Cause)


def test_every_code_is_explained_in_its_order() -> None:
    codes = [row[0] for row in table(PAGE, "code")]
    assert [*codes, "NOT_ATTESTABLE"] == list(TO_DO)


def test_every_kind_of_inquiry_is_explained() -> None:
    assert [row[0] for row in table(PAGE, "kind")] == [
        "DRIVER_RECORD",
        "VEHICLE_RECORD",
        "OWNERSHIP_HISTORY",
        "LICENCE_VALIDITY",
    ]
    assert {row[0] for row in table(PAGE, "kind")} == set(ITEM_FORMS)


def test_every_snapshot_has_its_key_and_members() -> None:
    rows = table(PAGE, "type")
    assert [row[0] for row in rows] == list(KEY_PREFIX)
    for event_type, key, members in rows:
        assert key.startswith(KEY_PREFIX[event_type])
        model = MODELS[event_type].json_schema()
        assert all(member in members for member in model["properties"]), event_type


def test_the_topics_named_are_made() -> None:
    named = {name.strip() for row in table(PAGE, "topic") for name in row[0].split(",")}
    assert named <= {spec.name for spec in TOPICS}


@pytest.fixture
async def columns(database: str) -> AsyncIterator[dict[str, list[str]]]:
    connection = await asyncpg.connect(database)
    rows = await connection.fetch(
        "select 'read.' || table_name as view, array_agg(column_name::text order by ordinal_position) as columns"
        " from information_schema.columns where table_schema = 'read' group by 1"
    )
    yield {row["view"]: row["columns"] for row in rows}
    await connection.close()


async def test_the_read_stores_have_the_columns_named(columns: dict[str, list[str]]) -> None:
    for view, named in table(PAGE, "view"):
        assert named.split(", ") == columns[view]
