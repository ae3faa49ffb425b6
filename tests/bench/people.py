"""Made-up organisations and drivers, declared on Kafka for Guichet and copied by SQL for the baselines."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from schemas.identifiers import made_up_licence, made_up_neq, uuid7

ORGANISATIONS = 40
FAMILY_NAMES = (
    "Tremblay",
    "Gagnon",
    "Roy",
    "Côté",
    "Bouchard",
    "Gauthier",
    "Morin",
    "Lavoie",
    "Fortin",
    "Gagné",
)
FIRST_NAMES = ("Alex", "Camille", "Claude", "Dominique", "Maxime", "Sacha", "Charlie")
FIRST_BIRTH = date(1950, 1, 1)
BIRTH_DAYS = 20_000


@lru_cache(maxsize=ORGANISATIONS)
def neq(number: int) -> str:
    """Give the NEQ of the organisation of a number below `ORGANISATIONS`."""
    return made_up_neq(number)


def _birth_date(number: int) -> date:
    return FIRST_BIRTH + timedelta(days=number * 7 % BIRTH_DAYS)


def licence(number: int) -> str:
    """Give the licence of the driver of a number; different for different numbers below one million."""
    return made_up_licence(number, FAMILY_NAMES[number % len(FAMILY_NAMES)], _birth_date(number))


def declarations(drivers: int, price: str) -> Iterator[tuple[bytes, bytes]]:
    """Give the records of `guichet.reference`: a tariff, the organisations, the drivers."""
    tariff = {"service": "DRIVER_RECORD", "amount": price, "taxable": True, "effective_from": "2020-01-01"}
    yield _record("tariff", "DRIVER_RECORD:2020-01-01", tariff, 0)
    for number in range(ORGANISATIONS):
        yield _record("organisation", neq(number), organisation(number), number)
    for number in range(drivers):
        yield _record("driver", licence(number), driver(number), number)


def organisation(number: int) -> dict[str, Any]:
    """Make the data of an organisation that may ask for drivers' records."""
    return {
        "neq": neq(number),
        "name": f"Ville {number}",
        "kind": "MUNICIPALITE",
        "email": f"greffe{number}@example.org",
        "billing_email": f"comptes{number}@example.org",
        "in_service_from": "2020-01-01",
        "billing_account_open": True,
        "services": [{"service": "DRIVER_RECORD", "channels": ["EVENT"]}],
    }


def driver(number: int) -> dict[str, Any]:
    """Make the data of a driver."""
    return {
        "licence": licence(number),
        "family_name": FAMILY_NAMES[number % len(FAMILY_NAMES)],
        "first_name": FIRST_NAMES[number % len(FIRST_NAMES)],
        "birth_date": _birth_date(number),
        "sex": "MFX"[number % 3],
        "licence_kind": "REGULIER",
        "status": "VALIDE",
        "classes": ["5", "6D", "8"],
        "conditions": ["A"] if number % 4 == 0 else [],
        "mentions": [],
        "prohibitions": [],
        "valid_until": "2030-06-30",
    }


def _record(thing: str, key: str, data: dict[str, Any], number: int) -> tuple[bytes, bytes]:
    now = datetime.now(UTC)
    event_id: UUID = uuid7(int(now.timestamp() * 1000), number)
    event = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "urn:guichet:local",
        "type": f"guichet.{thing}.declared.v1",
        "time": now,
        "data": data,
    }
    return f"{thing}:{key}".encode(), orjson.dumps(event)
