"""Events with defaults, under made-up identifiers that no other test has, so that only what matters shows."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from schemas.identifiers import made_up_licence, made_up_neq, made_up_plate, made_up_vin

Event = dict[str, Any]

LOCAL = "urn:guichet:local"
TORONTO = ZoneInfo("America/Toronto")
KINDS = ("DRIVER_RECORD", "VEHICLE_RECORD", "OWNERSHIP_HISTORY", "LICENCE_VALIDITY")
BLOCKS = ("CONDITIONS", "MENTIONS", "PROHIBITIONS")
PRICES = {"DRIVER_RECORD": "12.50", "VEHICLE_RECORD": "8.05", "OWNERSHIP_HISTORY": "15.00", "LICENCE_VALIDITY": "1.50"}

_numbers = count(1)


def today(days: int = 0) -> str:
    """The date in Toronto, or one some days from it."""
    return (datetime.now(TORONTO).date() + timedelta(days=days)).isoformat()


def now(**later: float) -> str:
    """The instant, or one that is so many minutes (seconds, ...) later."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def event(name: str, data: Event, **attributes: object) -> Event:
    """An event in structured mode; `name` as the contract writes it, without `guichet.` and version."""
    envelope = {"specversion": "1.0", "id": str(uuid4()), "source": LOCAL, "type": f"guichet.{name}.v1", "time": now()}
    return {**envelope, **attributes, "data": data}


def neq() -> str:
    return made_up_neq(1_000_000 + next(_numbers))


def licence() -> str:
    return made_up_licence(900_000 + next(_numbers), "Zéphirin", date(1980, 5, 17))


def plate() -> str:
    return made_up_plate(5_000_000 + next(_numbers))


def vin() -> str:
    return made_up_vin(50_000_000 + next(_numbers))


def service(kind: str, channels: tuple[str, ...] = ("EVENT",), blocks: tuple[str, ...] = ()) -> Event:
    return {"service": kind, "channels": list(channels), "blocks": list(blocks)}


ALL_SERVICES = [*(service(kind) for kind in KINDS[:3]), service("LICENCE_VALIDITY", blocks=BLOCKS)]


def organisation(attributes: Event | None = None, **data: object) -> Event:
    """An organisation in service, with a billing account, entitled to every kind of inquiry."""
    defaults: Event = {
        "neq": neq(),
        "name": "Ville de Sainte-Zéphirine",
        "kind": "MUNICIPALITE",
        "geographic_code": "23027",
        "email": "greffe@ville.example",
        "billing_email": "comptes@ville.example",
        "in_service_from": today(-30),
        "billing_account_open": True,
        "services": ALL_SERVICES,
    }
    return event("organisation.declared", defaults | data, **attributes or {})


def driver(attributes: Event | None = None, **data: object) -> Event:
    """A driver with a valid licence."""
    defaults: Event = {
        "licence": licence(),
        "family_name": "Zéphirin-Quesnel",
        "first_name": "Oxanne",
        "birth_date": "1980-05-17",
        "sex": "F",
        "licence_kind": "REGULIER",
        "status": "VALIDE",
        "classes": ["5", "6D"],
        "conditions": ["A"],
        "mentions": ["M"],
        "prohibitions": ["W"],
        "valid_until": today(400),
    }
    return event("driver.declared", defaults | data, **attributes or {})


def vehicle(attributes: Event | None = None, **data: object) -> Event:
    """A vehicle with plate and VIN, which was a taxi."""
    defaults: Event = {
        "vin": vin(),
        "plate": plate(),
        "make": "TOYOT",
        "model": "COROL",
        "model_year": 2019,
        "cylinders": 4,
        "fuel": "E",
        "colour": "BLE",
        "status": "AUTORISÉ",
        "owners": 3,
        "owner_licence": licence(),
        "uses": [{"use": "TAXI", "from": "2019-05-01", "to": "2021-06-30"}, {"use": "PERSONNEL", "from": "2021-07-01"}],
    }
    return event("vehicle.declared", defaults | data, **attributes or {})


def tariff(kind: str, amount: str, effective_from: str, attributes: Event | None = None, **data: object) -> Event:
    defaults: Event = {"service": kind, "amount": amount, "taxable": True, "effective_from": effective_from}
    return event("tariff.declared", defaults | data, **attributes or {})


def source(attributes: Event | None = None, **data: object) -> Event:
    """An upstream system that may ask for everybody, without a key."""
    defaults: Event = {
        "uri": f"urn:example:partner-{next(_numbers)}",
        "types": ["guichet.inquiry.requested.v1", "guichet.result.viewed.v1", "guichet.charge.adjusted.v1"],
        "organisations": ["*"],
        "roles": ["PARTNER"],
    }
    return event("source.declared", defaults | data, **attributes or {})


def reference_key(declared: Event) -> str:
    """The key that the contract asks of a snapshot (§3)."""
    data = declared["data"]
    thing = declared["type"].split(".")[1]
    names = {
        "organisation": lambda: data["neq"],
        "driver": lambda: data["licence"],
        "vehicle": lambda: data.get("vin") or data["plate"],
        "tariff": lambda: f"{data['service']}:{data['effective_from']}",
        "source": lambda: data["uri"],
    }
    return f"{thing}:{names[thing]()}"


def inquiry(kind: str, *items: Event, organisation: str, attributes: Event | None = None, **data: object) -> Event:
    question = {"organisation": organisation, "kind": kind, "items": list(items)} | data
    return event("inquiry.requested", question, **attributes or {})


def session(idle_minutes: float = 5, at: str | None = None) -> Event:
    """A portal's session whose last activity was some minutes before an instant."""
    ends = datetime.fromisoformat(at or now())
    return {
        "id": str(uuid4()),
        "opened_at": (ends - timedelta(hours=2)).isoformat(),
        "last_activity_at": (ends - timedelta(minutes=idle_minutes)).isoformat(),
        "trust_level": 3,
    }


def viewed(inquiry: str, item: int = 1, action: str = "VIEW", **attributes: object) -> Event:
    data = {"result": {"inquiry": inquiry, "item": item}, "employee": "ABC1234", "action": action}
    return event("result.viewed", data, **attributes)


def adjusted(inquiry: str, amount: str, item: int = 1, **attributes: object) -> Event:
    data = {"charge": {"inquiry": inquiry, "item": item}, "amount": amount, "reason": "Erreur de saisie"}
    return event("charge.adjusted", data, **attributes)
