"""Made-up organisations: most with every door open, one in four closed in one way or another."""

from typing import Any

from producers.made_up.drawing import Shares
from producers.made_up.names import TOWNS
from schemas.identifiers import made_up_neq

PUBLIC = Shares(
    (("MUNICIPALITE", "Ville de {town}"), 45),
    (("COUR_MUNICIPALE", "Cour municipale de {town}"), 30),
    (("CORPS_POLICIER", "Service de police de {town}"), 15),
    (("MINISTERE", "Direction régionale de {town}"), 5),
    (("ETABLISSEMENT_SCOLAIRE", "Centre de services scolaire de {town}"), 5),
)
PRIVATE = Shares(
    (("ENTREPRISE", "Autos Boréales {town} inc."), 70),
    (("OSBL", "Les Routes sûres de {town}"), 20),
    (("AUTRE", "Regroupement des huissiers de {town}"), 10),
)
GROUP = 20
"""Organisations come in groups of so many; within each, these places have a closed door."""
NOT_YET, NOT_BEFORE_2099, NO_BILLING_ACCOUNT, VALIDITY_ONLY, FILES_ONLY = 15, 16, 17, 18, 19
ANSWERED = ("DRIVER_RECORD", "VEHICLE_RECORD", "OWNERSHIP_HISTORY", "LICENCE_VALIDITY")
BLOCKS = ["CONDITIONS", "MENTIONS", "PROHIBITIONS"]

OPEN_SOURCE = "urn:example:partners"
SIGNED_SOURCE = "urn:example:signed-partner"
NARROW_SOURCE = "urn:example:one-partner"
KEY_REF = "example-partner"


def organisation(n: int) -> dict[str, Any]:
    """Make the data of `organisation.declared` for a number below 500,000.

    Of each 20, number 15 is not in service, 16 not before 2099, 17 has no billing account, 18 may only check the
    validity of licences (without blocks), 19 may ask by file only; the others may ask everything by event.
    """
    neq, place = made_up_neq(n), n % GROUP
    town, code = TOWNS[n % len(TOWNS)]
    kind, pattern = (PUBLIC if neq.startswith("88") else PRIVATE).pick(n, "kind")
    return {
        "neq": neq,
        "name": f"{pattern.format(town=town)} {n}",
        "kind": kind,
        "geographic_code": code,
        "email": f"greffe{n}@example.org",
        "billing_email": f"comptes{n}@example.com",
        "in_service_from": {NOT_YET: None, NOT_BEFORE_2099: "2099-01-01"}.get(place, "2020-01-01"),
        "billing_account_open": place != NO_BILLING_ACCOUNT,
        "services": _services(place),
    }


def _services(place: int) -> list[dict[str, Any]]:
    if place == VALIDITY_ONLY:
        return [{"service": "LICENCE_VALIDITY", "channels": ["EVENT"], "blocks": []}]
    channels = ["FILE"] if place == FILES_ONLY else ["EVENT", "FORM"]
    return [
        {"service": service, "channels": channels} | ({"blocks": BLOCKS} if service == "LICENCE_VALIDITY" else {})
        for service in ANSWERED
    ]


def sources() -> list[dict[str, Any]]:
    """Make the data of `source.declared`: one that may speak for all, one that signs, one for organisation 0 only."""
    asks = {"types": ["inquiry.requested"], "roles": ["PARTNER"]}
    return [
        asks | {"uri": OPEN_SOURCE, "organisations": ["*"]},
        asks | {"uri": SIGNED_SOURCE, "organisations": ["*"], "key_ref": KEY_REF},
        asks | {"uri": NARROW_SOURCE, "organisations": [made_up_neq(0)]},
    ]
