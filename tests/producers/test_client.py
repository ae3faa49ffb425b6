"""The client on real Kafka, read back by another client."""

import asyncio
from uuid import UUID

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from producers.client import Publisher, PublishError, new_id
from schemas.topics import INQUIRIES, NOTICES, REFERENCE

SOURCE = "urn:example:test"
DATA = {"organisation": "1195000006", "kind": "DRIVER_RECORD", "items": [{"licence": "N000005229000"}]}


@pytest.fixture(scope="module")
async def publisher(fresh_stack):
    async with Publisher(fresh_stack.env["GUICHET_KAFKA"], SOURCE, bytes(32)) as opened:
        yield opened


@pytest.fixture
async def read(fresh_stack):
    """Reads the record that an acknowledgement names."""
    async with AIOKafkaConsumer(bootstrap_servers=fresh_stack.env["GUICHET_KAFKA"]) as consumer:

        async def read_at(ack):
            place = TopicPartition(ack.topic, ack.partition)
            consumer.assign([place])
            consumer.seek(place, ack.offset)
            return await consumer.getone(place)

        yield read_at


async def test_an_acknowledgement_says_where_the_event_is(publisher, read):
    ack = await publisher.publish(INQUIRIES, "inquiry.requested", DATA, subject="objet")
    record = await read(ack)
    event = orjson.loads(record.value)
    assert (event["id"], event["source"], event["subject"]) == (str(ack.id), SOURCE, "objet")
    assert event["type"] == "guichet.inquiry.requested.v1"
    assert event["data"] == DATA
    assert "guichet-signature" in dict(record.headers)


async def test_an_inquiry_is_keyed_by_its_id(publisher, read):
    event_id = new_id()
    ack = await publisher.publish(INQUIRIES, "inquiry.requested", DATA, id=event_id)
    assert ack.id == event_id
    assert (await read(ack)).key == str(event_id).encode()


async def test_a_notice_is_keyed_by_its_organisation(publisher, read):
    ack = await publisher.publish(NOTICES, "notice.submitted", {"organisation": "1195000006"})
    assert (await read(ack)).key == b"1195000006"


async def test_a_key_that_is_given_is_used(publisher, read):
    ack = await publisher.publish(REFERENCE, "driver.declared", {}, key="driver:X")
    assert (await read(ack)).key == b"driver:X"


async def test_the_binary_mode_puts_the_envelope_in_headers(fresh_stack, read):
    async with Publisher(fresh_stack.env["GUICHET_KAFKA"], SOURCE, binary_mode=True) as publisher:
        ack = await publisher.publish(INQUIRIES, "inquiry.requested", DATA)
    record = await read(ack)
    assert orjson.loads(record.value) == DATA
    assert dict(record.headers)["ce_id"] == str(ack.id).encode()


async def test_a_withdrawal_is_a_tombstone_with_headers(publisher, read):
    ack = await publisher.withdraw("driver:X", "driver.declared")
    record = await read(ack)
    assert (record.key, record.value) == (b"driver:X", None)
    assert dict(record.headers)["ce_type"] == b"guichet.driver.declared.v1"


async def test_many_are_sent_in_their_order(publisher, fresh_stack):
    told = []
    prepared = [publisher.prepare(NOTICES, "notice.submitted", {"n": n}, key="one key") for n in range(2_500)]
    first = await publisher.send(prepared[0])
    assert await publisher.publish_many(iter(prepared[1:]), told.append) == 2_499
    assert told == [1_000, 2_000, 2_499]
    place = TopicPartition(NOTICES, first.partition)
    async with AIOKafkaConsumer(bootstrap_servers=fresh_stack.env["GUICHET_KAFKA"]) as consumer:
        consumer.assign([place])
        consumer.seek(place, first.offset)
        numbers = [orjson.loads((await consumer.getone(place)).value)["data"]["n"] for _ in range(2_500)]
    assert numbers == list(range(2_500))


async def test_many_of_none_is_none(publisher):
    assert await publisher.publish_many([]) == 0


async def test_several_may_publish_at_once(publisher):
    acks = await asyncio.gather(*(publisher.publish(INQUIRIES, "inquiry.requested", DATA) for _ in range(200)))
    assert len({(ack.partition, ack.offset) for ack in acks}) == 200


def test_new_ids_are_version_7_and_different():
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert {one.version for one in ids} == {7}


async def test_a_topic_that_does_not_exist_is_named(publisher):
    with pytest.raises(PublishError, match=r'^TOPIC: guichet\.nothing does not exist .*"guichet migrate"$'):
        await publisher.publish("guichet.nothing", "inquiry.requested", DATA)


async def test_an_event_too_large_is_refused_alone_and_among_many(publisher):
    large = publisher.prepare(INQUIRIES, "inquiry.requested", {"x": "x" * 1_200_000})
    with pytest.raises(PublishError, match="larger than the topic takes"):
        await publisher.send(large)
    with pytest.raises(PublishError, match="1 of 2 records not acknowledged: value: is larger"):
        await publisher.publish_many([large, publisher.prepare(INQUIRIES, "inquiry.requested", DATA)])


async def test_a_snapshot_without_its_key_is_not_sent(publisher):
    with pytest.raises(PublishError, match="key: is missing"):
        await publisher.publish(REFERENCE, "driver.declared", {})


@pytest.mark.parametrize("data", [{"x": object()}, {"x": "\ud800"}, {1: "x"}, {"x": 2**70}])
async def test_data_that_is_no_json_is_refused_without_being_shown(publisher, data):
    with pytest.raises(PublishError, match=r"^data: cannot be written as JSON") as caught:
        await publisher.publish(INQUIRIES, "inquiry.requested", data)
    assert caught.value.__cause__ is None


async def test_a_broker_that_is_away_is_one_line(monkeypatch):
    monkeypatch.setattr("producers.sending.CONNECT_WITHIN_S", 0.5)
    with pytest.raises(PublishError, match=r"^KAFKA: 127\.0\.0\.1:1 does not answer; start the stack"):
        async with Publisher("127.0.0.1:1", SOURCE):
            pass


async def test_a_wrong_word_of_security_is_one_line():
    with pytest.raises(PublishError, match=r"^security: "):
        async with Publisher("127.0.0.1:1", SOURCE, security={"sasl.nonsense": "x"}):
            pass


async def test_an_id_given_again_is_sent_again_under_the_same_id(publisher, read):
    event_id = UUID("019ab0c2-7d4e-7a51-9c11-3f0d5a6b7c8d")
    acks = [await publisher.publish(INQUIRIES, "inquiry.requested", DATA, id=event_id) for _ in range(2)]
    assert acks[0].partition == acks[1].partition
    assert {orjson.loads((await read(ack)).value)["id"] for ack in acks} == {str(event_id)}
