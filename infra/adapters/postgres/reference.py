"""Reference data in PostgreSQL: snapshots held, put and withdrawn by sets."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from handlers.decision import Arrival
from handlers.reference.decide import Held, Known, SnapshotRow, record_key, tariff_key
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.road import lock_aggregates
from infra.adapters.postgres.statements import statements
from schemas.events.reference import SourceDeclared, key

SQL = statements("reference")


class Snapshots:
    """Loads and writes snapshots; keys are kept as keyed hashes, since a licence is personal data."""

    def __init__(self, token_key: bytes) -> None:
        """Take the secret `TOKEN_KEY`."""
        self._token_key = token_key

    def _hash(self, key: str) -> bytes:
        return hmac.digest(self._token_key, key.encode("utf-8", "surrogatepass"), "sha256")

    async def load(self, connection: Connection, arrivals: Sequence[Arrival]) -> Known:
        """Read which snapshots are held for the batch's keys, and the tariffs of the services it names."""
        keys = {record_key(arrival.event) for arrival in arrivals}
        services = {service for key in keys if (service := _tariff_service(key))}
        if services:
            await lock_aggregates(connection, {f"tariff:{service}" for service in services})
        hashes = {self._hash(key): key for key in keys}
        rows = await connection.fetch(SQL["load_held"], list(hashes))
        known = Known({hashes[row[0]]: Held(row[1], row[2]) for row in rows})
        for service, day in await connection.fetch(SQL["load_tariff_days"], list(services)) if services else ():
            known.tariff_days.setdefault(service, set()).add(day)
        return known

    async def write(self, connection: Connection, rows: list[SnapshotRow]) -> None:
        """Put and withdraw snapshots; of several of a key the last one counts, unless a newer one came meanwhile."""
        last = {self._hash(row.key): row for row in rows}
        held = await connection.fetch(
            SQL["hold"],
            list(last),
            [row.held.declared_at for row in last.values()],
            [row.held.event_id for row in last.values()],
            [row.values is None for row in last.values()],
        )
        ordered = sorted((last[row["key_hash"]] for row in held), key=lambda row: row.key)
        for kind in sorted({row.kind for row in ordered}):
            await self._write_kind(connection, kind, [row for row in ordered if row.kind == kind])

    async def _write_kind(self, connection: Connection, kind: str, rows: list[SnapshotRow]) -> None:
        withdrawn = [row.key.partition(":")[2] for row in rows if row.values is None]
        put = orjson.dumps([_record(row) for row in rows if row.values is not None]).decode()
        if withdrawn:
            await connection.execute(SQL[f"withdraw_{kind}"], withdrawn)
        if len(withdrawn) < len(rows):
            if kind == "organisation":
                await connection.execute(SQL["add_parties"], put)
            await connection.execute(SQL[f"put_{kind}"], put)


def _tariff_service(key: str) -> str | None:
    try:
        return tariff_key(key)[0] if key.startswith("tariff:") else None
    except ValueError:
        return None


def _record(row: SnapshotRow) -> dict[str, Any]:
    """Give a snapshot as a table's columns: its members and the three that the road adds."""
    added = {"event_id": row.held.event_id, "declared_at": row.held.declared_at}
    return dict(row.values or {}) | added | {"vehicle": row.key.partition(":")[2]}


async def declare_source(connection: Connection, token_key: bytes, source: SourceDeclared) -> None:
    """Declare a source by hand, as a snapshot of this instant would; a later snapshot replaces it."""
    held = Held(datetime.now(UTC), uuid4())
    row = SnapshotRow("source", key(source), held, source.model_dump(mode="json"))
    async with connection.transaction():
        await Snapshots(token_key).write(connection, [row])
