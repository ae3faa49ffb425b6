"""Builders of what follows an answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from handlers.decision import Arrival, Decision, Source
from schemas.envelope import Dead
from tests.handlers.builders import NOON, arrival, source

ASKED = UUID("0190b4c1-0000-7000-8000-000000000001")
"""The inquiry that a follow-up names."""
ITEM = {"inquiry": str(ASKED), "item": 2}


def viewed(by: Source | None = None, received_at: datetime = NOON, **data: Any) -> Arrival:
    """Tell that an employee saw a result."""
    told = {"result": ITEM, "employee": "E1", "action": "VIEW"} | data
    return arrival("result.viewed", told, by or source(), received_at=received_at)


def adjusted(amount: str = "-12.50", by: Source | None = None, id: UUID | None = None, **data: Any) -> Arrival:  # noqa: A002
    """Put a charge right."""
    told = {"charge": ITEM, "amount": amount, "reason": "posted twice"} | data
    return arrival("charge.adjusted", told, by or source(), **({} if id is None else {"id": id}))


def told(decision: Decision | Dead) -> tuple[str, dict[str, Any]]:
    """Give the type and data of the one fact."""
    assert isinstance(decision, Decision), decision
    (fact,) = decision.facts
    return fact.type, dict(fact.data)


def cause(decision: Decision | Dead) -> str:
    """Give the cause of a dead letter, and hold its detail against personal data."""
    assert isinstance(decision, Dead), decision
    assert decision.detail.startswith("source: ")
    return decision.cause
