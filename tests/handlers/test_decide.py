"""Answered and billed once an item, found or not (P-10, X-03)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import orjson
import pytest

from handlers.decision import Effect
from handlers.inquiries.decide import decide_inquiry
from handlers.inquiries.rows import ChargeRow, InquiryRow, ResultRow
from tests.handlers.builders import (
    ID,
    LICENCE,
    NO_PLATE,
    NOBODY,
    NOON,
    OTHER_NEQ,
    PLATE,
    inquiry,
    known,
    price,
    session,
)
from tests.rule_mark import rule

LATER = NOON + timedelta(seconds=3)


def decide(asked, meets=None, now=LATER):
    return decide_inquiry(asked, meets or known(), now)


def rows(decision, kind):
    return [row for row in decision.rows if isinstance(row, kind)]


def charged(decision):
    return [(row.item, row.amount) for row in rows(decision, ChargeRow)]


@rule("P-10", "X-03")
def test_an_inquiry_that_finds_nothing_is_billed():
    decision = decide(inquiry(items=[{"licence": NOBODY}]), known(tariff="12.50"))
    assert charged(decision) == [(1, Decimal("12.50"))]


@rule("P-10", "P-12", "X-03")
def test_each_item_is_billed_once_found_or_not_also_when_it_is_asked_twice():
    items = [{"plate": PLATE}, {"plate": NO_PLATE}, {"plate": PLATE}]
    decision = decide(inquiry("VEHICLE_RECORD", items), known(tariff="8.05"))
    assert charged(decision) == [(item, Decimal("8.05")) for item in (1, 2, 3)]


@rule("P-10", "X-03")
def test_a_hundred_items_are_a_hundred_results_and_charges():
    decision = decide(inquiry(items=[{"licence": LICENCE}] * 100))
    numbers = list(range(1, 101))
    assert [row.item for row in rows(decision, ResultRow)] == numbers
    assert [row.item for row in rows(decision, ChargeRow)] == numbers


def test_a_charge_names_its_inquiry_organisation_tariff_and_instant():
    meets = known(tariffs={"DRIVER_RECORD": [price("12.50", tariff_no=41)]})
    assert rows(decide(inquiry(), meets), ChargeRow) == [ChargeRow(ID, 1, 3, 41, Decimal("12.50"), LATER)]


@rule("P-10")
def test_a_service_may_cost_nothing_and_is_charged_still():
    assert charged(decide(inquiry(), known(tariff="0.00"))) == [(1, Decimal("0.00"))]


@rule("P-07")
def test_a_result_is_the_frozen_content_and_its_hash():
    (result,) = rows(decide(inquiry(items=[{"licence": NOBODY}])), ResultRow)
    assert orjson.loads(result.content) == {"licence": NOBODY}
    assert result.sha256 == sha256(result.content).digest()
    assert (result.outcome, result.published_at) == ("NOT_FOUND", LATER)


@rule("P-07")
def test_an_answered_inquiry_is_kept_with_what_was_told():
    asked = inquiry(time=NOON - timedelta(minutes=2), employee="E1", reference="R1", items=[{"licence": LICENCE}] * 2)
    (row,) = rows(decide(asked), InquiryRow)
    assert (row.inquiry_id, row.org_no, row.source_no, row.kind) == (ID, 3, 7, "DRIVER_RECORD")
    assert (row.status, row.code, row.environment, row.channel) == ("ANSWERED", None, "P", "EVENT")
    assert (row.requested_at, row.received_at, row.answered_at) == (NOON - timedelta(minutes=2), NOON, LATER)
    assert (row.items, row.employee, row.reference) == (2, "E1", "R1")
    assert row.digest == asked.event.digest


def test_a_refused_inquiry_is_kept_with_its_code_and_no_answer():
    (row,) = decide(inquiry(employee="E1", reference="R1"), known(tariffs={})).rows
    assert (row.status, row.code, row.answered_at, row.org_no) == ("REFUSED", "NO_TARIFF", None, 3)
    assert (row.employee, row.reference) == ("E1", "R1")


def test_an_organisation_that_is_no_neq_has_no_number():
    (row,) = decide(inquiry(organisation="nobody")).rows
    assert (row.org_no, row.code) == (0, "ORGANISATION")


def test_an_organisation_withdrawn_keeps_its_number():
    meets = known(organisations={}, party_numbers={OTHER_NEQ: 9})
    assert decide(inquiry(organisation=OTHER_NEQ), meets).rows[0].org_no == 9


@pytest.mark.parametrize("name", ["employee", "reference"])
def test_a_text_with_control_characters_is_not_kept(name):
    (row,) = decide(inquiry(**{name: "a\0b"})).rows
    assert (row.code, getattr(row, name)) == ("ITEM_FORM", None)


@pytest.mark.parametrize(("asked", "effect"), [({}, Effect.EFFECT), ({"organisation": "?"}, Effect.REFUSAL)])
def test_an_answer_counts_as_an_effect_and_a_refusal_as_one(asked, effect):
    assert decide(inquiry(**asked)).effect is effect


def test_an_answer_frozen_does_not_depend_on_when_it_is_given():
    early, late = (decide(inquiry(), now=now) for now in (NOON, NOON + timedelta(days=3)))
    assert [row.content for row in rows(early, ResultRow)] == [row.content for row in rows(late, ResultRow)]


@pytest.mark.parametrize("items", [[{"licence": LICENCE}], [{"licence": NOBODY}, {"licence": LICENCE}]])
def test_environment_t_has_outcomes_but_no_content_and_no_bill(items):
    decision = decide(inquiry(items=items, environment="T"))
    assert charged(decision) == []
    assert [(row.sha256, row.content) for row in rows(decision, ResultRow)] == [(None, None)] * len(items)
    assert [row.outcome for row in rows(decision, ResultRow)] == [
        "FOUND" if i == items[-1] else "NOT_FOUND" for i in items
    ]
    assert rows(decision, InquiryRow)[0].environment == "T"


def test_a_session_is_not_part_of_what_is_kept():
    assert decide(inquiry(session=session())).rows == decide(inquiry()).rows


OLD, NEW = price("12.50", date(2026, 1, 1), 1), price("13.00", date(2026, 11, 1), 2)
FUTURE = price("99.00", date(2026, 11, 2), 3)
BEGINS, ENDS = datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
INSTANT = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("received_at", "tariff"), [(BEGINS - INSTANT, OLD), (BEGINS, NEW), (ENDS - INSTANT, NEW), (ENDS, FUTURE)]
)
def test_the_tariff_is_that_of_the_date_of_reception_in_toronto(received_at, tariff):
    meets = known(tariffs={"DRIVER_RECORD": [FUTURE, NEW, OLD]})
    (row,) = rows(decide(inquiry(received_at=received_at), meets, now=ENDS + timedelta(days=9)), ChargeRow)
    assert (row.tariff_no, row.amount) == (tariff.tariff_no, tariff.amount)
