"""Made-up tariffs and provisions; the real tariff is not public (facts §4)."""

from typing import Any

SINCE = "2025-01-01"
PRICES = {
    "DRIVER_RECORD": "14.00",
    "VEHICLE_RECORD": "9.25",
    "OWNERSHIP_HISTORY": "11.75",
    "LICENCE_VALIDITY": "1.50",
    "ATTESTATION": "22.50",
}
PROVISIONS = (
    ("C-24.2", "102", False), ("C-24.2", "105", False), ("C-24.2", "106", False), ("C-24.2", "93.1", False),
    ("C-24.2", "31.1", True), ("C-25.1", "364", True),
)  # fmt: skip


def tariffs() -> list[dict[str, Any]]:
    """Make the data of `tariff.declared`: one tariff a service, in force since 2025."""
    return [
        {"service": service, "amount": amount, "taxable": True, "effective_from": SINCE}
        for service, amount in PRICES.items()
    ]


def provisions() -> list[dict[str, Any]]:
    """Make the data of `provision.declared`: some automatic, some for an analyst (P-15, P-17)."""
    return [
        {"law": law, "article": article, "attestable_from": "2010-01-01", "analysis": analysis}
        for law, article, analysis in PROVISIONS
    ]
