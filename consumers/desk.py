"""What stands behind a topic: how its events are loaded, decided and saved. The pipeline does the rest."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from handlers.decision import Arrival, Decision, Source
from infra.adapters.postgres.connection import Connection
from schemas.envelope import Dead, Event, Models, Record, decode


@dataclass(frozen=True, slots=True)
class Desk:
    """One input topic's group and its functions.

    Attributes:
        models: the event types taken here; anything else becomes a dead letter. None where `decode` knows them itself.
        inbox: source number and digest of the ids already used; None where `time` decides.
        load: reads, by sets, what the decisions need; locks what several partitions can touch.
        decide: the pure decision on one event.
        evolve: takes one decision into account for the later events of the batch.
        aggregate: names what a bug in this event blocks; None when it blocks nothing (design §4).
        writers: how each type of row is saved; rows are saved in this order.
        items: how many items an event counts for when a batch is split into transactions.
        only_source: who alone writes on the topic; None where the declared sources do.
        observe: tells telemetry of what was decided, once it is committed.
        decode: reads a record by the models.
    """

    group: str
    topic: str
    models: Models
    inbox: Callable[[Connection, Collection[UUID]], Awaitable[dict[UUID, tuple[int, bytes]]]] | None
    load: Callable[[Connection, Sequence[Arrival]], Awaitable[Any]]
    decide: Callable[[Arrival, Any, datetime], Decision | Dead]
    evolve: Callable[[Any, Decision], None]
    aggregate: Callable[[Event], str | None]
    writers: Mapping[type[Any], Callable[[Connection, list[Any]], Awaitable[None]]]
    items: Callable[[Event], int]
    only_source: Source | None = None
    observe: Callable[[Sequence[tuple[Event, Decision]], datetime], None] = lambda _decided, _now: None
    decode: Callable[[Record, Models], Event | Dead] = decode
