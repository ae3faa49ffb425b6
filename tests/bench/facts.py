"""The outcome that both baselines publish, shaped as Guichet's `inquiry.answered` (contract §4)."""

from typing import Any


def answered(inquiry_id: str, organisation: str, outcome: str, amount: str) -> dict[str, Any]:
    """Make the fact that an inquiry of one item was answered."""
    return {
        "specversion": "1.0",
        "id": inquiry_id,
        "source": "urn:guichet:bench",
        "type": "guichet.inquiry.answered.v1",
        "causationid": inquiry_id,
        "aggregate": inquiry_id,
        "version": 1,
        "data": {
            "inquiry": inquiry_id,
            "organisation": organisation,
            "kind": "DRIVER_RECORD",
            "items": [{"item": 1, "outcome": outcome, "amount": amount}],
            "total": amount,
        },
    }
