"""Topics made by `guichet migrate`, never automatically (contract §1)."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas.topics import TOPICS

ANSWER_WITHIN_S = 15
LOOK_EVERY_S = 1.0
REFUSALS = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL})  # noqa: SLF001 -- librdkafka's own names


async def make_topics(connection: Mapping[str, Any], partitions: int, replication: int) -> list[str]:
    """Make the topics that are missing and return their names; those that exist stay as they are.

    Args:
        connection: librdkafka's connection settings.
        replication: 3 in production (then min.insync.replicas is 2), 1 locally.

    Raises:
        KafkaException: the broker does not answer, or refuses.
    """
    return await asyncio.to_thread(_make_topics, dict(connection), partitions, replication)


def _make_topics(connection: dict[str, Any], partitions: int, replication: int) -> list[str]:
    errors: list[KafkaError] = []
    admin = AdminClient(connection | {"log_level": 0, "error_cb": errors.append})
    there = _topics_there(admin, errors)
    durable = {"min.insync.replicas": "2"} if replication > 1 else {}
    missing = [
        NewTopic(spec.name, partitions, replication, config=spec.config() | durable)
        for spec in TOPICS
        if spec.name not in there
    ]
    if not missing:
        return []
    made = []
    for name, future in admin.create_topics(missing, operation_timeout=ANSWER_WITHIN_S).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            made.append(name)
    return made


def _topics_there(admin: AdminClient, errors: list[KafkaError]) -> set[str]:
    """Name the topics; a broker that refuses us would be asked until the time is over, and say only that it is."""
    deadline_s = time.monotonic() + ANSWER_WITHIN_S
    while True:
        try:
            return set(admin.list_topics(timeout=LOOK_EVERY_S).topics)
        except KafkaException:
            admin.poll(0)
            if refusal := next((error for error in errors if error.code() in REFUSALS), None):
                raise KafkaException(refusal) from None
            if time.monotonic() > deadline_s:
                raise
