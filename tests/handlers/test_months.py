"""Months end on the first at 03:00 in Toronto, also when clocks change; statements add up what was billed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.billing.months import (
    Billed,
    KnownMonths,
    MonthClosing,
    StatementRow,
    closes_at,
    decide_month_ended,
    decide_statements_due,
)
from handlers.billing.totals import Line, add_up, taxed
from handlers.decision import Arrival, Effect, Source
from handlers.timers import TimerRow
from schemas.envelope import Envelope, Event, Record
from schemas.events.internal import MonthEnded, StatementsDue
from tests.handlers.builders import ID
from tests.rule_mark import rule

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
DUE = datetime(2026, 11, 1, 8, tzinfo=UTC)
LATE = datetime(2027, 3, 1, tzinfo=UTC)


def arrived(data, event_type):
    record = Record("guichet.internal", 0, 0, 0, b"months", b"", ())
    event = Event(record, Envelope(ID, "urn:guichet", event_type, DUE), data, b"d" * 16)
    return Arrival(event, Source(0, "urn:guichet", frozenset(), frozenset("*"), frozenset(), None), LATE, LATE.date())


def rows(decision, row_type):
    return [row for row in decision.rows if isinstance(row, row_type)]


@pytest.mark.parametrize(
    ("month", "instant"),
    [
        (date(2026, 10, 1), "2026-11-01T08:00:00+00:00"),  # the clocks went back an hour before
        (date(2026, 11, 1), "2026-12-01T08:00:00+00:00"),
        (date(2026, 12, 1), "2027-01-01T08:00:00+00:00"),
        (date(2027, 2, 1), "2027-03-01T08:00:00+00:00"),
        (date(2027, 3, 1), "2027-04-01T07:00:00+00:00"),
    ],
)
def test_a_month_closes_at_three_in_toronto(month, instant):
    assert closes_at(month).isoformat() == instant


def test_the_open_month_is_closed_and_the_next_ones_end_set():
    decision = decide_month_ended(
        arrived(MonthEnded(month="2026-10-01"), "guichet.month.ended.v1"), KnownMonths(OCTOBER), LATE
    )
    assert rows(decision, MonthClosing) == [MonthClosing(OCTOBER, DUE)]
    assert [(timer.key, timer.due_at) for timer in rows(decision, TimerRow)] == [
        ("statements:2026-10", DUE),
        ("month-end:2026-11", closes_at(NOVEMBER)),
    ]


def test_a_month_that_is_not_the_open_one_is_left_alone():
    event = arrived(MonthEnded(month="2026-10-01"), "guichet.month.ended.v1")
    decision = decide_month_ended(event, KnownMonths(NOVEMBER), LATE)
    assert decision.effect is Effect.IGNORED
    assert rows(decision, MonthClosing) == rows(decision, TimerRow) == []


@rule("P-10")
def test_each_organisation_with_lines_gets_one_statement_dated_when_it_was_due():
    billed = {
        OCTOBER: [
            Billed(1, "1195000006", Decimal("-5.00"), Decimal("-5.00"), "Ville d’Exemple", "comptes@example.org"),
            Billed(2, "3395000014", Decimal("0.00"), Decimal("0.00"), None, None),
        ]
    }
    event = arrived(StatementsDue(month="2026-10-01"), "guichet.statements.due.v1")
    decision = decide_statements_due(event, KnownMonths(NOVEMBER, billed), LATE)
    issued = rows(decision, StatementRow)
    assert [(one.org_no, str(one.total), one.issued_at) for one in issued] == [(1, "-5.75", DUE), (2, "0.00", DUE)]
    assert [fact.data["statement"] for fact in decision.facts] == [str(one.statement_id) for one in issued]
    assert decide_statements_due(event, KnownMonths(NOVEMBER, billed), LATE) == decision


def test_a_month_without_lines_has_no_statement():
    event = arrived(StatementsDue(month="2026-10-01"), "guichet.statements.due.v1")
    assert rows(decide_statements_due(event, KnownMonths(NOVEMBER, {OCTOBER: []}), LATE), StatementRow) == []


AMOUNTS = st.decimals("-9999999999.99", "9999999999.99", places=2)


@rule("P-10")
@given(st.lists(st.builds(Line, AMOUNTS, st.booleans()), max_size=30))
def test_the_lines_of_a_statement_add_up_to_it_whatever_they_are(lines):
    subtotal = sum((line.amount for line in lines), Decimal("0.00"))
    taxable = sum((line.amount for line in lines if line.taxable), Decimal("0.00"))
    totals = add_up(lines, OCTOBER)
    assert totals == taxed(subtotal, taxable, OCTOBER)
    assert totals.total == subtotal + totals.gst + totals.qst
