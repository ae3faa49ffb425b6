"""`guichet dlq` on a stack: looked at, redriven, given up."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from infra.cli.dlq import _readable
from producers.made_up.drivers import licence
from producers.made_up.organisations import organisation
from schemas.envelope import Record
from tests.acceptance.builders import inquiry
from tests.acceptance.outside import Outside
from tests.cli.commands import ID
from tests.cli.conftest import Run
from tests.conftest import Stack

Event = dict[str, Any]
Bury = Callable[[Event], dict[str, Any]]
NEQ = organisation(0)["neq"]
LICENCE = licence(3)


def from_nobody() -> Event:
    """An inquiry of a source that nobody has declared."""
    return inquiry("DRIVER_RECORD", {"licence": LICENCE}, organisation=NEQ) | {"source": f"urn:example:{uuid4()}"}


@pytest.fixture
def bury(on_stack: Run, seeded: Stack, sql: Callable[..., list[dict[str, Any]]]) -> Bury:
    """Publishes an event that becomes a dead letter; gives its row of `guichet dlq list`."""
    outside = Outside(seeded.env["GUICHET_KAFKA"], None)  # type: ignore[arg-type]

    def buried(event: Event) -> dict[str, Any]:
        outside.send(event)
        for _ in range(400):
            if sql("select from read.dead_letters where event_id = $1::text::uuid", event["id"]):
                break
        rows = on_stack("dlq", "list", "--all", "--json").document
        return dict(next(row for row in rows if row["event_id"] == event["id"]))

    return buried


def state(on_stack: Run, letter: dict[str, Any]) -> str:
    return str(on_stack("dlq", "show", letter["dead_letter_id"], "--json").document["state"])


def test_a_dead_letter_is_listed_with_the_columns_of_its_read_store(
    bury: Bury, sql: Callable[..., list[dict[str, Any]]]
) -> None:
    letter = bury(from_nobody())
    columns = sql(
        "select column_name as name from information_schema.columns where table_name = 'dead_letters'"
        " and table_schema = 'read'"
    )
    assert {column["name"] for column in columns} <= letter.keys()
    assert (letter["cause"], letter["state"]) == ("SOURCE", "OPEN")


def test_a_list_may_be_of_one_cause(bury: Bury, on_stack: Run) -> None:
    bury(from_nobody())
    assert {row["cause"] for row in on_stack("dlq", "list", "--cause", "SOURCE", "--json").document} == {"SOURCE"}
    assert on_stack("dlq", "list", "--cause", "DATA", "--json").document == []


def test_the_original_is_hidden_unless_asked_for(bury: Bury, on_stack: Run) -> None:
    event = from_nobody()
    letter = bury(event)["dead_letter_id"]
    assert LICENCE not in on_stack("dlq", "show", letter).out + on_stack("dlq", "list").out
    original = on_stack("dlq", "show", letter, "--original", "--json").document["original"]
    assert json.loads(original["value"]) == event


def test_redrive_answers_once_the_reason_is_gone(bury: Bury, on_stack: Run) -> None:
    event = from_nobody()
    letter = bury(event)
    on_stack(
        "source", "add", event["source"], "--type", "inquiry.requested", "--organisation", NEQ, "--role", "PARTNER"
    )
    done = on_stack("dlq", "redrive", letter["dead_letter_id"], "--json")
    assert (done.code, [row["state"] for row in done.document]) == (0, ["REDRIVEN"])
    assert state(on_stack, letter) == "REDRIVEN"
    assert on_stack("result", event["id"], "1").code == 0


def test_redrive_of_what_is_still_wrong_is_exit_code_1(bury: Bury, on_stack: Run) -> None:
    letter = bury(from_nobody())
    assert on_stack("dlq", "redrive", letter["dead_letter_id"]).code == 1
    assert state(on_stack, letter) == "OPEN"


def test_what_is_discarded_is_listed_no_more(bury: Bury, on_stack: Run) -> None:
    letter = bury(from_nobody())
    assert on_stack("dlq", "discard", letter["dead_letter_id"], "--reason", "sent again").code == 0
    assert state(on_stack, letter) == "DISCARDED"
    listed = on_stack("dlq", "list", "--json").document
    assert letter["dead_letter_id"] not in {row["dead_letter_id"] for row in listed}


@pytest.mark.parametrize(
    "words",
    [("show", ID), ("redrive", ID), ("redrive", "--cause", "NONE"), ("discard", ID, "--reason", "none")],
    ids=" ".join,
)
def test_a_dead_letter_that_is_none_is_exit_code_1(on_stack: Run, words: tuple[str, ...]) -> None:
    assert on_stack("dlq", *words).code == 1


def test_an_original_is_shown_with_every_header_also_repeated_or_without_a_value() -> None:
    record = Record("guichet.inquiries", 0, 0, 0, b"\xff", None, (("a", b"1"), ("a", b"2"), ("b", None)))
    assert _readable(record) == {"key": r"\xff", "value": None, "headers": [["a", "1"], ["a", "2"], ["b", None]]}
