"""What a decision is: plain data that the pipeline saves and publishes."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self
from uuid import UUID

from msgspec import Struct

from handlers.mails.intents import Mail
from schemas.envelope import Cause, Dead, Event


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


class InboxRow(NamedTuple):
    """A row of `core.inbox`: the id is used up, for those events that make no row of their own each time."""

    topic: str
    event_id: UUID
    source_no: int
    digest: bytes

    @classmethod
    def of(cls, arrival: Arrival) -> Self:
        """Take note of an event."""
        event = arrival.event
        return cls(event.record.topic, event.envelope.id, arrival.source.source_no, event.digest)


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
    """What one event leads to: rows to save (grouped by their type when saved), facts to publish, e-mails to send."""

    effect: Effect
    rows: tuple[Any, ...] = ()
    facts: tuple[Fact, ...] = ()
    mails: tuple[Mail, ...] = ()


def dead(event: Event, cause: Cause, detail: str) -> Dead:
    """Make the dead letter of a decoded event."""
    return Dead(cause, detail, event.envelope.id, event.envelope.type)
