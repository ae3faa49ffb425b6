"""A snapshot's key agrees with its data, a tombstone's with its type (contract §3)."""

import pytest

from schemas.envelope import Cause, Dead
from schemas.identifiers import made_up_neq, made_up_plate, made_up_vin
from tests.handlers.snapshots import KEYS, decide, snapshot, withdrawal
from tests.schemas.records import DATA

PLATE = made_up_plate(3)
OTHERS = {
    "organisation": f"organisation:{made_up_neq(8)}",
    "driver": "driver:A123456789012",
    "vehicle": f"vehicle:{made_up_vin(8)}",
    "tariff": "tariff:VEHICLE_RECORD:2026-12-01",
    "provision": "provision:C-24.2:328:2010-01-01",
    "source": "source:urn:ville:autre",
}
"""Well-formed keys of something else of the same kind."""
NO_KEY = {
    "organisation": ["", "1", made_up_neq(8)[:-1] + "x", "1171234567", f"{made_up_neq(8)} "],
    "driver": ["", "A12345678901", "a123456789012", "A1234-567890-12"],
    "vehicle": ["", "A", "ABCDEFGHI", "1HGCM82633A004353", PLATE.lower()],
    "tariff": ["", "DRIVER_RECORD", "DRIVER_RECORD:", "DRIVER_RECORD:2026-02-30", "PARKING:2026-12-01", ":2026-12-01"],
    "provision": ["", "C-24.2", "C-24.2:2010-01-01", "C-24.2:327:2010-1-1", ":327:2010-01-01", "C-24.2::2010-01-01"],
    "source": [""],
}
"""What follows the prefix in a key that can be no such thing's."""
WRONG = [(kind, key) for kind in KEYS for key in (OTHERS[kind], KEYS[kind][:-1], KEYS[kind] + "0", KEYS[kind].upper())]
FORMLESS = [(kind, f"{kind}:{rest}") for kind in KEYS for rest in NO_KEY[kind]]
ELSEWHERE = [(kind, KEYS[other]) for kind in KEYS for other in KEYS if other != kind]


def cause(result):
    assert isinstance(result, Dead), result
    return result.cause


@pytest.mark.parametrize(("kind", "key"), WRONG + ELSEWHERE)
def test_a_key_that_disagrees_with_the_data_is_a_dead_letter(kind, key):
    assert cause(decide(snapshot(kind, key=key))) is Cause.KEY


@pytest.mark.parametrize(("kind", "key"), FORMLESS + ELSEWHERE)
def test_a_tombstone_under_a_key_of_another_form_is_a_dead_letter(kind, key):
    assert cause(decide(withdrawal(kind, key=key))) is Cause.KEY


@pytest.mark.parametrize(("kind", "key"), list(OTHERS.items()))
def test_a_tombstone_may_withdraw_what_was_never_declared(kind, key):
    assert decide(withdrawal(kind, key=key)).rows[0].key == key


@pytest.mark.parametrize("vin", [None, DATA["vehicle"]["vin"]])
def test_a_vehicles_key_is_its_vin_or_else_its_plate(vin):
    data = {"vin": vin, "plate": PLATE}
    assert decide(snapshot("vehicle", key=f"vehicle:{vin or PLATE}", **data)).rows[0].key == f"vehicle:{vin or PLATE}"


def test_a_vehicle_that_has_a_vin_is_not_declared_under_its_plate():
    plate = DATA["vehicle"]["plate"]
    assert cause(decide(snapshot("vehicle", key=f"vehicle:{plate}"))) is Cause.KEY


def test_a_vehicle_without_vin_is_withdrawn_by_its_plate():
    assert decide(withdrawal("vehicle", key=f"vehicle:{PLATE}")).rows[0].values is None


@pytest.mark.parametrize("article", ["327", "253(1)a)/320.14(1)a)", "5:1"])
def test_a_provisions_article_may_hold_any_sign(article):
    key = f"provision:C-24.2:{article}:2010-01-01"
    assert decide(snapshot("provision", key=key, article=article)).rows[0].key == key
    assert decide(withdrawal("provision", key=key)).rows[0].key == key


def test_what_is_wrong_with_a_key_is_told_without_it():
    result = decide(snapshot("driver", key="driver:A123456789012"))
    assert "A123456789012" not in result.detail
    assert DATA["driver"]["licence"] not in result.detail
