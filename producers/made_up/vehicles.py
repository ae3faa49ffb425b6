"""Made-up vehicles: makes, uses and states as Québec's register has them (facts §2.1, §3.5)."""

from typing import Any

from producers.made_up.drawing import Shares, between, draw
from producers.made_up.drivers import licence
from schemas.identifiers import made_up_plate, made_up_vin

MODELS = Shares(
    (("HONDA", "CIVIC", 4, "E"), 140), (("TOYOT", "COROL", 4, "E"), 130), (("HYUND", "ELANT", 4, "E"), 110),
    (("MAZDA", "MAZD3", 4, "E"), 90), (("NISSA", "ROGUE", 4, "E"), 90), (("FORD", "F150", 6, "E"), 110),
    (("CHEVR", "SILVE", 8, "E"), 80), (("SUBAR", "CROSS", 4, "E"), 60), (("TESLA", "MOD3", None, "L"), 50),
    (("TOYOT", "PRIUS", 4, "H"), 40), (("KENWO", "T680", 6, "D"), 20), (("HARLE", "SPORT", 2, "E"), 40),
)  # fmt: skip
HOME_MADE = ("ARTIS", "ARTIS", None, "S")
USES = Shares(("PAU", 760), ("CAU", 130), ("RAU", 15), ("TTA", 15), ("BCA", 25), ("PMC", 50), ("TAS", 5))
STATUSES = Shares(("AUTORISÉ À CIRCULER", 900), ("REMISÉ", 70), ("INTERDIT DE CIRCULER", 15), ("MIS AU RANCART", 15))
COLOURS = Shares(("BLA", 24), ("NOI", 22), ("GRI", 24), ("ARG", 8), ("BLE", 10), ("ROU", 8), ("VER", 2), ("BEI", 2))
LAST_YEAR = 2025
WITHOUT_VIN = 100
"""One vehicle in so many is too old to have a VIN."""


def vehicle(n: int) -> dict[str, Any]:
    """Make the data of `vehicle.declared` for a number below 13,824,000; without `vin` when there is none."""
    old = n % WITHOUT_VIN == WITHOUT_VIN - 1
    make, model, cylinders, fuel = HOME_MADE if old else MODELS.pick(n, "model")
    year = between(n, "old year", 1948, 1975) if old else LAST_YEAR - min(draw(n, "age") % 20, draw(n, "newer") % 16)
    owners = 1 + min(draw(n, "owners") % 6, draw(n, "fewer owners") % 4)
    data = {
        "plate": made_up_plate(n),
        "make": make,
        "model": model,
        "model_year": year,
        "cylinders": cylinders,
        "fuel": fuel,
        "colour": COLOURS.pick(n, "colour"),
        "status": STATUSES.pick(n, "status"),
        "owners": owners,
        "owner_licence": licence(n % 1_000_000),
        "uses": _uses(n, year, owners),
    }
    return data if old else data | {"vin": made_up_vin(n)}


def _uses(n: int, year: int, owners: int) -> list[dict[str, str]]:
    """One use, or two that follow each other, such as a taxi sold to a person."""
    first, start = USES.pick(n, "use"), f"{year}-{between(n, 'month', 1, 12):02d}-15"
    if owners == 1 or first == "PAU" or year >= LAST_YEAR:
        return [{"use": first, "from": start}]
    change = f"{year + 1}-{between(n, 'change', 1, 12):02d}"
    return [{"use": first, "from": start, "to": f"{change}-01"}, {"use": "PAU", "from": f"{change}-02"}]
