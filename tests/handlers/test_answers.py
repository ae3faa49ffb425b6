"""What an answer shows, and no more (contract §4, Content of results)."""

from datetime import date, timedelta

import orjson
import pytest

from handlers.inquiries.answers import answer
from schemas.events.inquiries import InquiryItem, InquiryKind
from schemas.events.reference import LicenceStatus
from tests.handlers.builders import (
    BLOCKS,
    DRIVER_KINDS,
    KINDS,
    LICENCE,
    NO_PLATE,
    NO_VIN,
    NOBODY,
    PLATE,
    TODAY,
    VEHICLE_KINDS,
    VIN,
    driver,
    known,
    vehicle,
)
from tests.rule_mark import rule

DAY = timedelta(days=1)


def answered(kind, item, meets=None, blocks=(), on=TODAY):
    return answer(InquiryKind(kind), InquiryItem(**item), meets or known(), blocks, on)


def content(kind, item=None, **more):
    """Give the content of what is found."""
    default = {"licence": LICENCE} if kind in DRIVER_KINDS else {"plate": PLATE}
    outcome, shown = answered(kind, item or default, **more)
    assert outcome == "FOUND"
    return orjson.loads(shown)


@rule("P-11")
def test_a_drivers_record_shows_all_of_it():
    assert content("DRIVER_RECORD") == {
        "licence": LICENCE,
        "family_name": "Essai",
        "first_name": "Zoé",
        "birth_date": "1990-02-03",
        "licence_kind": "REGULIER",
        "effective_status": "VALIDE",
        "classes": ["5", "6D"],
        "conditions": ["A"],
        "mentions": ["M"],
        "prohibitions": ["W"],
        "points": 0,
        "offences": [],
        "sanctions": [],
    }


@rule("P-12")
def test_a_vehicles_record_shows_its_registration():
    assert content("VEHICLE_RECORD") == {
        "plate": PLATE,
        "vin": VIN,
        "make": "MARQU",
        "model": "MODEL",
        "model_year": 2020,
        "cylinders": 4,
        "fuel": "E",
        "colour": "BLA",
        "status": "AUTORISÉ",
    }


@rule("P-18", "P-19", "P-20")
def test_an_ownership_history_shows_the_vehicle_a_count_of_owners_and_the_uses():
    assert content("OWNERSHIP_HISTORY") == {
        "make": "MARQU",
        "model": "MODEL",
        "model_year": 2020,
        "cylinders": 4,
        "status": "AUTORISÉ",
        "owners": 2,
        "uses": [
            {"use": "TAXI", "from": "2020-05-01", "to": "2022-04-30"},
            {"use": "PROMENADE", "from": "2022-05-01"},
        ],
    }


@rule("P-20")
def test_of_a_use_nothing_else_is_shown():
    uses = [{"use": "TAXI", "from": "2020-05-01", "driver": "Zoé Essai"}]
    meets = known(vehicles_by_plate={PLATE: vehicle(uses=uses)})
    assert content("OWNERSHIP_HISTORY", meets=meets)["uses"] == [{"use": "TAXI", "from": "2020-05-01"}]


@rule("P-21")
def test_a_validity_shows_yes_or_no_and_the_classes():
    assert content("LICENCE_VALIDITY") == {"valid": True, "classes": ["5", "6D"]}


@rule("P-22")
@pytest.mark.parametrize(("block", "shown"), [("CONDITIONS", ["A"]), ("MENTIONS", ["M"]), ("PROHIBITIONS", ["W"])])
def test_a_validity_shows_a_block_when_it_is_asked(block, shown):
    assert content("LICENCE_VALIDITY", blocks=[block]) == {"valid": True, "classes": ["5", "6D"], block.lower(): shown}


@rule("P-22")
def test_a_validity_shows_all_blocks_when_all_are_asked():
    shown = content("LICENCE_VALIDITY", blocks=BLOCKS)
    assert shown == {
        "valid": True,
        "classes": ["5", "6D"],
        "conditions": ["A"],
        "mentions": ["M"],
        "prohibitions": ["W"],
    }


@rule("P-21")
@pytest.mark.parametrize(
    ("valid_until", "valid"), [(TODAY - DAY, False), (TODAY, True), (TODAY + DAY, True), (None, False)]
)
def test_a_licence_is_valid_on_its_last_day_still(valid_until, valid):
    meets = known(drivers={LICENCE: driver(valid_until=valid_until)})
    assert content("LICENCE_VALIDITY", meets=meets)["valid"] is valid


@rule("P-21")
@pytest.mark.parametrize("status", list(LicenceStatus))
def test_only_the_status_valide_is_valid_and_no_reason_is_given(status):
    meets = known(drivers={LICENCE: driver(status=status)})
    assert content("LICENCE_VALIDITY", meets=meets) == {"valid": status == "VALIDE", "classes": ["5", "6D"]}


@pytest.mark.parametrize("status", list(LicenceStatus))
def test_a_drivers_record_shows_the_status(status):
    meets = known(drivers={LICENCE: driver(status=status)})
    assert content("DRIVER_RECORD", meets=meets)["effective_status"] == status


@pytest.mark.parametrize("kind", VEHICLE_KINDS)
def test_a_vehicle_is_found_by_its_vin_too(kind):
    assert content(kind, {"vin": VIN}) == content(kind, {"plate": PLATE})


def test_what_a_vehicle_does_not_have_is_null():
    bare = vehicle(vin=None, cylinders=None, fuel=None, colour=None)
    shown = content("VEHICLE_RECORD", meets=known(vehicles_by_plate={PLATE: bare}))
    assert {name for name, value in shown.items() if value is None} == {"vin", "cylinders", "fuel", "colour"}


NOT_FOUND = [(kind, {"licence": NOBODY}) for kind in DRIVER_KINDS] + [
    (kind, item) for kind in VEHICLE_KINDS for item in ({"plate": NO_PLATE}, {"vin": NO_VIN})
]


@rule("P-10")
@pytest.mark.parametrize(("kind", "question"), NOT_FOUND)
def test_what_is_not_found_shows_the_question_only(kind, question):
    outcome, shown = answered(kind, question, blocks=BLOCKS if kind == "LICENCE_VALIDITY" else ())
    assert (outcome, orjson.loads(shown)) == ("NOT_FOUND", question)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "LICENCE_VALIDITY"])
def test_only_a_validity_depends_on_the_day(kind):
    assert content(kind, on=date(2000, 1, 1)) == content(kind, on=date(2100, 1, 1))
