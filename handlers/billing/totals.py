"""What an organisation owes for a month (contract §4, Billing)."""

import calendar
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


class TaxRates(NamedTuple):
    """GST and QST from a day on, both on the price before taxes."""

    effective_from: date
    gst: Decimal
    qst: Decimal


TAX_RATES = (TaxRates(date(2013, 1, 1), Decimal("0.05"), Decimal("0.09975")),)
"""Dated, the latest last. Since 2013 the QST is no longer on the GST (facts §4)."""


class Line(NamedTuple):
    """What counts of a line of a bill: a signed amount in CAD, and whether it bears taxes."""

    amount: Decimal
    taxable: bool


class Totals(NamedTuple):
    """The foot of a bill, in CAD, each to the cent."""

    subtotal: Decimal
    taxable_subtotal: Decimal
    gst: Decimal
    qst: Decimal
    total: Decimal


def add_up(lines: Iterable[Line], month: date) -> Totals:
    """Add up the lines of a month; adjustments may bring any of it below zero."""
    subtotal = taxable_subtotal = NOTHING
    for line in lines:
        subtotal += line.amount
        taxable_subtotal += line.amount if line.taxable else NOTHING
    return taxed(subtotal, taxable_subtotal, month)


def taxed(subtotal: Decimal, taxable_subtotal: Decimal, month: date) -> Totals:
    """Put the taxes on what the lines of a month add up to: each rounded once, at the rates of its last day."""
    rates = tax_rates(last_day(month))
    gst, qst = to_the_cent(taxable_subtotal * rates.gst), to_the_cent(taxable_subtotal * rates.qst)
    return Totals(subtotal, taxable_subtotal, gst, qst, subtotal + gst + qst)


def tax_rates(day: date) -> TaxRates:
    """Give the rates in force on a day.

    Raises:
        ValueError: a day before the first rates known here.
    """
    for rates in reversed(TAX_RATES):
        if rates.effective_from <= day:
            return rates
    raise ValueError(f"no tax rates are known before {TAX_RATES[0].effective_from}; add them to TAX_RATES")


def last_day(month: date) -> date:
    """Give the last day of the month that a day is in."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def to_the_cent(amount: Decimal) -> Decimal:
    """Round to the cent, half a cent away from zero (facts §4); nothing has no sign."""
    return amount.quantize(CENT, ROUND_HALF_UP) + NOTHING
