"""Made-up snapshots on `guichet.reference`: organisations, drivers, vehicles, and what makes them usable."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from producers import made_up
from producers.client import Publisher
from producers.cloud_events import Prepared
from schemas.events.reference import full_type
from schemas.identifiers import uuid7
from schemas.topics import REFERENCE

SOURCE = "urn:guichet:local"
DECLARED_AT = datetime(2026, 1, 1, 5, tzinfo=UTC)
"""The `time` of every made-up snapshot: seeding again changes nothing, and never undoes what came later."""


class Seeded(NamedTuple):
    """How many snapshots of each kind there are to publish."""

    organisations: int
    drivers: int
    vehicles: int
    tariffs: int = len(made_up.tariffs())
    provisions: int = len(made_up.provisions())
    sources: int = len(made_up.sources())


async def seed(publisher: Publisher, counts: Seeded, on_progress: Callable[[int], None] | None = None) -> int:
    """Publish the snapshots and return their number once Kafka has them all; a second time changes nothing.

    Raises:
        PublishError: Kafka did not acknowledge them all; seed again.
    """
    return await publisher.publish_many(snapshots(publisher, counts), on_progress)


def snapshots(publisher: Publisher, counts: Seeded) -> Iterator[Prepared]:
    """Write the snapshots, tariffs and sources first."""
    for thing, key, data in _declared(counts):
        record_key = f"{thing}:{key}"
        digest = int.from_bytes(blake2b(record_key.encode(), digest_size=10).digest())
        event_id = uuid7(int(DECLARED_AT.timestamp() * 1000), digest)
        event_type = full_type(f"{thing}.declared")
        yield publisher.prepare(REFERENCE, event_type, data, key=record_key, id=event_id, time=DECLARED_AT)


def _declared(counts: Seeded) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for data in made_up.tariffs():
        yield "tariff", f"{data['service']}:{data['effective_from']}", data
    for data in made_up.provisions():
        yield "provision", f"{data['law']}:{data['article']}:{data['attestable_from']}", data
    for data in made_up.sources():
        yield "source", data["uri"], data
    for n in range(counts.organisations):
        data = made_up.organisation(n)
        yield "organisation", data["neq"], data
    for n in range(counts.drivers):
        data = made_up.driver(n)
        yield "driver", data["licence"], data
    for n in range(counts.vehicles):
        data = made_up.vehicle(n)
        yield "vehicle", data.get("vin") or data["plate"], data
