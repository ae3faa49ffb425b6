"""From decoded events to what becomes of each: a decision, a dead letter, or nothing (a duplicate)."""

import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import Struct

from consumers.desk import Desk
from consumers.entrance import admit
from handlers.decision import Arrival, Decision, Source, dead
from handlers.timeline import Timeline
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.road import load_blocks, load_sources
from schemas.envelope import Cause, Dead, Event


class Judged(Struct, frozen=True):
    """What became of one record; a duplicate has neither decision nor dead letter."""

    event: Event | None
    decision: Decision | None = None
    dead: Dead | None = None
    aggregate: str | None = None

    @property
    def counted(self) -> str:
        """The counter of `core.progress` that it belongs to."""
        if self.dead is not None:
            return "dead_letters"
        return "duplicates" if self.decision is None else self.decision.effect.value


class Judging:
    """Judges the events of one transaction in their order."""

    def __init__(
        self,
        desk: Desk,
        hmac_keys: Mapping[str, bytes],
        timeline: Timeline,
        now: datetime,
        failure: Exception | None = None,
    ) -> None:
        """Judge for a desk at an instant; `failure`, met outside the decision of one event alone, gives it up."""
        self._desk = desk
        self._hmac_keys = hmac_keys
        self._timeline = timeline
        self._now = now
        self._failure = failure
        self._seen: dict[UUID, tuple[int, bytes]] = {}
        self._blocked: set[str] = set()
        self._known: Any = None

    async def judge(
        self, connection: Connection, decoded: Sequence[Event | Dead], passing: bool = False
    ) -> list[Judged]:
        """Judge decoded events; `passing` lets a redriven event through the block that it is part of.

        Returns:
            One result an event, in the same order.
        """
        sources = await self._sources(connection, decoded)
        entrances = [admit(event, sources, self._hmac_keys, self._timeline) for event in decoded]
        arrivals = [entrance for entrance in entrances if isinstance(entrance, Arrival)]
        await self._load(connection, arrivals, passing)
        return [
            Judged(_event(event), dead=entrance) if isinstance(entrance, Dead) else self._judge(entrance)
            for event, entrance in zip(decoded, entrances, strict=True)
        ]

    async def _sources(self, connection: Connection, decoded: Sequence[Event | Dead]) -> Mapping[str, Source]:
        if self._desk.only_source is not None:
            return {self._desk.only_source.uri: self._desk.only_source}
        uris = {event.envelope.source for event in decoded if isinstance(event, Event)}
        return await load_sources(connection, uris)

    async def _load(self, connection: Connection, arrivals: Sequence[Arrival], passing: bool) -> None:
        if not arrivals:
            return
        if self._desk.inbox is not None:
            self._seen = await self._desk.inbox(connection, {a.event.envelope.id for a in arrivals})
        if self._failure is None:
            self._known = await self._desk.load(connection, arrivals)
        aggregates = {name for a in arrivals if (name := self._desk.aggregate(a.event))}
        if aggregates and not passing:
            self._blocked = set(await load_blocks(connection, aggregates))

    def _judge(self, arrival: Arrival) -> Judged:
        event, inbox = arrival.event, self._desk.inbox is not None
        mark = (arrival.source.source_no, event.digest)
        if inbox and (first := self._seen.get(event.envelope.id)):
            return Judged(event) if first == mark else Judged(event, dead=_conflict(event))
        aggregate = self._desk.aggregate(event)
        if aggregate in self._blocked:
            detail = "waits for an earlier dead letter of its aggregate; redrive or discard that one first"
            return Judged(event, dead=dead(event, Cause.BLOCKED, detail), aggregate=aggregate)
        judged = self._decide(arrival, aggregate)
        if judged.decision is not None and inbox:
            self._seen[event.envelope.id] = mark
        return judged

    def _decide(self, arrival: Arrival, aggregate: str | None) -> Judged:
        """Decide, and catch a bug in the decision: it concerns this event and its aggregate only (design §4)."""
        event = arrival.event
        try:
            if self._failure is not None:
                raise self._failure
            result = self._desk.decide(arrival, self._known, self._now)
            if isinstance(result, Decision):
                self._desk.evolve(self._known, result)
                return Judged(event, result)
            return Judged(event, dead=result)
        except Exception as error:
            if aggregate is not None:
                self._blocked.add(aggregate)
            return Judged(event, dead=dead(event, Cause.BUG, where(error)), aggregate=aggregate)


def where(error: Exception) -> str:
    """Say what was raised and where, without the message, which may hold data."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}; a correction of Guichet and a redrive are needed"


def _event(event: Event | Dead) -> Event | None:
    return event if isinstance(event, Event) else None


def _conflict(event: Event) -> Dead:
    detail = "id: belongs to an earlier event with other content, source or type; send this one under a new id"
    return dead(event, Cause.CONFLICT, detail)
