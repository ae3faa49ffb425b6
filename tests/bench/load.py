"""The load: inquiries as CloudEvents of 400 to 500 bytes, 1 % of them repeated, 0.5 % without their kind."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson

from schemas.identifiers import uuid7
from tests.bench.people import ORGANISATIONS, licence, neq

REPEATED, INVALID = 0.01, 0.005
LOCAL_SOURCE = "urn:guichet:local"


@dataclass(frozen=True, slots=True)
class Load:
    """Records to publish as (key, value), and what must come of them."""

    records: Sequence[tuple[bytes, bytes]]
    inquiries: Sequence[UUID]
    invalid: int


def make_load(events: int, drivers: int, seed: int) -> Load:
    """Make `events` records that ask for one licence each, drawn from all drivers."""
    draw = random.Random(seed)
    records: list[tuple[bytes, bytes]] = []
    inquiries: list[UUID] = []
    invalid = 0
    while len(records) < events:
        chance = draw.random()
        if records and chance < REPEATED:
            records.append(records[draw.randrange(max(0, len(records) - 5_000), len(records))])
            invalid += "kind" not in orjson.loads(records[-1][1])["data"]
            continue
        bad = chance < REPEATED + INVALID
        event_id = uuid7(time.time_ns() // 1_000_000, draw.getrandbits(74))
        records.append((str(event_id).encode(), inquiry(event_id, draw, drivers, bad)))
        invalid += bad
        if not bad:
            inquiries.append(event_id)
    return Load(records, inquiries, invalid)


def inquiry(event_id: UUID, draw: random.Random, drivers: int, bad: bool = False) -> bytes:
    """Make one inquiry about a driver's record; a bad one lacks the kind."""
    number = draw.randrange(drivers)
    data = {
        "organisation": neq(draw.randrange(ORGANISATIONS)),
        "employee": f"E{number % 100:04d}",
        "kind": "DRIVER_RECORD",
        "items": [{"licence": licence(number)}],
        "reference": f"dossier {number:08d}",
    }
    if bad:
        del data["kind"]
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(event_id),
            "source": LOCAL_SOURCE,
            "type": "guichet.inquiry.requested.v1",
            "time": datetime.now(UTC),
            "datacontenttype": "application/json",
            "correlationid": str(event_id),
            "data": data,
        }
    )
