"""Arrivals and what is known, with defaults so that a test shows only what matters."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from consumers.entrance import admit
from handlers.decision import Arrival, Source
from handlers.inquiries.entry import refusal
from handlers.inquiries.known import Driver, Entitlement, Known, Organisation, Tariff, Vehicle
from handlers.timeline import Timeline
from schemas.envelope import Record, decode
from schemas.events import MODELS
from schemas.identifiers import made_up_licence, made_up_neq, made_up_plate, made_up_vin
from schemas.topics import TYPE_TOPIC

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
"""Noon in Toronto."""
TODAY = date(2026, 11, 24)
ID = UUID("0190b4c1-7e2a-7c3d-8e4f-5a6b7c8d9e0f")
NEQ, OTHER_NEQ = made_up_neq(1), made_up_neq(2)
LICENCE, NOBODY = (made_up_licence(n, "Essai", date(1990, 2, 3)) for n in (1, 2))
PLATE, NO_PLATE = made_up_plate(1), made_up_plate(2)
VIN, NO_VIN = made_up_vin(1), made_up_vin(2)
DRIVER_KINDS, VEHICLE_KINDS = ("DRIVER_RECORD", "LICENCE_VALIDITY"), ("VEHICLE_RECORD", "OWNERSHIP_HISTORY")
KINDS = DRIVER_KINDS + VEHICLE_KINDS
BLOCKS = ("CONDITIONS", "MENTIONS", "PROHIBITIONS")
EVERY_ROLE = frozenset({"PARTNER", "PORTAL", "SAAQ"})


def source(
    organisations: Sequence[str] = ("*",),
    roles: Sequence[str] = tuple(EVERY_ROLE),
    types: Sequence[str] = ("*",),
    key_ref: str | None = None,
) -> Source:
    """Declare a source, allowed everything."""
    return Source(7, "urn:essai", frozenset(types), frozenset(organisations), frozenset(roles), key_ref)


def record(name: str, data: Any, received_at: datetime = NOON, key: str = "k", **attributes: Any) -> Record:
    """Write an event in structured mode; without data it is a tombstone."""
    event_type = f"guichet.{name}.v1"
    envelope = {"specversion": "1.0", "id": str(ID), "source": "urn:essai", "type": event_type}
    envelope |= {"time": received_at.isoformat()} | {member: str(value) for member, value in attributes.items()}
    headers = () if data is not None else tuple((f"ce_{member}", value.encode()) for member, value in envelope.items())
    value = None if data is None else orjson.dumps(envelope | {"data": data})
    milliseconds = (received_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return Record(TYPE_TOPIC[event_type], 0, 0, milliseconds, key.encode(), value, headers)


def arrival(name: str, data: Any, by: Source | None = None, **more: Any) -> Arrival:
    """Let an event in as the road does."""
    by = by or source()
    admitted = admit(decode(record(name, data, **more), MODELS), {by.uri: by}, {}, Timeline())
    assert isinstance(admitted, Arrival), admitted
    return admitted


def inquiry(
    kind: str = "DRIVER_RECORD",
    items: Any = None,
    received_at: datetime = NOON,
    time: datetime | None = None,
    **data: Any,
) -> Arrival:
    """Ask one question of a kind, about what is known."""
    usual = [{"licence": LICENCE}] if kind in DRIVER_KINDS else [{"plate": PLATE}]
    asked = {"organisation": NEQ, "kind": kind, "items": usual if items is None else items} | data
    return arrival("inquiry.requested", asked, received_at=received_at, time=(time or received_at).isoformat())


def session(idle: timedelta = timedelta(0), at: datetime = NOON) -> dict[str, Any]:
    """Tell of a portal's session that has been idle for so long."""
    opened = at - timedelta(hours=2)
    return {"id": "s", "opened_at": opened.isoformat(), "last_activity_at": (at - idle).isoformat(), "trust_level": 2}


def entitlement(channels: Sequence[str] = ("EVENT",), blocks: Sequence[str] = BLOCKS) -> Entitlement:
    """Entitle to a service through a channel, with every block."""
    return Entitlement(frozenset(channels), frozenset(blocks))


def organisation(**changes: Any) -> Organisation:
    """Make an organisation to which every door is open."""
    every = {kind: entitlement() for kind in (*KINDS, "ATTESTATION")}
    return Organisation(3, date(2026, 1, 1), True, every)._replace(**changes)


def driver(**changes: Any) -> Driver:
    """Make a driver with a valid licence."""
    classes, conditions, mentions, prohibitions = ["5", "6D"], ["A"], ["M"], ["W"]
    lists = (classes, conditions, mentions, prohibitions)
    born, until = date(1990, 2, 3), date(2030, 2, 3)
    return Driver(LICENCE, "Essai", "Zoé", born, "REGULIER", "VALIDE", *lists, until)._replace(**changes)


def vehicle(**changes: Any) -> Vehicle:
    """Make a vehicle that was a taxi."""
    uses: list[Mapping[str, Any]] = [
        {"use": "TAXI", "from": "2020-05-01", "to": "2022-04-30"},
        {"use": "PROMENADE", "from": "2022-05-01", "to": None},
    ]
    registered = Vehicle(PLATE, VIN, "MARQU", "MODEL", 2020, 4, "E", "BLA", "AUTORISÉ", 2, uses)
    return registered._replace(**changes)


def price(amount: str, effective_from: date = date(2026, 1, 1), tariff_no: int = 5) -> Tariff:
    """Make a tariff."""
    return Tariff(tariff_no, effective_from, Decimal(amount))


def known(tariff: str = "12.50", **changes: Any) -> Known:
    """Know one organisation, driver and vehicle, and the price of every service."""
    defaults: dict[str, Any] = {
        "organisations": {NEQ: organisation()},
        "party_numbers": {NEQ: 3},
        "tariffs": {kind: [price(tariff)] for kind in (*KINDS, "ATTESTATION")},
        "drivers": {LICENCE: driver()},
        "vehicles_by_plate": {PLATE: vehicle()},
        "vehicles_by_vin": {VIN: vehicle()},
    }
    return Known(**defaults | changes)


def code(asked: Arrival, meets: Known) -> str | None:
    """Give the code with which an inquiry is refused at entry."""
    return refusal(asked.event.data, asked, meets)
