"""The foot of a bill: taxes rounded once, half a cent away from zero (contract §4, facts §4)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.billing import totals
from handlers.billing.totals import Line, TaxRates, add_up, last_day
from tests.rule_mark import rule

MONTH = date(2026, 11, 1)
AMOUNTS = st.decimals("-99999.99", "99999.99", places=2)
LINES = st.lists(st.builds(Line, AMOUNTS, st.booleans()), max_size=30)


def foot(*amounts, taxable=True):
    """Add up lines and give the foot as texts."""
    return tuple(map(str, add_up([Line(Decimal(amount), taxable) for amount in amounts], MONTH)))


@rule("P-10")
def test_the_example_of_revenu_quebec_comes_out():
    assert foot("100.00") == ("100.00", "100.00", "5.00", "9.98", "114.98")


def test_no_line_is_nothing():
    assert foot() == ("0.00",) * 5


def test_a_line_that_bears_no_tax_counts_in_the_total_only():
    assert foot("12.50", "8.05", taxable=False) == ("20.55", "0.00", "0.00", "0.00", "20.55")


def test_taxes_are_on_the_taxable_lines_only():
    added = add_up([Line(Decimal("100.00"), True), Line(Decimal("50.00"), False)], MONTH)
    assert tuple(map(str, added)) == ("150.00", "100.00", "5.00", "9.98", "164.98")


@pytest.mark.parametrize(
    ("subtotal", "gst"),
    [("0.09", "0.00"), ("0.10", "0.01"), ("0.30", "0.02"), ("0.50", "0.03"), ("0.49", "0.02"), ("0.11", "0.01")],
)
def test_half_a_cent_counts_as_a_cent(subtotal, gst):
    assert foot(subtotal)[2] == gst


@pytest.mark.parametrize(
    ("subtotal", "qst"), [("20.00", "2.00"), ("60.00", "5.99"), ("0.05", "0.00"), ("0.06", "0.01")]
)
def test_the_qst_is_9_975_percent_of_the_price_before_taxes(subtotal, qst):
    assert foot(subtotal)[3] == qst


def test_each_tax_is_rounded_once_and_not_line_by_line():
    assert foot(*["0.10"] * 3)[2] == "0.02"


@pytest.mark.parametrize(("subtotal", "gst"), [("-0.10", "-0.01"), ("-0.30", "-0.02"), ("-100.00", "-5.00")])
def test_below_zero_half_a_cent_is_rounded_away_from_zero(subtotal, gst):
    assert foot(subtotal)[2] == gst


def test_adjustments_may_bring_everything_below_zero():
    assert foot("12.50", "-112.50") == ("-100.00", "-100.00", "-5.00", "-9.98", "-114.98")


@pytest.mark.parametrize("subtotal", ["-0.01", "-0.05"])
def test_a_tax_of_nothing_has_no_sign(subtotal):
    assert foot(subtotal)[2:4] == ("0.00", "0.00")


@given(LINES)
def test_the_total_is_the_sum_of_what_is_above_it(lines):
    added = add_up(lines, MONTH)
    assert added.total == added.subtotal + added.gst + added.qst
    assert added.subtotal == sum((line.amount for line in lines), Decimal())


@given(LINES)
def test_a_bill_and_its_reversal_cancel_each_other(lines):
    there, back = add_up(lines, MONTH), add_up([Line(-line.amount, line.taxable) for line in lines], MONTH)
    assert [one + other for one, other in zip(there, back, strict=True)] == [0] * 5


@given(LINES, st.randoms())
def test_the_order_of_lines_does_not_matter(lines, chance):
    mixed = chance.sample(lines, len(lines))
    assert add_up(mixed, MONTH) == add_up(lines, MONTH)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 11, 1), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2026, 2, 10), date(2026, 2, 28)),
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2100, 2, 1), date(2100, 2, 28)),
    ],
)
def test_the_last_day_of_a_month_is_known(day, last):
    assert last_day(day) == last


@pytest.fixture
def new_rates(monkeypatch):
    """Rates that change on 30 November 2026."""
    new = TaxRates(date(2026, 11, 30), Decimal("0.06"), Decimal("0.10"))
    monkeypatch.setattr(totals, "TAX_RATES", (*totals.TAX_RATES, new))


@pytest.mark.parametrize(("month", "gst"), [(10, "5.00"), (11, "6.00"), (12, "6.00")])
def test_the_rates_are_those_of_the_months_last_day(new_rates, month, gst):
    assert str(add_up([Line(Decimal("100.00"), True)], date(2026, month, 1)).gst) == gst


def test_a_month_before_the_rates_known_is_refused():
    with pytest.raises(ValueError, match="no tax rates are known before 2013-01-01; add them"):
        add_up([], date(2012, 12, 1))
