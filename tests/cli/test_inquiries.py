"""`guichet ask` and `guichet result` on a stack with made-up data."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from producers.made_up.drivers import licence
from producers.made_up.organisations import organisation
from producers.made_up.vehicles import vehicle
from tests.cli.commands import ID, SECRET
from tests.cli.conftest import Run
from tests.rule_mark import rule

Sql = Callable[..., list[dict[str, Any]]]
NEQ = organisation(0)["neq"]
LICENCE = licence(1)


@pytest.fixture
def asked(on_stack: Run) -> str:
    """An inquiry about two drivers, answered; its inquiry_id."""
    done = on_stack("ask", "DRIVER_RECORD", LICENCE, licence(2), "--organisation", NEQ, "--json")
    return str(done.document["inquiry_id"])


def looked_at(sql: Sql, inquiry: str) -> list[tuple[int, str, str | None]]:
    rows = sql("select item, action, employee from read.consultations where inquiry_id = $1::text::uuid", inquiry)
    return sorted((row["item"], row["action"], row["employee"]) for row in rows)


def test_an_answer_has_its_results_and_its_price(on_stack: Run) -> None:
    done = on_stack("ask", "DRIVER_RECORD", LICENCE, "--organisation", NEQ, "--reference", "A-1", "--json")
    answer = done.document
    assert (done.code, answer["status"], answer["reference"]) == (0, "ANSWERED", "A-1")
    assert [result["outcome"] for result in answer["results"]] == ["FOUND"]
    assert answer["total"] == answer["results"][0]["amount"] == "14.00"


def test_a_person_reads_how_to_see_the_content(on_stack: Run) -> None:
    done = on_stack("ask", "VEHICLE_RECORD", vehicle(1)["plate"], f"vin={vehicle(2)['vin']}", "--organisation", NEQ)
    assert done.code == 0
    assert "guichet result " in done.out


@rule("P-10")
def test_what_is_not_found_is_answered_and_billed(on_stack: Run) -> None:
    answer = on_stack("ask", "VEHICLE_RECORD", "FAKE123", "--organisation", NEQ, "--json").document
    assert [(one["outcome"], one["amount"]) for one in answer["results"]] == [("NOT_FOUND", "9.25")]


def test_a_refusal_is_exit_code_1_and_repeats_nothing(on_stack: Run) -> None:
    done = on_stack("ask", "DRIVER_RECORD", SECRET, "--organisation", "1143920115", "--json")
    assert (done.code, done.document["code"]) == (1, "ORGANISATION")
    assert "ORGANISATION: " in done.err
    assert SECRET not in done.out + done.err


def test_an_event_that_is_a_dead_letter_is_exit_code_1(on_stack: Run) -> None:
    done = on_stack("ask", "DRIVER_RECORD", LICENCE, "--organisation", NEQ, "--employee", "\x01")
    assert done.code == 1
    assert done.err.count("\n") == 1


def test_no_answer_in_time_is_exit_code_3_and_names_the_inquiry(on_stack: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        return None

    monkeypatch.setattr("infra.adapters.postgres.answers.find_end", never)
    done = on_stack("ask", "DRIVER_RECORD", LICENCE, "--organisation", NEQ, "--wait", "0.1")
    assert done.code == 3
    assert "it is not lost" in done.err


@rule("P-09")
def test_looking_at_a_result_is_logged_with_who_looked(on_stack: Run, asked: str, sql: Sql) -> None:
    done = on_stack("result", asked, "1", "--employee", "AG001", "--json")
    assert (done.code, done.document["inquiry_id"], done.document["item"]) == (0, asked, 1)
    assert done.document["content"]
    assert looked_at(sql, asked) == [(1, "VIEW", "AG001")]


def test_all_items_are_one_json_line_and_one_consultation_each(on_stack: Run, asked: str, sql: Sql) -> None:
    done = on_stack("result", asked, "--all")
    assert [json.loads(line)["item"] for line in done.out.splitlines()] == [1, 2]
    assert looked_at(sql, asked) == [(1, "VIEW", None), (2, "VIEW", None)]


def test_a_person_sees_the_contents_members(on_stack: Run, asked: str) -> None:
    done = on_stack("result", asked, "1")
    assert done.code == 0
    assert "status" in done.out


@pytest.mark.parametrize("words", [(ID, "1"), (ID, "--all")], ids=["one", "all"])
def test_the_result_of_an_unknown_inquiry_is_exit_code_1(on_stack: Run, words: tuple[str, ...]) -> None:
    done = on_stack("result", *words)
    assert (done.code, done.err.count("\n")) == (1, 1)


def test_an_item_that_the_inquiry_has_not_is_exit_code_1(on_stack: Run, asked: str, sql: Sql) -> None:
    assert on_stack("result", asked, "3").code == 1
    assert looked_at(sql, asked) == []


def test_a_test_costs_nothing_and_has_no_content(on_stack: Run, sql: Sql) -> None:
    line = ("ask", "DRIVER_RECORD", LICENCE, "--organisation", NEQ, "--environment", "T", "--json")
    answer = on_stack(*line).document
    assert (answer["environment"], answer["total"]) == ("T", "0.00")
    assert on_stack("result", answer["inquiry_id"], "1").code == 1
    assert looked_at(sql, answer["inquiry_id"]) == []
