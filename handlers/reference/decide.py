"""Hold a snapshot, ignore it, or refuse a tariff that would change the past (contract §3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from handlers.decision import Arrival, Decision, Effect, Fact, dead
from schemas.envelope import Cause, Dead, Event
from schemas.events.reference import KEY_PREFIX, Service, key
from schemas.identifiers import is_licence, is_neq, is_plate, is_vin
from schemas.texts import is_day


class Held(NamedTuple):
    """Which snapshot of a key is held: `declared_at` decides, at equal instants the greater id."""

    declared_at: datetime
    event_id: UUID


class SnapshotRow(NamedTuple):
    """A snapshot to hold under its record key, or with `values` None its withdrawal."""

    kind: str
    key: str
    held: Held
    values: Mapping[str, Any] | None


@dataclass(slots=True)
class Known:
    """What a batch of snapshots meets: the snapshots held by key, and the days of each service's tariffs."""

    held: dict[str, Held] = field(default_factory=dict)
    tariff_days: dict[str, set[date]] = field(default_factory=dict)


def record_key(event: Event) -> str:
    """Give the record's key as text; wrong UTF-8 gives a text that agrees with no data."""
    return (event.record.key or b"").decode("utf-8", "replace")


def decide_snapshot(arrival: Arrival, known: Known, _now: datetime) -> Decision | Dead:
    """Hold a snapshot unless one as new is held; refuse a tariff that is not wholly in the future.

    Returns:
        A row to save, nothing (IGNORED), a refusal of a tariff, or a dead letter when the key disagrees.
    """
    event = arrival.event
    text, prefix = record_key(event), KEY_PREFIX[event.envelope.type]
    agrees = _of_form(text, prefix) if event.data is None else text == key(event.data)
    if not agrees:
        detail = f'key: does not agree with the data; use "{prefix}<its own key>" as contract §3 says'
        return dead(event, Cause.KEY, detail)
    held = Held(event.envelope.time, event.envelope.id)
    if text in known.held and known.held[text] >= held:
        return Decision(Effect.IGNORED)
    if prefix == "tariff:" and not _tariff_is_due(text, arrival, known):
        return _refused(text, event)
    values = event.data.model_dump(mode="json", by_alias=True) if isinstance(event.data, BaseModel) else None
    return Decision(Effect.EFFECT, (SnapshotRow(prefix.rstrip(":"), text, held, values),))


def _of_form(text: str, prefix: str) -> bool:
    """Tell whether a tombstone's key can be one of its type."""
    return text.startswith(prefix) and KEY_FORMS[prefix](text.removeprefix(prefix))


def _is_tariff_key(text: str) -> bool:
    service, _, day = text.partition(":")
    return service in set(Service) and is_day(day)


def _is_provision_key(text: str) -> bool:
    *names, day = text.rsplit(":", 1)
    law, _, article = "".join(names).partition(":")
    return bool(law and article) and is_day(day)


KEY_FORMS: Mapping[str, Callable[[str], bool]] = {
    "organisation:": is_neq,
    "driver:": is_licence,
    "vehicle:": lambda text: is_vin(text) or is_plate(text),
    "tariff:": _is_tariff_key,
    "provision:": _is_provision_key,
    "source:": bool,
}
"""What follows a key's prefix, told by its form alone: a tombstone has no data to compare it with."""


def evolve(known: Known, decision: Decision) -> None:
    """Take a snapshot of this batch into account for the next one."""
    for row in decision.rows:
        known.held[row.key] = row.held
        if row.kind == "tariff":
            service, day = tariff_key(row.key)
            days = known.tariff_days.setdefault(service, set())
            days.discard(day) if row.values is None else days.add(day)


def tariff_key(text: str) -> tuple[str, date]:
    """Split `tariff:<service>:<effective_from>`; raises ValueError when it is not of that form."""
    prefix, service, day = text.split(":")
    if prefix != "tariff" or not service:
        raise ValueError("no tariff's key")
    return service, date.fromisoformat(day)


def _tariff_is_due(text: str, arrival: Arrival, known: Known) -> bool:
    """Tell whether a tariff may be taken: in the future, or the first of its service; one in force stays."""
    service, day = tariff_key(text)
    days = known.tariff_days.get(service, set())
    if arrival.event.data is None:
        return day > arrival.received_on or day not in days
    return day > arrival.received_on or not days


def _refused(text: str, event: Event) -> Decision:
    service, day = tariff_key(text)
    data = {"service": service, "effective_from": day.isoformat(), "code": "RETROACTIVE"}
    fact = Fact("guichet.tariff.refused.v1", str(event.envelope.id), 1, data)
    return Decision(Effect.REFUSAL, (), (fact,))
