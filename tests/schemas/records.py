"""Builders of events and records, with defaults so that a test shows only what matters."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from schemas.envelope import Cause, Dead, Event, Record, decode
from schemas.events import MODELS
from schemas.identifiers import made_up_licence, made_up_neq, made_up_plate, made_up_vin
from schemas.topics import INQUIRIES, REFERENCE, TYPE_TOPIC

ID = "0190b4c1-7e2a-7c3d-8e4f-5a6b7c8d9e0f"
INQUIRY, DRIVER = "guichet.inquiry.requested.v1", "guichet.driver.declared.v1"
ABSENT: Any = object()
Headers = tuple[tuple[str, bytes], ...]
STRUCTURED: Headers = (("content-type", b"application/cloudevents+json"),)
ITEM = {"inquiry": ID, "item": 1}
SESSION = {
    "id": "s-1",
    "opened_at": "2026-11-24T14:00:00Z",
    "last_activity_at": "2026-11-24T14:59:00Z",
    "trust_level": 2,
}
DATA: dict[str, dict[str, Any]] = {
    "organisation": {
        "neq": made_up_neq(1),
        "name": "Ville d'Essai",
        "kind": "MUNICIPALITE",
        "geographic_code": "07047",
        "email": "greffe@ville.example",
        "billing_email": "comptes@ville.example",
        "in_service_from": "2026-01-01",
        "billing_account_open": True,
        "services": [{"service": "LICENCE_VALIDITY", "channels": ["EVENT"], "blocks": ["CONDITIONS"]}],
    },
    "driver": {
        "licence": made_up_licence(1, "Essai", date(1990, 2, 3)),
        "family_name": "Essai",
        "first_name": "Zoé",
        "birth_date": "1990-02-03",
        "sex": "F",
        "licence_kind": "REGULIER",
        "status": "VALIDE",
        "classes": ["5"],
        "conditions": [],
        "mentions": [],
        "prohibitions": [],
        "valid_until": "2030-02-03",
    },
    "vehicle": {
        "vin": made_up_vin(1),
        "plate": made_up_plate(1),
        "make": "MARQU",
        "model": "MODEL",
        "model_year": 2020,
        "cylinders": 4,
        "fuel": "E",
        "colour": "BLA",
        "status": "AUTORISÉ",
        "owners": 2,
        "uses": [{"use": "PROMENADE", "from": "2020-05-01"}],
    },
    "tariff": {
        "service": "DRIVER_RECORD",
        "amount": "12.50",
        "taxable": True,
        "effective_from": "2026-12-01",
    },
    "provision": {"law": "C-24.2", "article": "327", "attestable_from": "2010-01-01", "analysis": False},
    "source": {
        "uri": "urn:ville:systeme",
        "types": ["guichet.inquiry.requested.v1"],
        "organisations": [made_up_neq(1)],
        "roles": ["PARTNER"],
    },
    "inquiry": {
        "organisation": made_up_neq(1),
        "kind": "VEHICLE_RECORD",
        "items": [{"plate": made_up_plate(1)}],
    },
    "viewed": {"result": ITEM, "employee": "E1", "action": "VIEW"},
    "adjusted": {"charge": ITEM, "amount": "-12.50", "reason": "posted twice"},
}
TYPES = {
    "organisation": "guichet.organisation.declared.v1",
    "driver": DRIVER,
    "vehicle": "guichet.vehicle.declared.v1",
    "tariff": "guichet.tariff.declared.v1",
    "provision": "guichet.provision.declared.v1",
    "source": "guichet.source.declared.v1",
    "inquiry": INQUIRY,
    "viewed": "guichet.result.viewed.v1",
    "adjusted": "guichet.charge.adjusted.v1",
}


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Copy an object with other members; ABSENT leaves one out."""
    return {name: value for name, value in (dict(base) | dict(changes)).items() if value is not ABSENT}


def data(what: str = "inquiry", **changes: Any) -> dict[str, Any]:
    """Make valid data of a kind of event, with changes."""
    return changed(DATA[what], {name.rstrip("_"): value for name, value in changes.items()})


def event(**changes: Any) -> dict[str, Any]:
    """Make a valid structured inquiry, with changes."""
    base = {
        "specversion": "1.0",
        "id": ID,
        "source": "urn:ville:systeme",
        "type": INQUIRY,
        "time": "2026-11-24T10:00:00-05:00",
        "data": data(),
    }
    return changed(base, changes)


def record(value: bytes | None, headers: Headers = (), topic: str = INQUIRIES, key: bytes | None = b"k") -> Record:
    """Make a record."""
    return Record(topic, 3, 7, 1_764_000_000_000, key, value, headers)


def structured(headers: Headers = STRUCTURED, topic: str | None = None, **changes: Any) -> Record:
    """Make a record in structured mode, on its type's topic unless another is given."""
    content = event(**changes)
    return record(orjson.dumps(content), headers, topic or TYPE_TOPIC.get(content.get("type"), INQUIRIES))


def binary(more: Headers = (), topic: str | None = None, value: Any = ABSENT, **changes: Any) -> Record:
    """Make the same record in binary mode; `value` stands in for the data's bytes."""
    content = event(**changes)
    payload = orjson.dumps(content.pop("data", None)) if value is ABSENT else value
    headers = tuple((f"ce_{name}", str(text).encode()) for name, text in content.items())
    place = topic or TYPE_TOPIC.get(content.get("type"), INQUIRIES)
    return record(payload, (("content-type", b"application/json"), *headers, *more), place)


def tombstone(more: Headers = (), **changes: Any) -> Record:
    """Withdraw a driver."""
    return binary(more, value=None, **({"type": DRIVER, "topic": REFERENCE} | changes))


def taken(record_: Record) -> Event:
    """Decode a record that must be an event."""
    result = decode(record_, MODELS)
    assert isinstance(result, Event), result
    return result


def refused(record_: Record) -> tuple[Cause, str]:
    """Decode a record that must be a dead letter: its cause, and the attribute that its detail begins with."""
    result = decode(record_, MODELS)
    assert isinstance(result, Dead), result
    return result.cause, result.detail.partition(":")[0]
