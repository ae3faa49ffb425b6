"""Questions that Guichet refuses at entry, by the code that it must give (contract §4).

NO_TARIFF is not among them: every service has a tariff once made-up data is loaded.
"""

from collections.abc import Callable
from datetime import timedelta

from producers.made_up.organisations import (
    FILES_ONLY,
    NO_BILLING_ACCOUNT,
    NOT_BEFORE_2099,
    NOT_YET,
    VALIDITY_ONLY,
)
from producers.partners.world import ABOUT_DRIVERS, ABOUT_VEHICLES, Data, Desk
from schemas.identifiers import made_up_vin


def _unknown(desk: Desk) -> Data:
    return desk.question(desk.unknown_organisation(), "DRIVER_RECORD")


def _no_neq(desk: Desk) -> Data:
    return desk.question("0000000000", "VEHICLE_RECORD")


def _of_place(place: int, kind: str = "DRIVER_RECORD") -> Callable[[Desk], Data]:
    return lambda desk: desk.question(desk.organisation(place), kind)


def _block_not_granted(desk: Desk) -> Data:
    return desk.question(desk.organisation(VALIDITY_ONLY), "LICENCE_VALIDITY") | {"blocks": ["MENTIONS"]}


def _session_over(desk: Desk) -> Data:
    question = desk.question(desk.organisation(), desk.random.choice(ABOUT_DRIVERS))
    return question | {"session": desk.session(timedelta(minutes=16))}


def _with_items(kind: str, *items: dict[str, str]) -> Callable[[Desk], Data]:
    return lambda desk: desk.question(desk.organisation(), kind) | {"items": list(items)}


def _small_letter(desk: Desk) -> Data:
    question = desk.question(desk.organisation(), "DRIVER_RECORD", (True, True))
    question["items"][1]["licence"] = question["items"][1]["licence"].lower()
    return question


def _wrong_key(desk: Desk) -> Data:
    question = desk.question(desk.organisation(), desk.random.choice(ABOUT_VEHICLES))
    return question | {"items": [desk.item("DRIVER_RECORD", found=True)]}


def _wrong_check_digit(desk: Desk) -> Data:
    vin = made_up_vin(desk.random.randrange(1000))
    wrong = "1" if vin[8] == "0" else "0"
    return _with_items("VEHICLE_RECORD", {"vin": f"{vin[:8]}{wrong}{vin[9:]}"})(desk)


def _control_character(desk: Desk) -> Data:
    return desk.question(desk.organisation(), "LICENCE_VALIDITY") | {"reference": "dossier\t1"}


REFUSALS: tuple[tuple[str, Callable[[Desk], Data]], ...] = (
    ("ORGANISATION", _unknown),
    ("NOT_IN_SERVICE", _of_place(NOT_YET)),
    ("NO_BILLING_ACCOUNT", _of_place(NO_BILLING_ACCOUNT)),
    ("NOT_ENTITLED", _of_place(VALIDITY_ONLY)),
    ("SESSION", _session_over),
    ("ITEM_FORM", _wrong_check_digit),
    ("ORGANISATION", _no_neq),
    ("NOT_IN_SERVICE", _of_place(NOT_BEFORE_2099, "OWNERSHIP_HISTORY")),
    ("NOT_ENTITLED", _of_place(FILES_ONLY, "VEHICLE_RECORD")),
    ("ITEM_FORM", _small_letter),
    ("NOT_ENTITLED", _block_not_granted),
    ("ITEM_FORM", _wrong_key),
    ("ITEM_FORM", _with_items("OWNERSHIP_HISTORY", {"plate": "000QAAA", "vin": made_up_vin(0)})),
    ("ITEM_FORM", _control_character),
)
"""Each code with a way to get it, in the order in which partners make these mistakes."""
