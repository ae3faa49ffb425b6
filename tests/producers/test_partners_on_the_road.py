"""What synthetic partners plan is what really happens, seen from outside: facts and dead letters on Kafka."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Producer

from producers.client import Publisher
from producers.partners import World, plan, publish, tally
from producers.partners.world import Desk, write
from schemas.topics import INQUIRIES, OUTCOMES, dlq
from tests.producers.conftest import SEEDED

N = 2_000
WITHIN_S = 60
DEAD_LETTERS = dlq("guichet.inquiries")


async def outcomes_of(consumer, ids, events):
    """Reads until so many inquiries have their fact and the dead letters have come."""
    facts, causes = {}, Counter()
    async with asyncio.timeout(WITHIN_S):
        while len(facts) < events.answered + events.refused.total() or causes.total() < events.dead_letters.total():
            record = await consumer.getone()
            if record.topic == DEAD_LETTERS:
                causes[dict(record.headers)["guichet-cause"].decode()] += 1
            elif (fact := orjson.loads(record.value))["causationid"] in ids:
                facts[fact["causationid"]] = fact
    return facts, causes


@pytest.fixture
async def consumer(seeded_stack):
    kafka = seeded_stack.env["GUICHET_KAFKA"]
    async with AIOKafkaConsumer(OUTCOMES, DEAD_LETTERS, bootstrap_servers=kafka, auto_offset_reset="latest") as reader:
        await reader.seek_to_end()
        for place in reader.assignment():
            await reader.position(place)
        yield reader


async def test_what_was_planned_happens(seeded_stack, consumer):
    world = World(SEEDED.organisations, SEEDED.drivers, SEEDED.vehicles, datetime.now(UTC), bytes.fromhex("ab" * 32))
    planned = plan(7, N, world)
    expected = tally(planned)
    async with Publisher(seeded_stack.env["GUICHET_KAFKA"], "urn:example:partners") as publisher:
        assert await publish(publisher, planned) == N
    facts, causes = await outcomes_of(consumer, {str(one.record.id) for one in planned}, expected)

    answered = [fact["data"] for fact in facts.values() if fact["type"] == "guichet.inquiry.answered.v1"]
    billed = [data for data in answered if data.get("environment") != "T"]
    assert causes == expected.dead_letters
    assert Counter(fact["data"]["code"] for fact in facts.values() if "code" in fact["data"]) == expected.refused
    assert len(answered) == expected.answered
    assert sum(Decimal(data["total"]) for data in answered) == expected.billed
    found = Counter(item["outcome"] for data in billed for item in data["items"])
    assert (found["FOUND"], found["NOT_FOUND"]) == (expected.found, expected.not_found)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_partner_may_compress_as_it_likes(seeded_stack, consumer, codec):
    world = World(SEEDED.organisations, SEEDED.drivers, SEEDED.vehicles, datetime.now(UTC))
    desk = Desk(Random(codec), world)
    record = write(desk.event(desk.question(desk.organisation(), "DRIVER_RECORD")))
    producer = Producer({"bootstrap.servers": seeded_stack.env["GUICHET_KAFKA"], "compression.type": codec})
    producer.produce(INQUIRIES, record.value, record.key)
    await asyncio.to_thread(producer.flush)
    asked = record.key.decode()
    async with asyncio.timeout(WITHIN_S):
        while orjson.loads((await consumer.getone()).value)["causationid"] != asked:
            pass
