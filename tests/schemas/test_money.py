"""Money is a text with two decimals, CAD (contract §2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.money import Amount, SignedAmount, money_text

PRICE, CORRECTION = TypeAdapter(Amount), TypeAdapter(SignedAmount)
NO_MONEY = [
    *("", "12", "12.5", "12.500", "12,50", ".50", "012.50", "00.50", "+1.00", " 1.00", "1.00 ", "1.00\n", "1 000.00"),
    *("1e2", "NaN", "Infinity", "--1.00", "-", "$1.00", "1.00 $", "١.٠٠", "\u22121.00", "1_0.00"),
    *(12.5, 12, True, None, Decimal("12.50"), ["12.50"]),
]


def refuses(adapter, value):
    try:
        adapter.validate_python(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("text", ["0.00", "0.01", "1.00", "12.50", "99999.99"])
def test_a_price_goes_from_nothing_to_99999_99(text):
    assert PRICE.validate_python(text) == Decimal(text)


@pytest.mark.parametrize("text", ["100000.00", "-0.01", "-0.00", "-12.50"])
def test_a_price_is_neither_higher_nor_below_zero(text):
    assert refuses(PRICE, text)


@pytest.mark.parametrize("text", ["0.01", "-0.01", "12.50", "-12.50", "9999999999.99", "-9999999999.99"])
def test_a_correction_has_a_sign(text):
    assert CORRECTION.validate_python(text) == Decimal(text)


@pytest.mark.parametrize("text", ["0.00", "-0.00"])
def test_a_correction_is_not_nothing(text):
    assert refuses(CORRECTION, text)


def test_a_correction_fits_its_column():
    assert refuses(CORRECTION, "10000000000.00")


@pytest.mark.parametrize("value", NO_MONEY)
@pytest.mark.parametrize("adapter", [PRICE, CORRECTION])
def test_anything_else_is_no_money(adapter, value):
    assert refuses(adapter, value)


@given(st.decimals("-9999999999.99", "9999999999.99", places=2))
def test_what_is_written_is_read_back(amount):
    assert Decimal(money_text(amount)) == amount


@pytest.mark.parametrize(("amount", "text"), [("5", "5.00"), ("12.5", "12.50"), ("1E+2", "100.00"), ("-0.1", "-0.10")])
def test_an_amount_is_written_with_two_decimals(amount, text):
    assert money_text(Decimal(amount)) == text


@given(st.decimals("0", "99999.99", places=2))
def test_every_price_is_written_as_it_was_read(amount):
    text = money_text(amount)
    assert PRICE.dump_python(PRICE.validate_python(text)) == text
