"""The outcome that both baselines publish, shaped as Guichet's `inquiry.answered` (contract §4)."""

from datetime import datetime
from typing import Any


def answered(inquiry_id: str, organisation: str, outcome: str, amount: str, now: datetime) -> dict[str, Any]:
    """Make the fact that an inquiry of one item was answered at an instant."""
    return {
        "specversion": "1.0",
        "id": inquiry_id,
        "source": "urn:guichet:bench",
        "type": "guichet.inquiry.answered.v1",
        "time": now,
        "datacontenttype": "application/json",
        "causationid": inquiry_id,
        "correlationid": inquiry_id,
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
