"""Received → outcome at a steady pace: both instants are append times that the broker wrote, in ms."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from typing import NamedTuple

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


class Waited(NamedTuple):
    """An inquiry: when it was appended, in ms since 1970, and how long it waited for its outcome."""

    asked_ms: int
    waited_ms: int


def measure_latency(stack: Stack, load: Load, per_second: int) -> Latency:
    """Publish the load at a pace to Guichet's processes; the first seconds are not counted."""
    waited = play_paced(stack, load, per_second)
    return percentiles([one.waited_ms for one in waited[WARM_UP_S * per_second :]])


def percentiles(waited_ms: Sequence[float]) -> Latency:
    """Sum up latencies."""
    hundredths = quantiles(waited_ms, n=100)
    return Latency(hundredths[49], hundredths[98], max(waited_ms))


def play_paced(stack: Stack, load: Load, per_second: int, beside: Callable[[], int] = lambda: 0) -> list[Waited]:
    """Publish the load at a pace to Guichet's processes; gives the inquiries in their order.

    Args:
        beside: runs meanwhile, and gives how many other facts came of it.
    """
    kafka, contender = stack.kafka, GUICHET
    with running(stack, contender.group, contender.commands), ThreadPoolExecutor(1) as other:
        kafka.wait_joined(contender.group, contender.members, PARTITIONS)
        asked_from, told_from = kafka.ends(contender.topic), kafka.ends(contender.outcomes)
        work = other.submit(beside)
        publish_paced(stack, contender.topic, load.records, per_second)
        wait_grown(stack, contender.outcomes, told_from, len(load.inquiries) + work.result())
    asked: dict[str, int] = {}
    for record in kafka.between(contender.topic, asked_from, kafka.ends(contender.topic)):
        asked.setdefault(record.key.decode(), record.at_ms)
    told = {
        record.key.decode(): record.at_ms
        for record in kafka.between(contender.outcomes, told_from, kafka.ends(contender.outcomes))
    }
    return [Waited(asked[inquiry], told[inquiry] - asked[inquiry]) for inquiry in map(str, load.inquiries)]


def publish_paced(stack: Stack, topic: str, records: Sequence[tuple[bytes, bytes]], per_second: int) -> None:
    """Publish so many records a second, evenly."""
    started = time.monotonic()
    for number, (key, value) in enumerate(records):
        ahead_s = started + number / per_second - time.monotonic()
        if ahead_s > 0:
            time.sleep(ahead_s)
        stack.kafka.send(topic, key, value)
    stack.kafka.flush()
