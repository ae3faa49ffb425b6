"""Count a fact once: what it contributes takes the place of what was known of its event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from handlers.activity.contributions import Change, Contribution, Counts, Key
from handlers.decision import Arrival, Decision, Effect
from schemas.facts import Adjusted, Answered, Counted, Refused, Told

IGNORED = Decision(Effect.IGNORED)
money = lru_cache(maxsize=4096)(Decimal)


@dataclass(slots=True)
class KnownActivity:
    """What counting needs: the numbers of organisations, and what is known of the batch's events."""

    party_numbers: Mapping[str, int] = field(default_factory=dict)
    contributions: dict[UUID, Contribution] = field(default_factory=dict)


def decide_told(arrival: Arrival, known: KnownActivity, _now: datetime) -> Decision:
    """Count what a fact tells; one that counts nowhere, or not any more, is ignored.

    That is: of another type, of environment T, of no organisation or one of which core knows nothing, told before
    facts had their day, or not newer than what is known of its event.
    """
    told = arrival.event.data
    if not isinstance(told, Told) or (new := _contribution(told, known)) is None:
        return IGNORED
    old = known.contributions.get(told.event_id)
    if old is not None and old.version >= new.version:
        return IGNORED
    return Decision(Effect.EFFECT, (Change(old, new),))


def evolve(known: KnownActivity, decision: Decision) -> None:
    """Let the later facts of a batch meet what the earlier ones contribute."""
    for change in decision.rows:
        known.contributions[change.new.event_id] = change.new


def _contribution(told: Told, known: KnownActivity) -> Contribution | None:
    data = told.data
    org_no = known.party_numbers.get(data.organisation or "")
    service, counts = _counts(data)
    if org_no is None or service is None or data.day is None or data.environment == "T":
        return None
    return Contribution(told.event_id, told.version, Key(org_no, data.day, service), counts)


def _counts(data: Counted) -> tuple[str | None, Counts]:
    match data:
        case Answered():
            return data.kind, Counts(accepted=len(data.items), amount=money(data.total))
        case Refused():
            return data.kind, Counts(refused=1)
        case Adjusted():
            return data.service, Counts(amount=money(data.amount))
