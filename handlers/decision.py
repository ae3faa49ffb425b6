"""What a decision is: plain data that the pipeline saves and publishes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from schemas.envelope import Cause, Dead, Event

TORONTO = ZoneInfo("America/Toronto")


class Source(Struct, frozen=True):
    """A declared source: what it may speak of, and for whom (contract §2)."""

    source_no: int
    uri: str
    types: frozenset[str]
    organisations: frozenset[str]
    roles: frozenset[str]
    key_ref: str | None

    @property
    def speaks_for_all(self) -> bool:
        """Whether it may name any organisation."""
        return "*" in self.organisations

    def speaks_for(self, organisation: str) -> bool:
        """Tell whether it may name this organisation (a NEQ)."""
        return self.speaks_for_all or organisation in self.organisations


class Arrival(Struct, frozen=True):
    """An event that may be judged: decoded, of a known source, not too far ahead of the clock.

    Attributes:
        received_at: the record's log-append time, UTC.
        received_on: its day in Toronto, by which tariffs, services and terms are judged.
    """

    event: Event
    source: Source
    received_at: datetime
    received_on: date


@lru_cache(maxsize=4096)
def reception(timestamp_ms: int) -> tuple[datetime, date]:
    """Give the instant of a record's append time and its day in Toronto; a producer's batch shares them."""
    received_at = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return received_at, received_at.astimezone(TORONTO).date()


class Effect(StrEnum):
    """How an event counts in its group's progress row (audit law 7)."""

    EFFECT = "effects"
    REFUSAL = "refusals"
    IGNORED = "ignored"


class Fact(Struct, frozen=True):
    """A fact to publish on `guichet.outcomes`; its id is derived from the event that caused it."""

    type: str
    aggregate: str
    version: int
    data: Mapping[str, Any]


class Decision(Struct, frozen=True):
    """What one event leads to: rows to save (grouped by their type when saved) and facts to publish."""

    effect: Effect
    rows: tuple[Any, ...] = ()
    facts: tuple[Fact, ...] = ()


def dead(event: Event, cause: Cause, detail: str) -> Dead:
    """Make the dead letter of a decoded event."""
    return Dead(cause, detail, event.envelope.id, event.envelope.type)
