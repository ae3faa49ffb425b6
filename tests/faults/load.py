"""A load of inquiries, and what must be true of it whatever died meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import orjson
from confluent_kafka import Consumer, Producer, TopicPartition

from infra.cli.laws import judge_all
from infra.local_stack import api
from schemas.identifiers import made_up_licence, made_up_neq
from schemas.topics import INQUIRIES, OUTCOMES, REFERENCE
from tests.conftest import Stack

SOURCE = "urn:guichet:local"
NEQ = made_up_neq(77)
DRIVERS = 50
WAIT_S = 100.0
COUNTED = """
select (select sum(accepted) from read.activity) = (select sum(items) from read.inquiries where status = 'ANSWERED')
   and (select sum(amount) from read.activity) = (select sum(amount) from read.charges)"""


def event(name: str, data: dict[str, object], event_id: UUID) -> bytes:
    """Write a structured event of the local source."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": SOURCE,
            "type": f"guichet.{name}.v1",
            "time": datetime.now(UTC),
            "data": data,
        }
    )


def licence(number: int) -> str:
    """Give the licence of one of the declared drivers."""
    return made_up_licence(number, "Tremblay", datetime(1980, 1, 1, tzinfo=UTC).date())


def declare(stack: Stack) -> None:
    """Declare an organisation, a tariff and drivers."""
    producer = Producer({"bootstrap.servers": stack.env["GUICHET_KAFKA"]})
    service = {"service": "DRIVER_RECORD", "channels": ["EVENT"]}
    organisation = {
        "neq": NEQ,
        "name": "Ville d'essai",
        "kind": "MUNICIPALITE",
        "email": "a@example.org",
        "billing_email": "b@example.org",
        "in_service_from": "2020-01-01",
        "billing_account_open": True,
        "services": [service],
    }
    tariff = {"service": "DRIVER_RECORD", "amount": "12.50", "taxable": True, "effective_from": "2020-01-01"}
    snapshots = [
        (f"organisation:{NEQ}", "organisation.declared", organisation),
        ("tariff:DRIVER_RECORD:2020-01-01", "tariff.declared", tariff),
        *((f"driver:{licence(number)}", "driver.declared", driver(number)) for number in range(DRIVERS)),
    ]
    for key, name, data in snapshots:
        producer.produce(REFERENCE, event(name, data, uuid4()), key)
    assert producer.flush(30) == 0


def driver(number: int) -> dict[str, object]:
    """Give a driver's snapshot."""
    lists: dict[str, object] = {name: [] for name in ("conditions", "mentions", "prohibitions")}
    return {
        "licence": licence(number),
        "family_name": "Tremblay",
        "first_name": "Zoé",
        "birth_date": "1980-01-01",
        "sex": "F",
        "licence_kind": "REGULIER",
        "status": "VALIDE",
        "classes": ["5"],
        "valid_until": "2090-01-01",
        **lists,
    }


class Load:
    """Inquiries published so far; some are published twice, as upstream systems do."""

    def __init__(self, stack: Stack) -> None:
        """Publish to a stack."""
        self.stack = stack
        self.ids: list[UUID] = []
        self._producer = Producer({"bootstrap.servers": stack.env["GUICHET_KAFKA"], "enable.idempotence": True})

    def publish(self, count: int) -> None:
        """Publish some inquiries, every tenth of them twice, and wait for Kafka's acknowledgements."""
        for number in range(count):
            event_id = uuid4()
            item = {"licence": licence(number % (DRIVERS + 5))}
            data = {"organisation": NEQ, "kind": "DRIVER_RECORD", "items": [item]}
            value = event("inquiry.requested", data, event_id)
            for _ in range(2 if number % 10 == 0 else 1):
                self._produce(value, event_id)
            self.ids.append(event_id)
        assert self._producer.flush(60) == 0

    def _produce(self, value: bytes, event_id: UUID) -> None:
        while True:
            try:
                self._producer.produce(INQUIRIES, value, str(event_id))
            except BufferError:
                self._producer.poll(0.05)
            else:
                return

    async def answered(self) -> int:
        """Count this load's answers."""
        try:
            connection = await asyncpg.connect(self.stack.env["GUICHET_DATABASE"], timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return -1
        try:
            query = "select count(*)::int from read.inquiries where inquiry_id = any($1) and status = 'ANSWERED'"
            return int(await connection.fetchval(query, self.ids))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return -1
        finally:
            await connection.close(timeout=2)

    async def all_answered(self) -> None:
        """Wait until everything is answered and told."""

        async def done() -> bool:
            return await self.answered() == len(self.ids) and await self._nothing_waits()

        await until(done, f"{len(self.ids)} inquiries to be answered")

    async def _nothing_waits(self) -> bool:
        connection = await asyncpg.connect(self.stack.env["GUICHET_DATABASE"])
        try:
            return not await connection.fetchval("select exists (select from core.outbox)")
        finally:
            await connection.close()

    async def check(self) -> None:
        """Every inquiry has one answer and one charge, its fact is on the topic under one id, the audit is green."""
        connection = await asyncpg.connect(self.stack.env["GUICHET_DATABASE"])
        try:
            charges = await connection.fetchval(
                "select count(*) from read.charges where inquiry_id = any($1)", self.ids
            )
            results = await connection.fetchval(
                "select count(*) from read.results where inquiry_id = any($1)", self.ids
            )
        finally:
            await connection.close()
        assert (results, charges) == (len(self.ids), len(self.ids))
        facts = told(self.stack)
        assert {str(one) for one in self.ids} <= facts.keys()
        assert all(len(ids) == 1 for ids in facts.values())
        await until(self._all_counted, "every answer to be counted once", wait_s=30)
        await until(self._audit_is_green, "the audit to be green", wait_s=30)

    async def _all_counted(self) -> bool:
        connection = await asyncpg.connect(self.stack.env["GUICHET_DATABASE"])
        try:
            return bool(await connection.fetchval(COUNTED))
        finally:
            await connection.close()

    async def _audit_is_green(self) -> bool:
        judged = await judge_all(self.stack.settings, datetime.now(UTC), from_start=True)
        return not any(one.verdict.breaches for one in judged)


def told(stack: Stack) -> dict[str, set[str]]:
    """Read the whole topic of facts: the ids of the answers told of each inquiry."""
    consumer = Consumer(
        {"bootstrap.servers": stack.env["GUICHET_KAFKA"], "group.id": uuid4().hex, "enable.auto.commit": False}
    )
    places = [TopicPartition(OUTCOMES, p, 0) for p in consumer.list_topics(OUTCOMES).topics[OUTCOMES].partitions]
    left = sum(consumer.get_watermark_offsets(place)[1] for place in places)
    consumer.assign(places)
    found: dict[str, set[str]] = {}
    while left > 0:
        messages = consumer.consume(min(left, 1000), timeout=10)
        assert messages, "the topic of facts ends early"
        left -= len(messages)
        for message in messages:
            fact = orjson.loads(message.value())
            if fact["type"] == "guichet.inquiry.answered.v1":
                found.setdefault(fact["data"]["inquiry"], set()).add(fact["id"])
    consumer.close()
    return found


async def until(condition: Callable[[], Awaitable[bool]], what: str, wait_s: float = WAIT_S) -> float:
    """Wait for a condition; gives the seconds that it took."""
    start_s = time.monotonic()
    while not await condition():
        assert time.monotonic() - start_s < wait_s, f"waited {wait_s:.0f} s for {what}"
        await asyncio.sleep(0.05)
    return time.monotonic() - start_s


def pid(stack: Stack, name: str) -> int:
    """Give the process id of one of the stack's processes."""
    return next(process["pid"] for process in api.running(stack.home) if process["name"] == name)
