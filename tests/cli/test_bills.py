"""`guichet bill show` on a stack with made-up data; each test has an organisation of its own."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from producers.made_up.drivers import licence
from producers.made_up.organisations import organisation
from tests.cli.conftest import Done, Run
from tests.rule_mark import rule

Sql = Callable[..., list[dict[str, Any]]]
CHANGE = """
update core.charges set amount = amount {} 1
where item = 1 and inquiry_id = (select inquiry_id from core.charges order by posted_at desc limit 1)"""
BILLED, ALTERED, IDLE = (organisation(n)["neq"] for n in (1, 2, 3))


def ask(on_stack: Run, neq: str) -> Done:
    return on_stack("ask", "DRIVER_RECORD", licence(1), licence(2), "--organisation", neq)


def test_a_bill_has_the_columns_of_charges_and_adds_up(on_stack: Run, sql: Sql) -> None:
    ask(on_stack, BILLED)
    bill = on_stack("bill", "show", BILLED, "--json").document
    columns = sql(
        "select column_name from information_schema.columns where table_name = 'charges' and table_schema = 'read'"
    )
    assert {row["column_name"] for row in columns} <= bill["lines"][0].keys()
    assert Decimal(bill["subtotal"]) == sum(Decimal(line["amount"]) for line in bill["lines"])
    assert Decimal(bill["total"]) == sum(Decimal(bill[name]) for name in ("subtotal", "gst", "qst"))
    assert (bill["organisation"], bill["state"]) == (BILLED, "OPEN")


def test_a_person_sees_a_line_a_service(on_stack: Run) -> None:
    ask(on_stack, BILLED)
    done = on_stack("bill", "show", BILLED)
    assert done.code == 0
    assert done.out.count("DRIVER_RECORD") == 1


def test_the_open_month_may_be_named(on_stack: Run) -> None:
    bill = on_stack("bill", "show", BILLED, "--json").document
    assert on_stack("bill", "show", BILLED, "--month", bill["period"], "--json").document == bill


def test_who_asked_nothing_owes_nothing(on_stack: Run) -> None:
    bill = on_stack("bill", "show", IDLE, "--json").document
    assert (bill["lines"], bill["total"]) == ([], "0.00")


@pytest.mark.parametrize("words", [("1143920115",), (BILLED, "--month", "2001-01")], ids=["organisation", "month"])
def test_a_bill_that_is_none_is_exit_code_1(on_stack: Run, words: tuple[str, ...]) -> None:
    done = on_stack("bill", "show", *words)
    assert (done.code, done.err.count("\n")) == (1, 1)


@rule("X-03")
def test_each_line_is_explained_by_its_tariff(on_stack: Run) -> None:
    ask(on_stack, BILLED)
    done = on_stack("bill", "show", BILLED, "--explain", "--json")
    assert done.code == 0
    assert all(line["expected"] == line["amount"] for line in done.document["lines"])


@pytest.fixture
def altered(on_stack: Run, sql: Sql) -> Iterator[None]:
    """A charge that somebody changed behind Guichet's back."""
    ask(on_stack, ALTERED)
    sql(CHANGE.format("+"))
    yield
    sql(CHANGE.format("-"))


@pytest.mark.usefixtures("altered")
def test_an_altered_charge_is_exit_code_1_and_named(on_stack: Run) -> None:
    done = on_stack("bill", "show", ALTERED, "--explain", "--json")
    (wrong,) = [line for line in done.document["lines"] if line["expected"] != line["amount"]]
    assert (done.code, wrong["expected"], wrong["amount"]) == (1, "14.00", "15.00")
    assert wrong["inquiry_id"] in done.err


@pytest.mark.usefixtures("altered")
def test_an_altered_charge_breaks_the_audit(on_stack: Run) -> None:
    done = on_stack("audit", "--json")
    assert done.code == 1
    assert [law["law"] for law in done.document["laws"] if law["state"] == "BROKEN"] == ["4"]
