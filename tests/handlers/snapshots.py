"""Builders of snapshots of other systems, as `guichet.reference` carries them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from handlers.decision import Arrival, Decision
from handlers.reference.decide import Known, decide_snapshot, evolve
from tests.handlers.builders import NOON, arrival
from tests.schemas.records import DATA

KEYS = {
    "organisation": f"organisation:{DATA['organisation']['neq']}",
    "driver": f"driver:{DATA['driver']['licence']}",
    "vehicle": f"vehicle:{DATA['vehicle']['vin']}",
    "tariff": "tariff:DRIVER_RECORD:2026-12-01",
    "provision": "provision:C-24.2:327:2010-01-01",
    "source": "source:urn:ville:systeme",
}
"""The key of each kind of snapshot in its default form (contract §3)."""


def snapshot(
    kind: str = "driver", minutes: float = 0, n: int = 1, key: str | None = None, at: datetime = NOON, **data: Any
) -> Arrival:
    """Declare something some minutes after noon; ids grow with n."""
    return _arrival(kind, DATA[kind] | data, minutes, n, key, at)


def withdrawal(
    kind: str = "driver", minutes: float = 0, n: int = 1, key: str | None = None, at: datetime = NOON
) -> Arrival:
    """Withdraw something some minutes after noon."""
    return _arrival(kind, None, minutes, n, key, at)


def _arrival(kind: str, data: Any, minutes: float, n: int, key: str | None, at: datetime) -> Arrival:
    told = {"id": UUID(int=n), "time": (NOON + timedelta(minutes=minutes)).isoformat(), "key": key or KEYS[kind]}
    return arrival(f"{kind}.declared", data, received_at=max(at, NOON + timedelta(minutes=minutes)), **told)


def decide(arrival_: Arrival, known: Known | None = None) -> Any:
    """Decide one snapshot, and take it into account for the next one."""
    known = Known() if known is None else known
    decision = decide_snapshot(arrival_, known, NOON)
    if isinstance(decision, Decision):
        evolve(known, decision)
    return decision


def decide_all(*arrivals: Arrival) -> tuple[Known, dict[str, Any]]:
    """Decide snapshots in turn: what is known afterwards, and the values that stand under each key."""
    known, standing = Known(), dict[str, Any]()
    for one in arrivals:
        for row in decide(one, known).rows:
            standing[row.key] = row.values
    return known, standing
