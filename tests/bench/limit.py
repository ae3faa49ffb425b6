"""Baseline (b), a practical limit: librdkafka in and out, orjson, COPY, no checks, repeats known in memory only.

python -m tests.bench.limit SCHEMA
"""

import asyncio
import hashlib
import os
import signal
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from confluent_kafka import Consumer, Producer

from tests.bench.facts import answered

BATCH = 2_000
WAIT_S = 0.05
SCHEMA = sys.argv[1]
DRIVERS = "select * from bench.drivers where licence = any($1::text[])"
CONSUMER = {
    "bootstrap.servers": os.environ["GUICHET_KAFKA"],
    "group.id": SCHEMA,
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
}
PRODUCER = {"bootstrap.servers": os.environ["GUICHET_KAFKA"], "enable.idempotence": True, "linger.ms": 5}


class Answering:
    """Organisations and the tariff are read once; ids seen are kept in memory."""

    def __init__(
        self, connection: Any, producer: Producer, numbers: dict[str, int], price: tuple[int, Decimal]
    ) -> None:
        """Answer on one connection."""
        self._connection = connection
        self._producer = producer
        self._numbers = numbers
        self._tariff_no, self._amount = price
        self._seen: set[str] = set()

    async def take(self, values: list[bytes]) -> None:
        """Answer a batch: one look-up, three COPY in a transaction, then the outcomes."""
        now = datetime.now(UTC)
        events = [event for event in map(orjson.loads, values) if self._is_new(event)]
        inquiries, results, charges, facts = [], [], [], []
        async with self._connection.transaction():
            licences = [event["data"]["items"][0]["licence"] for event in events]
            found = {row["licence"]: dict(row) for row in await self._connection.fetch(DRIVERS, licences)}
            for event, licence in zip(events, licences, strict=True):
                inquiry_id, data = UUID(event["id"]), event["data"]
                org_no = self._numbers[data["organisation"]]
                outcome = "FOUND" if licence in found else "NOT_FOUND"
                content = orjson.dumps(found.get(licence, {"licence": licence}))
                requested_at = datetime.fromisoformat(event["time"])
                digest = hashlib.sha256(orjson.dumps(data)).digest()
                inquiries.append(
                    (
                        inquiry_id,
                        now,
                        requested_at,
                        org_no,
                        data["kind"],
                        digest,
                        data["reference"],
                        "ANSWERED",
                    )
                )
                results.append((inquiry_id, 1, outcome, now, hashlib.sha256(content).digest(), content))
                charges.append((inquiry_id, 1, org_no, self._tariff_no, self._amount, now))
                facts.append(answered(event["id"], data["organisation"], outcome, str(self._amount), now))
            for table, rows in (("inquiries", inquiries), ("results", results), ("charges", charges)):
                await self._connection.copy_records_to_table(table, records=rows, schema_name=SCHEMA)
        for fact in facts:
            self._producer.produce(f"{SCHEMA}.outcomes", orjson.dumps(fact), fact["id"])
        self._producer.poll(0)

    def _is_new(self, event: dict[str, Any]) -> bool:
        if "kind" not in event["data"]:
            self._producer.produce(f"{SCHEMA}.dlq", orjson.dumps(event), event["id"])
            return False
        if event["id"] in self._seen:
            return False
        self._seen.add(event["id"])
        return True


async def main() -> None:
    """Answer until SIGTERM."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    connection = await asyncpg.connect(os.environ["GUICHET_DATABASE"])
    numbers = {
        row["neq"]: row["org_no"] for row in await connection.fetch("select neq, org_no from bench.organisations")
    }
    tariff = await connection.fetchrow("select tariff_no, amount from bench.tariffs")
    producer, consumer = Producer(PRODUCER), Consumer(CONSUMER)
    consumer.subscribe([f"{SCHEMA}.inquiries"])
    answering = Answering(connection, producer, numbers, (tariff["tariff_no"], tariff["amount"]))
    while not stopped:
        records = [record for record in consumer.consume(BATCH, WAIT_S) if record.error() is None]
        if records:
            await answering.take([record.value() or b"{}" for record in records])
            consumer.commit(asynchronous=True)
    producer.flush()
    consumer.close()
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
