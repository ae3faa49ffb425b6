"""Baseline (a): FastStream as its documentation shows it, doing Guichet's work for an inquiry.

One message, one transaction, one awaited publish, a pydantic model as the handler's argument; asyncpg from a pool.
Offsets are committed after the work (`NACK_ON_ERROR`), since the default policy loses messages.

    python -m tests.bench.documented SCHEMA MAX_WORKERS
"""

import hashlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from faststream import AckPolicy, Context, ContextRepo, ExceptionMiddleware, FastStream
from faststream.kafka import KafkaBroker
from pydantic import BaseModel, Field, ValidationError

from tests.bench.facts import answered


class Item(BaseModel):
    """What is asked for."""

    licence: str = Field(pattern="^[A-Z][0-9]{12}$")


class Question(BaseModel):
    """An inquiry's data."""

    organisation: str
    employee: str | None = None
    kind: Literal["DRIVER_RECORD"]
    items: list[Item] = Field(min_length=1, max_length=100)
    reference: str | None = None


class Inquiry(BaseModel):
    """An inquiry in its envelope."""

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: Literal["guichet.inquiry.requested.v1"]
    time: datetime
    data: Question


SCHEMA, WORKERS = sys.argv[1], int(sys.argv[2])
ADD_INQUIRY = f"""insert into {SCHEMA}.inquiries values ($1, $2, $3, $4, $5, $6, $7, 'ANSWERED')
                  on conflict do nothing returning inquiry_id"""
ORGANISATION = "select org_no, in_service_from, billing_account_open, services from bench.organisations where neq = $1"
DRIVER = "select * from bench.drivers where licence = $1"
TARIFF = """select tariff_no, amount from bench.tariffs where service = $1 and effective_from <= $2
            order by effective_from desc limit 1"""
ADD_RESULT = f"insert into {SCHEMA}.results values ($1, 1, $2, $3, $4, $5)"
ADD_CHARGE = f"insert into {SCHEMA}.charges values ($1, 1, $2, $3, $4, $5)"


@asynccontextmanager
async def lifespan(context: ContextRepo) -> AsyncIterator[None]:
    """Hold a pool with a connection for each worker."""
    async with asyncpg.create_pool(os.environ["GUICHET_DATABASE"], min_size=WORKERS, max_size=WORKERS) as pool:
        context.set_global("pool", pool)
        yield


exceptions = ExceptionMiddleware()
broker = KafkaBroker(os.environ["GUICHET_KAFKA"], middlewares=[exceptions], logger=None)
app = FastStream(broker, lifespan=lifespan)
outcomes = broker.publisher(f"{SCHEMA}.outcomes")
dead_letters = broker.publisher(f"{SCHEMA}.dlq")


@exceptions.add_handler(ValidationError)
async def refuse(error: ValidationError, message: Any = Context()) -> None:  # noqa: B008 -- as documented
    """Set aside a message that is not an inquiry."""
    await dead_letters.publish(message.body, key=message.raw_message.key)


@broker.subscriber(
    f"{SCHEMA}.inquiries",
    group_id=SCHEMA,
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.NACK_ON_ERROR,
    max_workers=WORKERS,
)
async def answer(inquiry: Inquiry, pool: Any = Context()) -> None:  # noqa: B008 -- as documented
    """Answer and bill one inquiry in one transaction, then publish the outcome and wait for Kafka."""
    async with pool.acquire() as connection, connection.transaction():
        fact = await save(connection, inquiry)
    if fact is not None:
        await outcomes.publish(orjson.dumps(fact), key=str(inquiry.id).encode())


async def save(connection: Any, inquiry: Inquiry) -> dict[str, Any] | None:
    """Give the fact of an inquiry seen for the first time, and nothing of a repeat."""
    now, question = datetime.now(UTC), inquiry.data
    organisation = await connection.fetchrow(ORGANISATION, question.organisation)
    digest = hashlib.sha256(question.model_dump_json().encode()).digest()
    row = (inquiry.id, now, inquiry.time, organisation["org_no"], question.kind, digest, question.reference)
    if await connection.fetchval(ADD_INQUIRY, *row) is None:
        return None
    check_entitled(organisation, question.kind, now.date())
    driver = await connection.fetchrow(DRIVER, question.items[0].licence)
    tariff = await connection.fetchrow(TARIFF, question.kind, now.date())
    outcome = "FOUND" if driver else "NOT_FOUND"
    content = orjson.dumps(dict(driver) if driver else question.items[0].model_dump())
    await connection.execute(ADD_RESULT, inquiry.id, outcome, now, hashlib.sha256(content).digest(), content)
    await connection.execute(ADD_CHARGE, inquiry.id, organisation["org_no"], tariff["tariff_no"], tariff["amount"], now)
    return answered(str(inquiry.id), question.organisation, outcome, str(tariff["amount"]), now)


def check_entitled(organisation: Any, kind: str, day: date) -> None:
    """Refuse an organisation without the service; the load has none such."""
    services = orjson.loads(organisation["services"])
    if not (organisation["billing_account_open"] and organisation["in_service_from"] <= day and kind in services):
        raise PermissionError("the organisation is not entitled to this service")


if __name__ == "__main__":
    import asyncio

    asyncio.run(app.run(log_level=30))
