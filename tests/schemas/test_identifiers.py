"""Forms and check digits (facts §2)."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.identifiers import (
    has_vin_form,
    is_licence,
    is_neq,
    is_plate,
    is_vin,
    luhn_ok,
    made_up_licence,
    made_up_neq,
    made_up_plate,
    made_up_vin,
)

NUMBERS = st.integers(0, 400_000)


def changed(text, place, sign):
    """Change one character."""
    return text[:place] + sign + text[place + 1 :]


def swapped(text, place):
    """Swap a character with the next one."""
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def with_check(text, place, signs, test):
    """Put the check digit that makes a text right."""
    return next(right for sign in signs if test(right := changed(text, place, sign)))


DIGITS = st.text("0123456789", min_size=17, max_size=17)
"""As many as a VIN has."""
NEQS = DIGITS.map(lambda digits: with_check("88" + digits[:8], 9, "0123456789", is_neq))
VINS = DIGITS.map(lambda digits: with_check(digits, 8, "0123456789X", is_vin))


@pytest.mark.parametrize("neq", ["1143920115", "3380145428", "8879690699"])
def test_a_neq_is_known_by_its_check_digit(neq):
    assert is_neq(neq)


@pytest.mark.parametrize("neq", ["1171234567", "1143920116"])
def test_a_neq_with_a_wrong_check_digit_is_none(neq):
    assert not is_neq(neq)


@pytest.mark.parametrize("form", ["11", "22", "33", "88"])
def test_a_neq_begins_with_its_form_which_is_not_in_the_sum(form):
    assert is_neq(form + "43920115")


@pytest.mark.parametrize("form", ["00", "10", "12", "21", "44", "55", "99"])
def test_no_other_form_is_known(form):
    assert not is_neq(form + "43920115")


@pytest.mark.parametrize(
    "text", ["", "110000000", "11000000000", "1143920115 ", "1143920115\n", "114392011５", "11-43920115"]
)
def test_a_neq_is_10_digits(text):
    assert not is_neq(text)


@given(NEQS, st.integers(2, 9), st.sampled_from("0123456789"))
def test_one_digit_changed_in_a_neq_is_seen(neq, place, digit):
    assume(neq[place] != digit)
    assert not is_neq(changed(neq, place, digit))


@given(NEQS, st.integers(2, 8))
def test_two_neighbours_swapped_in_a_neq_are_seen_unless_they_are_0_and_9(neq, place):
    assume(neq[place] != neq[place + 1])
    assert is_neq(swapped(neq, place)) is ({neq[place], neq[place + 1]} == {"0", "9"})


@pytest.mark.parametrize("digits", ["50009030236228", "0", "18", "79927398713"])
def test_the_last_digit_is_luhns(digits):
    assert luhn_ok(digits)


@pytest.mark.parametrize("digits", ["50009030236229", "1", "19", "79927398710", "97927398713"])
def test_another_last_digit_is_not(digits):
    assert not luhn_ok(digits)


@pytest.mark.parametrize("vin", ["1HGCM82633A004352", "1M8GDM9AXKP042788"])
def test_a_vin_is_known_by_its_check_digit(vin):
    assert is_vin(vin)


@pytest.mark.parametrize("vin", ["1HGCM82633A004353", "1M8GDM9A0KP042788", "1M8GDM9AxKP042788", "1HGCM826X3A004352"])
def test_a_vin_with_a_wrong_check_digit_is_none(vin):
    assert not is_vin(vin)


@pytest.mark.parametrize(
    ("letters", "value"),
    [*zip(("AJ", "BKS", "CLT", "DMU", "ENV", "FW", "GPX", "HY", "RZ"), "123456789", strict=True)],
)
def test_a_letter_counts_as_its_digit_in_a_vin(letters, value):
    vin = with_check(value * 17, 8, "0123456789X", is_vin)
    assert [letter for letter in letters if not is_vin(changed(vin, 3, letter))] == []


@pytest.mark.parametrize("letter", "IOQioqé-* ")
@pytest.mark.parametrize("place", [0, 8, 16])
def test_a_vin_has_no_i_o_or_q_nor_other_signs(letter, place):
    assert not has_vin_form(changed("1HGCM82633A004352", place, letter))


@pytest.mark.parametrize(
    "text", ["", "1HGCM82633A00435", "1HGCM82633A0043520", "1HGCM82633A004352\n", "1hgcm82633a004352"]
)
def test_a_vin_is_17_capitals_and_digits(text):
    assert not has_vin_form(text)


@given(VINS, st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_digit_changed_in_a_vin_is_seen(vin, place, digit):
    assume(vin[place] != digit)
    assert not is_vin(changed(vin, place, digit))


@given(VINS, st.integers(0, 15).filter(lambda place: place not in {7, 8}))
def test_two_digits_swapped_in_a_vin_are_seen(vin, place):
    assume(vin[place] != vin[place + 1])
    assert not is_vin(swapped(vin, place))


@pytest.mark.parametrize("licence", ["X123456789012", "A000000000000"])
def test_a_licence_number_is_a_letter_and_12_digits(licence):
    assert is_licence(licence)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "X12345678901",
        "X1234567890123",
        "x123456789012",
        "É123456789012",
        "1234567890123",
        "X1234-567890-12",
        "X123456789012\n",
    ],
)
def test_anything_else_is_no_licence_number(text):
    assert not is_licence(text)


@pytest.mark.parametrize("plate", ["AB", "12", "001AAA", "A12BCD", "12ABCD", "ABC12D", "L123456", "ABCDEFGH"])
def test_a_plate_is_2_to_8_letters_and_digits(plate):
    assert is_plate(plate)


@pytest.mark.parametrize("text", ["", "A", "ABCDEFGHI", "a12bcd", "A12 BCD", "A12-BCD", "É12BCD", "A12BCD\n", "１２"])
def test_anything_else_is_no_plate(text):
    assert not is_plate(text)


@given(NUMBERS)
def test_what_is_made_up_has_a_right_form(n):
    assert is_neq(made_up_neq(n))
    assert is_vin(made_up_vin(n))
    assert is_plate(made_up_plate(n))
    assert is_licence(made_up_licence(n, "Essai", date(1990, 2, 3)))


@pytest.mark.parametrize(
    ("name", "letter"), [("Élie", "E"), ("ozu", "O"), ("Çelik", "C"), ("Дюма", "X"), ("", "X"), ("'t Hooft", "X")]
)
def test_a_made_up_licence_begins_as_the_name(name, letter):
    assert made_up_licence(1, name, date(1990, 2, 3))[0] == letter


@pytest.mark.parametrize(
    "make", [made_up_neq, made_up_vin, made_up_plate, lambda n: made_up_licence(n, "E", date(1990, 2, 3))]
)
def test_different_numbers_give_different_identifiers(make):
    assert len({make(n) for n in range(20_000)}) == 20_000
