import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import made_up
from producers.made_up.drawing import Shares, between
from producers.made_up.organisations import (
    FILES_ONLY,
    GROUP,
    NO_BILLING_ACCOUNT,
    NOT_BEFORE_2099,
    NOT_YET,
    VALIDITY_ONLY,
)
from schemas.events import MODELS
from schemas.identifiers import is_neq

NUMBERS = st.integers(0, 399_999)
MAKERS = [("organisation", made_up.organisation), ("driver", made_up.driver), ("vehicle", made_up.vehicle)]
LISTS = [("tariff", made_up.tariffs()), ("provision", made_up.provisions()), ("source", made_up.sources())]


@pytest.mark.parametrize(("thing", "make"), MAKERS)
@given(n=NUMBERS)
def test_every_number_gives_a_snapshot_that_the_contract_accepts(thing, make, n):
    MODELS[f"guichet.{thing}.declared.v1"].validate_python(make(n))


@pytest.mark.parametrize(("thing", "made"), LISTS)
def test_tariffs_provisions_and_sources_are_as_the_contract_wants(thing, made):
    for data in made:
        MODELS[f"guichet.{thing}.declared.v1"].validate_python(data)


@given(n=NUMBERS)
def test_no_organisation_is_a_real_one(n):
    organisation = made_up.organisation(n)
    assert is_neq(organisation["neq"])
    assert 9_500_000 <= int(organisation["neq"][2:9]) <= 9_999_999
    assert re.search(r"@example\.(org|com)$", organisation["email"])
    assert re.search(r"@example\.(org|com)$", organisation["billing_email"])


@given(n=st.integers(0, 999_999))
def test_no_licence_is_a_real_one_and_its_birth_date_can_be_read_back(n):
    driver = made_up.driver(n)
    born, licence = date.fromisoformat(driver["birth_date"]), driver["licence"]
    assert licence[5:11] == f"{born:%d}{born.month + 20}{born:%y}"


@given(n=NUMBERS)
def test_no_vehicle_is_a_real_one(n):
    vehicle = made_up.vehicle(n)
    assert "Q" in vehicle["plate"]
    assert vehicle.get("vin", "0").startswith("0")


@given(n=NUMBERS)
def test_the_uses_of_a_vehicle_follow_each_other(n):
    uses = made_up.vehicle(n)["uses"]
    days = [day for use in uses for day in (use["from"], use.get("to")) if day]
    assert days == sorted(days)
    assert "to" not in uses[-1]


@pytest.mark.parametrize(
    ("make", "name"), [(made_up.organisation, "neq"), (made_up.driver, "licence"), (made_up.vehicle, "plate")]
)
def test_different_numbers_are_different_things(make, name):
    assert len({make(n)[name] for n in range(5_000)}) == 5_000


def test_made_up_data_stays_what_it_was():
    assert made_up.driver(7)["licence"] == "D000016217607"
    assert made_up.vehicle(7)["plate"] == "007QAAA"
    assert made_up.organisation(7)["neq"] == "3395000022"


def test_every_kind_of_closed_door_is_there():
    by_place = {n: made_up.organisation(n) for n in range(GROUP)}
    assert by_place[NOT_YET]["in_service_from"] is None
    assert by_place[NOT_BEFORE_2099]["in_service_from"] == "2099-01-01"
    assert not by_place[NO_BILLING_ACCOUNT]["billing_account_open"]
    assert [service["service"] for service in by_place[VALIDITY_ONLY]["services"]] == ["LICENCE_VALIDITY"]
    assert {tuple(service["channels"]) for service in by_place[FILES_ONLY]["services"]} == {("FILE",)}


def test_most_organisations_have_every_door_open():
    full = [n for n in range(NOT_YET) if len(made_up.organisation(n)["services"]) == 4]
    assert len(full) == NOT_YET


def test_statuses_and_names_are_those_of_quebec():
    drivers = [made_up.driver(n) for n in range(3_000)]
    statuses = Counter(driver["status"] for driver in drivers)
    assert 0.90 < statuses["VALIDE"] / len(drivers) < 0.96
    assert len(statuses) == 8
    assert any("é" in driver["family_name"] for driver in drivers)


@given(n=NUMBERS, low=st.integers(0, 50), more=st.integers(0, 50))
def test_a_number_drawn_lies_between_its_bounds(n, low, more):
    assert low <= between(n, "anything", low, low + more) <= low + more


def test_shares_are_drawn_as_often_as_they_weigh():
    shares = Shares(("often", 3), ("seldom", 1), ("never", 0))
    drawn = Counter(shares.pick(n, "test") for n in range(10_000))
    assert 0.72 < drawn["often"] / 10_000 < 0.78
    assert "never" not in drawn
