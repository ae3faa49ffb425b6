"""The form of what is asked (contract §4: ITEM_FORM and DATA)."""

import pytest

from schemas.envelope import decode
from schemas.events import MODELS
from tests.handlers.builders import (
    DRIVER_KINDS,
    KINDS,
    LICENCE,
    NEQ,
    PLATE,
    VEHICLE_KINDS,
    VIN,
    code,
    inquiry,
    known,
    record,
)
from tests.rule_mark import rule

LICENCES = [(kind, {"licence": LICENCE}) for kind in DRIVER_KINDS]
VEHICLES = [(kind, item) for kind in VEHICLE_KINDS for item in ({"plate": PLATE}, {"vin": VIN})]
WRONG_VIN = VIN[:-1] + ("0" if VIN[-1] != "0" else "1")
WRONG_FORMS = {
    "licence": [
        "",
        "X",
        LICENCE[:-1],
        LICENCE + "0",
        LICENCE.lower(),
        f"{LICENCE[:5]}-{LICENCE[5:]}",
        "1" + LICENCE[1:],
    ],
    "plate": ["", "A", "A" * 9, "ab1", "A1 B", "A1-B", "É12", "A1\n"],
    "vin": ["", VIN[:-1], VIN + "0", VIN.lower(), WRONG_VIN, "I" + VIN[1:], "O" + VIN[1:], "Q" + VIN[1:]],
}
"""No form of its identifier, or a wrong check digit."""


def of_items(kind, *items):
    return code(inquiry(kind, list(items)), known())


@pytest.mark.parametrize(("kind", "item"), LICENCES + VEHICLES)
def test_an_item_of_its_kind_is_taken(kind, item):
    assert of_items(kind, item) is None


@pytest.mark.parametrize(
    ("kind", "item"),
    [(kind, item) for kind in DRIVER_KINDS for _, item in VEHICLES]
    + [(kind, LICENCES[0][1]) for kind in VEHICLE_KINDS],
)
def test_a_key_that_does_not_go_with_the_kind_is_refused(kind, item):
    assert of_items(kind, item) == "ITEM_FORM"


@pytest.mark.parametrize(
    ("kind", "key", "text"),
    [
        ("DRIVER_RECORD" if key == "licence" else "VEHICLE_RECORD", key, text)
        for key in WRONG_FORMS
        for text in WRONG_FORMS[key]
    ],
)
def test_an_identifier_of_another_form_is_refused(kind, key, text):
    assert of_items(kind, {key: text}) == "ITEM_FORM"


@pytest.mark.parametrize("plate", ["AB", "A1", "12", "ABCDEFGH", "001QAAB", "L123456"])
def test_a_plate_has_2_to_8_letters_and_digits(plate):
    assert of_items("VEHICLE_RECORD", {"plate": plate}) is None


@pytest.mark.parametrize("vin", ["1HGCM82633A004352", "1M8GDM9AXKP042788"])
def test_a_vin_has_its_check_digit_at_position_9(vin):
    assert of_items("VEHICLE_RECORD", {"vin": vin}) is None


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"plate": None},
        {"plate": PLATE, "vin": VIN},
        {"plate": PLATE, "licence": LICENCE},
        {"plate": PLATE, "law": "C-24.2"},
        {"plate": PLATE, "person": {"family_name": "Essai"}},
    ],
)
def test_an_item_is_one_identifier(item):
    assert of_items("VEHICLE_RECORD", item) == "ITEM_FORM"


def test_a_member_that_is_null_or_unknown_does_not_matter():
    assert of_items("VEHICLE_RECORD", {"plate": PLATE, "vin": None, "colour": "BLA"}) is None


@rule("P-12")
@pytest.mark.parametrize("place", [0, 1, 99])
def test_one_wrong_item_refuses_the_whole_inquiry(place):
    items = [{"plate": PLATE}] * 100
    items[place] = {"plate": "?"}
    assert of_items("VEHICLE_RECORD", *items) == "ITEM_FORM"


@pytest.mark.parametrize("name", ["reference", "employee"])
@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\x7f", "\x85"])
def test_a_control_character_is_refused(name, text):
    assert code(inquiry(**{name: text}), known()) == "ITEM_FORM"


@pytest.mark.parametrize("name", ["reference", "employee"])
def test_other_characters_are_taken(name):
    assert code(inquiry(**{name: "Dossier nº 7, « Zoé » \u200b\u2028 🚗"}), known()) is None


def invalid(items, kind="VEHICLE_RECORD"):
    data = {"organisation": NEQ, "kind": kind, "items": items}
    return decode(record("inquiry.requested", data), MODELS).invalid


@rule("P-12", "P-21")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [1, 100])
def test_1_to_100_items_may_be_asked(number, kind):
    item = {"licence": LICENCE} if kind in DRIVER_KINDS else {"plate": PLATE}
    assert of_items(kind, *[item] * number) is None


@pytest.mark.parametrize("number", [0, 101])
def test_0_and_101_items_are_wrong_data(number):
    assert invalid([{"plate": PLATE}] * number).startswith("data.items: ")
