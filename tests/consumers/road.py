"""A road for tests: pipelines on a database, records in the order of their offsets, and the state that they leave."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from consumers.desk import Desk
from consumers.desks import desks
from consumers.pipeline import Pipeline, PipelineSettings
from consumers.redrive import Redrive
from infra.adapters.packing import OutgoingRecord, unpack
from infra.adapters.postgres.connection import Database
from infra.adapters.sealing import Seal
from infra.adapters.settings import INTERNAL_KEY
from schemas.envelope import Record
from schemas.topics import INQUIRIES, REFERENCE
from tests.acceptance.builders import Event, reference_key
from tests.acceptance.outside import binary

TOKEN_KEY = b"t" * 32
SEAL = Seal(b"s" * 32)
TABLES = {
    "inquiries": "inquiry_id, org_no, kind, status, code, environment, channel, items, employee, reference",
    "results": "inquiry_id, item, outcome, sha256",
    "charges": "inquiry_id, item, org_no, tariff_no, amount",
    "adjustments": "adjustment_id, inquiry_id, item, version, amount, reason",
    "consultations": "inquiry_id, item, employee, action, by",
    "drivers": "*",
    "vehicles": "*",
    "organisations": "*",
    "sources": "uri, types, organisations, roles, withdrawn",
    "snapshots": "*",
}
"""What the end state is, table by table; instants of the run and numbers in order of arrival are not part of it."""


def withdrawn(declared: Event, time: str) -> Event:
    """The withdrawal of what an event declared."""
    return declared | {"id": str(uuid4()), "time": time, "data": None, "key": reference_key(declared)}


class Road:
    """One database with its desks; `now` may be turned, a desk or the seal be replaced."""

    def __init__(self, url: str) -> None:
        self.started = datetime.now(UTC).replace(microsecond=0)
        self.now = self.started
        self.database = Database(url)
        self.desks: dict[str, Desk] = desks(TOKEN_KEY)
        self.seal = SEAL
        self._url = url
        self._offsets: dict[tuple[str, int], int] = {}

    def record(self, event: Event, topic: str = INQUIRIES, partition: int = 0, age: timedelta = timedelta()) -> Record:
        """The next record of a partition; a snapshot without data is a withdrawal."""
        key = str(event["key"] if "key" in event else reference_key(event) if topic == REFERENCE else event["id"])
        offset = self._offsets.get((topic, partition), 0)
        self._offsets[topic, partition] = offset + 1
        at_ms = int((self.started - age).timestamp() * 1000)
        value, headers = (json.dumps(event).encode(), ()) if event["data"] else (None, tuple(binary(event)[1]))
        return Record(topic, partition, offset, at_ms, key.encode(), value, headers)

    def change(self, group: str, **parts: Any) -> None:
        """Put other functions behind a topic."""
        self.desks[group] = replace(self.desks[group], **parts)

    def pipeline(self, topic: str = INQUIRIES, database: Database | None = None) -> Pipeline:
        return Pipeline(self.desks[topic], database or self.database, self._settings())

    def _settings(self) -> PipelineSettings:
        return PipelineSettings({INTERNAL_KEY: b"i" * 32}, self.seal, lambda: self.now)

    async def take(self, records: Sequence[Record]) -> None:
        """Take records of one topic as one batch."""
        await self.pipeline(records[0].topic).handle(records)

    async def declare(self, *events: Event) -> None:
        await self.take([self.record(event, REFERENCE) for event in events])

    async def redrive(self, *ids: Any, cause: str | None = None) -> list[str]:
        """Redrive dead letters; gives what became of each, in the order in which they were taken."""
        became = await Redrive(self.desks, self.database, self._settings()).run(list(ids), cause)
        return list(became.values())

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await self.database.connection()
        return list(await connection.fetch(query, *arguments))

    async def state(self) -> dict[str, list[str]]:
        """The end state as text."""
        return {
            table: sorted(map(str, await self.fetch(f"select {columns} from core.{table}")))
            for table, columns in TABLES.items()
        }

    async def letters(self) -> list[tuple[str, str]]:
        """Causes and states of the dead letters, in the order of their offsets."""
        rows = await self.fetch('select cause, state::text from core.dead_letters order by received_at, "offset"')
        return [(row["cause"], row["state"]) for row in rows]

    async def outbox(self, topic: str) -> list[OutgoingRecord]:
        """What waits to be published on a topic, in the order of its transactions."""
        rows = await self.fetch("select payload from core.outbox where topic = $1 order by seq", topic)
        return [record for row in rows for record in unpack(row["payload"])]

    async def close(self) -> None:
        await self.database.close()
