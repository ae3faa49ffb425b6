"""What an answer shows, and no more (P-11, P-12, P-18 to P-22): contents are frozen when given."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import orjson

from handlers.inquiries.known import Driver, Known, Vehicle
from schemas.events.inquiries import InquiryItem, InquiryKind

FOUND, NOT_FOUND = "FOUND", "NOT_FOUND"
VALID = "VALIDE"


def answer(
    kind: InquiryKind, item: InquiryItem, known: Known, blocks: Collection[str], received_on: date
) -> tuple[str, bytes]:
    """Answer one item of a well-formed inquiry.

    Returns:
        The outcome, and the content as JSON: when nothing is found the question only.
    """
    if item.licence is not None:
        driver = known.drivers.get(item.licence)
        if driver is not None:
            return FOUND, orjson.dumps(DRIVER_CONTENTS[kind](driver, blocks, received_on))
        return NOT_FOUND, orjson.dumps({"licence": item.licence})
    if item.plate is not None:
        question, vehicle = {"plate": item.plate}, known.vehicles_by_plate.get(item.plate)
    else:
        question, vehicle = {"vin": item.vin or ""}, known.vehicles_by_vin.get(item.vin or "")
    if vehicle is not None:
        return FOUND, orjson.dumps(VEHICLE_CONTENTS[kind](vehicle))
    return NOT_FOUND, orjson.dumps(question)


def driver_record(driver: Driver, _blocks: Collection[str], _day: date) -> dict[str, Any]:
    """P-11: the driver's record; points, offences and sanctions are those that Guichet itself holds."""
    return {
        "licence": driver.licence,
        "family_name": driver.family_name,
        "first_name": driver.first_name,
        "birth_date": driver.birth_date,
        "licence_kind": driver.licence_kind,
        "effective_status": driver.status,
        "classes": driver.classes,
        "conditions": driver.conditions,
        "mentions": driver.mentions,
        "prohibitions": driver.prohibitions,
        "points": 0,
        "offences": [],
        "sanctions": [],
    }


def licence_validity(driver: Driver, blocks: Collection[str], day: date) -> dict[str, Any]:
    """P-21, P-22: valid or not, the classes, and the blocks asked; never a name or a reason."""
    content: dict[str, Any] = {
        "valid": driver.status == VALID and driver.valid_until is not None and driver.valid_until >= day,
        "classes": driver.classes,
    }
    for block in blocks:
        content[block.lower()] = getattr(driver, block.lower())
    return content


def vehicle_record(vehicle: Vehicle) -> dict[str, Any]:
    """P-12: the registration of a vehicle, without its owner."""
    return {
        "plate": vehicle.plate,
        "vin": vehicle.vin,
        "make": vehicle.make,
        "model": vehicle.model,
        "model_year": vehicle.model_year,
        "cylinders": vehicle.cylinders,
        "fuel": vehicle.fuel,
        "colour": vehicle.colour,
        "status": vehicle.status,
    }


def ownership_history(vehicle: Vehicle) -> dict[str, Any]:
    """P-18 to P-20: what the vehicle is, how many owners it had and what it was used for."""
    return {
        "make": vehicle.make,
        "model": vehicle.model,
        "model_year": vehicle.model_year,
        "cylinders": vehicle.cylinders,
        "status": vehicle.status,
        "owners": vehicle.owners,
        "uses": [{name: use[name] for name in ("use", "from", "to") if use.get(name)} for use in vehicle.uses],
    }


DRIVER_CONTENTS: dict[InquiryKind, Callable[[Driver, Collection[str], date], dict[str, Any]]] = {
    InquiryKind.DRIVER_RECORD: driver_record,
    InquiryKind.LICENCE_VALIDITY: licence_validity,
}
VEHICLE_CONTENTS: dict[InquiryKind, Callable[[Vehicle], dict[str, Any]]] = {
    InquiryKind.VEHICLE_RECORD: vehicle_record,
    InquiryKind.OWNERSHIP_HISTORY: ownership_history,
}
