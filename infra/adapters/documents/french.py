"""French as documents write it: months, amounts, services (facts §6)."""

from datetime import date, datetime
from decimal import Decimal

from handlers.timeline import TORONTO

NARROW_SPACE, SPACE, MINUS = "\u202f", "\u00a0", "\u2212"
"""The first two do not break; the last one is a minus sign, not a hyphen."""

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SERVICES = {
    "DRIVER_RECORD": "Dossier de conduite",
    "VEHICLE_RECORD": "Dossier de véhicule",
    "OWNERSHIP_HISTORY": "Historique de propriété",
    "LICENCE_VALIDITY": "Validité du permis de conduire",
    "ATTESTATION": "Attestation",
}


def month(first: date) -> str:
    """Write a month: `novembre 2026`."""
    return f"{MONTHS[first.month - 1]}{SPACE}{first.year}"


def day(instant: datetime) -> str:
    """Write the day that an instant is in, in Toronto: `2026-12-01`."""
    return instant.astimezone(TORONTO).date().isoformat()


def count(number: int) -> str:
    """Write a count: `1 204`."""
    return f"{number:,}".replace(",", NARROW_SPACE).replace("-", MINUS)


def money(amount: Decimal) -> str:
    """Write an amount in CAD: `1 234,56 $`."""
    written = f"{amount:,.2f}".replace(",", NARROW_SPACE).replace(".", ",").replace("-", MINUS)
    return f"{written}{SPACE}$"


def service(code: str) -> str:
    """Name a service; one that has no name here yet stands by its code."""
    return SERVICES.get(code, code)
