"""The JSON Schemas say what the models take (contract §6): they never refuse what Guichet accepts."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.asyncapi import json_schemas
from schemas.envelope import Dead, decode
from schemas.events import IN, MODELS, OUT
from tests.schemas.records import ABSENT, SESSION, TYPES, changed, data, event, structured

EVERY = pytest.mark.parametrize("what", TYPES)
JSON = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "T", "12.50", "2026-11-24", "\0", [], {}])
SESSIONS = st.sampled_from([ABSENT, None, SESSION, SESSION | {"trust_level": "2"}])


@cache
def validator(what: str) -> Draft202012Validator:
    return Draft202012Validator(json_schemas()[f"{TYPES[what]}.json"])


def both(what: str, **attributes: Any) -> tuple[bool, bool]:
    """Tell whether Guichet takes an event, and whether its schema does."""
    content = event(**{"type": TYPES[what], "data": data(what)} | attributes)
    decoded = decode(structured(**{"type": TYPES[what], "data": data(what)} | attributes), MODELS)
    return not isinstance(decoded, Dead) and decoded.invalid is None, validator(what).is_valid(content)


def with_member(what: str, name: str, value: Any) -> tuple[bool, bool]:
    return both(what, data=changed(data(what), {name: value}))


REQUIRED = {
    "organisation": "neq name kind email billing_email in_service_from billing_account_open services",
    "driver": "licence family_name first_name birth_date sex licence_kind status classes"
    " conditions mentions prohibitions",
    "vehicle": "plate make model model_year status owners",
    "tariff": "service amount taxable effective_from",
    "provision": "law article attestable_from analysis",
    "source": "uri types organisations roles",
    "inquiry": "organisation kind items",
    "viewed": "result employee action",
    "adjusted": "charge amount reason",
}
MEMBERS = [(what, name) for what, names in REQUIRED.items() for name in names.split()]
FILES, FORMS = ("JUG", "PAI", "NPA", "PEC", "FER", "ATT", "REN"), ("JUG", "NPA", "PAI")
SERVICES = ["DRIVER_RECORD", "VEHICLE_RECORD", "OWNERSHIP_HISTORY", "LICENCE_VALIDITY", "ATTESTATION"]
SERVICES += [f"FILE_{name}" for name in FILES] + [f"NOTICE_{name}" for name in FORMS]
CHOICES = [
    ("organisation", "kind"),
    ("driver", "licence_kind"),
    ("driver", "status"),
    ("driver", "sex"),
    ("tariff", "service"),
    ("inquiry", "kind"),
    ("viewed", "action"),
]


def test_there_is_one_for_each_type_and_a_second_for_a_fact_of_the_same_name():
    names = {f"{name}.json" for name in IN} | {f"{name}.fact.json" if name in IN else f"{name}.json" for name in OUT}
    assert set(json_schemas()) == names


@pytest.mark.parametrize("name", json_schemas())
def test_it_is_a_json_schema_of_draft_2020_12(name):
    Draft202012Validator.check_schema(json_schemas()[name])
    assert json_schemas()[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@EVERY
def test_what_is_right_is_taken_by_both(what):
    assert both(what) == (True, True)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "data"])
def test_a_missing_attribute_is_refused_by_both(name):
    assert both("inquiry", **{name: ABSENT}) == (False, False)


@pytest.mark.parametrize(("what", "name"), MEMBERS)
def test_a_missing_member_is_refused_by_both(what, name):
    assert with_member(what, name, ABSENT) == (False, False)


@pytest.mark.parametrize(("what", "name"), MEMBERS)
@pytest.mark.parametrize("value", [1.5, {"a": 1}, [[1]]])
def test_a_member_of_another_kind_is_refused_by_both(what, name, value):
    assert with_member(what, name, value) == (False, False)


@pytest.mark.parametrize(("what", "name"), CHOICES)
@pytest.mark.parametrize("value", ["", "?", "driver_record", "VALIDE "])
def test_a_word_outside_its_list_is_refused_by_both(what, name, value):
    assert with_member(what, name, value) == (False, False)


@pytest.mark.parametrize("code", ["", "1234", "123456", "0704A", "07047 ", "٠٧٠٤٧"])
def test_both_know_a_geographic_code(code):
    assert with_member("organisation", "geographic_code", code) == (False, False)


@pytest.mark.parametrize(
    ("what", "name", "text"),
    [
        ("organisation", "neq", "114392011"),
        ("driver", "licence", "X1234-567890-12"),
        ("vehicle", "plate", "A"),
        ("vehicle", "vin", "1HGCM82633A00435"),
        ("vehicle", "owner_licence", "1234567890123"),
    ],
)
def test_both_know_the_form_of_an_identifier(what, name, text):
    assert with_member(what, name, text) == (False, False)


@pytest.mark.parametrize(
    ("what", "name", "text"), [("organisation", "neq", "1143920116"), ("vehicle", "vin", "1HGCM82633A004353")]
)
def test_a_check_digit_is_known_to_guichet_only(what, name, text):
    assert with_member(what, name, text) == (False, True)


@pytest.mark.parametrize(("what", "name"), [("driver", "family_name"), ("organisation", "name"), ("source", "uri")])
@pytest.mark.parametrize("length", [0, 301])
def test_both_know_how_long_a_name_is(what, name, length):
    assert with_member(what, name, "a" * length) == (False, False)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_may_have_a_tariff(service):
    assert with_member("tariff", "service", service) == (True, True)


@pytest.mark.parametrize(("number", "right"), [(0, False), (1, True), (100, True), (101, False)])
def test_both_count_items(number, right):
    assert with_member("inquiry", "items", [{"plate": "A12BCD"}] * number) == (right, right)


@pytest.mark.parametrize("number", ["4", True, 4.5])
@pytest.mark.parametrize("name", ["owners", "model_year", "cylinders"])
def test_no_number_is_read_from_another_value(name, number):
    assert with_member("vehicle", name, number) == (False, False)


@pytest.mark.parametrize("amount", ["12.5", "012.50", "100000.00", "-1.00", 12.5])
def test_both_know_a_price(amount):
    assert with_member("tariff", "amount", amount) == (False, False)


@pytest.mark.parametrize("amount", ["0.00", "-0.00", "10000000000.00", "+1.00"])
def test_both_know_a_correction(amount):
    assert with_member("adjusted", "amount", amount) == (False, False)


def test_a_use_begins_under_the_contracts_name_only():
    assert with_member("vehicle", "uses", [{"use": "TAXI", "from_": "2020-05-01"}]) == (False, False)


@pytest.mark.parametrize("environment", ["P", "T"])
def test_both_know_the_environments(environment):
    assert with_member("inquiry", "environment", environment) == (True, True)
    assert with_member("inquiry", "environment", environment.lower()) == (False, False)


def test_both_take_an_environment_that_is_null():
    assert with_member("inquiry", "environment", None) == (True, True)


@EVERY
def test_what_is_unknown_is_ignored_by_both(what):
    assert with_member(what, "unknown", {"a": 1}) == (True, True)
    assert both(what, unknown="a") == (True, True)


@pytest.mark.parametrize("name", ["subject", "correlationid", "causationid", "traceparent", "datacontenttype"])
def test_an_optional_attribute_may_be_null(name):
    assert both("inquiry", **{name: None}) == (True, True)


@pytest.mark.parametrize("name", ["subject", "causationid", "traceparent"])
def test_an_optional_attribute_has_at_most_300_characters(name):
    assert both("inquiry", **{name: "a" * 300}) == (True, True)
    assert both("inquiry", **{name: "a" * 301}) == (False, False)


@given(st.sampled_from(sorted(TYPES)), st.data(), JSON, SESSIONS)
def test_what_is_taken_is_never_refused_by_the_schema(what, draw, value, session):
    name = draw.draw(st.sampled_from([*IN[TYPES[what]].model_fields, "unknown"]))
    taken, by_schema = both(what, data=changed(data(what), {name: value, "session": session}))
    assert by_schema or not taken
