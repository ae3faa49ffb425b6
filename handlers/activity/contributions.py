"""What each event contributes to the activity of a day, and what changes when contributions do."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

NOTHING = Decimal(0)


class Key(NamedTuple):
    """What activity is counted by; the day is one of Toronto."""

    org_no: int
    day: date
    service: str


class Counts(NamedTuple):
    """What is counted: accepted items, refused inquiries, rejected lines, and what was charged in CAD."""

    accepted: int = 0
    refused: int = 0
    rejected: int = 0
    amount: Decimal = NOTHING


class Contribution(NamedTuple):
    """What one event contributes, by the newest version known of what was told of it."""

    event_id: UUID
    version: int
    key: Key
    counts: Counts


class Change(NamedTuple):
    """A contribution that takes the place of an older one of its event, or of none."""

    old: Contribution | None
    new: Contribution


def newest(changes: Iterable[Change]) -> dict[UUID, Contribution]:
    """Give what each event contributes after all changes, which are in their order."""
    return {change.new.event_id: change.new for change in changes}


def difference(changes: Iterable[Change]) -> dict[Key, Counts]:
    """Add up new less old by key, in the order of the keys."""
    sums: dict[Key, Counts] = {}
    for change in changes:
        _add(sums, change.new.key, change.new.counts, 1)
        if change.old is not None:
            _add(sums, change.old.key, change.old.counts, -1)
    return dict(sorted(sums.items()))


def _add(sums: dict[Key, Counts], key: Key, counts: Counts, sign: int) -> None:
    so_far = sums.get(key, Counts())
    sums[key] = Counts(
        so_far.accepted + sign * counts.accepted,
        so_far.refused + sign * counts.refused,
        so_far.rejected + sign * counts.rejected,
        so_far.amount + sign * counts.amount,
    )
