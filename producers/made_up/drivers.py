"""Made-up drivers: ages as counted in 2018, three of four without anything special (facts §3.1, §3.2, §5)."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from producers.made_up.drawing import Shares, between, draw
from producers.made_up.names import FAMILY_NAMES, FIRST_NAMES
from schemas.identifiers import made_up_licence

YEAR = 2026
AGES = Shares(
    ((16, 19), 125), ((20, 24), 338), ((25, 34), 845), ((35, 44), 966), ((45, 54), 970), ((55, 64), 1081),
    ((65, 74), 767), ((75, 84), 317), ((85, 89), 47), ((90, 98), 10),
)  # fmt: skip
STATUSES = Shares(
    ("VALIDE", 930), ("NON PAYÉ À L'ÉCHÉANCE", 20), ("EXPIRÉ", 20), ("SUSPENDU", 15), ("RÉVOQUÉ", 6),
    ("ANNULÉ", 4), ("DROIT SUSPENDU", 3), ("DÉCÉDÉ", 2),
)  # fmt: skip
CLASSES = Shares(
    (("5", "6D", "8"), 800), (("5", "6A", "6B", "6C", "6D", "6E", "8"), 100), (("3", "4B", "4C", "5", "6D", "8"), 40),
    (("1", "2", "3", "4A", "4B", "4C", "5", "6D", "8"), 50), (("6D",), 5), (("8",), 5),
)  # fmt: skip
CONDITIONS = Shares(((), 640), (("A",), 330), (("A", "B"), 10), (("J",), 8), (("I",), 4), (("X",), 4), (("Y",), 4))
MENTIONS = Shares(((), 930), (("F",), 30), (("F", "M"), 30), (("F", "M", "T"), 10))
PROHIBITIONS = Shares(((), 990), (("W",), 10))
KINDS_BELOW_AGE = (
    (18, Shares(("APPRENTI", 40), ("PROBATOIRE", 60))),
    (22, Shares(("APPRENTI", 10), ("PROBATOIRE", 30), ("REGULIER", 60))),
    (200, Shares(("REGULIER", 99), ("RESTREINT", 1))),
)
SEXES = Shares(("M", 517), ("F", 483), ("X", 1))


def driver(n: int) -> dict[str, Any]:
    """Make the data of `driver.declared` for a number below 1,000,000; another number is another driver."""
    status = STATUSES.pick(n, "status")
    kind = "AUCUN" if status == "DROIT SUSPENDU" else _kind(n)
    return {
        "licence": licence(n),
        "family_name": _family_name(n),
        "first_name": FIRST_NAMES[draw(n, "first name") % len(FIRST_NAMES)],
        "birth_date": _birth_date(n).isoformat(),
        "sex": SEXES.pick(n, "sex"),
        "licence_kind": kind,
        "status": status,
        "classes": [] if kind == "AUCUN" else ["5"] if kind == "APPRENTI" else list(CLASSES.pick(n, "classes")),
        "conditions": list(CONDITIONS.pick(n, "conditions")),
        "mentions": list(MENTIONS.pick(n, "mentions")),
        "prohibitions": list(PROHIBITIONS.pick(n, "prohibitions")),
        "valid_until": None if kind == "AUCUN" else _valid_until(n, status).isoformat(),
    }


@lru_cache(maxsize=4096)
def licence(n: int) -> str:
    """Give the licence number of driver n: a month above 20, so nobody's."""
    return made_up_licence(n, _family_name(n), _birth_date(n))


def _family_name(n: int) -> str:
    return FAMILY_NAMES[draw(n, "family name") % len(FAMILY_NAMES)]


def _birth_date(n: int) -> date:
    low, high = AGES.pick(n, "age")
    return date(YEAR - between(n, "years", low, high), 1, 1) + timedelta(days=draw(n, "birthday") % 365)


def _kind(n: int) -> str:
    """Young drivers learn or are on probation; few of the others have a restricted licence."""
    age = YEAR - _birth_date(n).year
    kinds = next(kinds for below, kinds in KINDS_BELOW_AGE if age < below)
    return kinds.pick(n, "kind")


def _valid_until(n: int, status: str) -> date:
    first = 2022 if status == "EXPIRÉ" else 2031
    return date(first + draw(n, "term") % 4, 1, 1) + timedelta(days=draw(n, "last day") % 365)
