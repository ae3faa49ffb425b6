"""Received → outcome at a steady pace: both instants are append times that the broker wrote, in ms."""

import time
from collections.abc import Sequence
from statistics import quantiles
from typing import NamedTuple

import orjson

from tests.bench.contender import GUICHET, PARTITIONS
from tests.bench.load import Load
from tests.bench.processes import running
from tests.bench.round import wait_grown
from tests.bench.stack import Stack

WARM_UP_S = 5


class Latency(NamedTuple):
    """Milliseconds from the append of an inquiry to the append of its outcome."""

    p50: float
    p99: float
    worst: float


def measure_latency(stack: Stack, load: Load, per_second: int) -> Latency:
    """Publish the load at a pace to Guichet's processes; the first seconds are not counted."""
    kafka, contender = stack.kafka, GUICHET
    with running(stack, contender.group, contender.commands):
        kafka.wait_joined(contender.group, contender.members, PARTITIONS)
        asked_from, told_from = kafka.ends(contender.topic), kafka.ends(contender.outcomes)
        publish_paced(stack, contender.topic, load.records, per_second)
        wait_grown(stack, contender.outcomes, told_from, len(load.inquiries))
    asked: dict[str, int] = {}
    for record in kafka.between(contender.topic, asked_from, kafka.ends(contender.topic)):
        asked.setdefault(record.key.decode(), record.at_ms)
    told = {
        orjson.loads(record.value)["data"]["inquiry"]: record.at_ms
        for record in kafka.between(contender.outcomes, told_from, kafka.ends(contender.outcomes))
    }
    counted = [str(inquiry) for inquiry in load.inquiries[WARM_UP_S * per_second :]]
    waited = sorted(told[inquiry] - asked[inquiry] for inquiry in counted)
    percentiles = quantiles(waited, n=100)
    return Latency(percentiles[49], percentiles[98], waited[-1])


def publish_paced(stack: Stack, topic: str, records: Sequence[tuple[bytes, bytes]], per_second: int) -> None:
    """Publish so many records a second, evenly."""
    started = time.monotonic()
    for number, (key, value) in enumerate(records):
        ahead_s = started + number / per_second - time.monotonic()
        if ahead_s > 0:
            time.sleep(ahead_s)
        stack.kafka.send(topic, key, value)
    stack.kafka.flush()
