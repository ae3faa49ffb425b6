"""One round: start a contender, hold it at a gate, publish, open the gate, measure, verify every row.

The rate is answered inquiries by the time from the opening of the gate, when every member of the group has joined and
all is published, to the append time of the last outcome on its topic. The start of the processes is not measured.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import orjson

from tests.bench.contender import PARTITIONS, PRICE, Contender
from tests.bench.load import Load
from tests.bench.processes import running
from tests.bench.stack import Stack
from tests.bench.usage import Usage
from tests.bench.waiting import until

SILENCE_S = 60.0
LOOK_EVERY_S = 0.25
JOIN_WITHIN_S = 180.0


class Measured(NamedTuple):
    """A round's result: inquiries a second, CPU microseconds an inquiry by part, peak MiB of the largest process."""

    rate: float
    cpu_us: dict[str, float]
    peak_mib: float


def play(stack: Stack, contender: Contender, load: Load) -> Measured:
    """Play one round; raises `AssertionError` when a row, an outcome or a sum is wrong."""
    kafka = stack.kafka
    with running(stack, contender.group, contender.commands) as pids:
        kafka.wait_joined(contender.group, contender.members, PARTITIONS, JOIN_WITHIN_S)
        before = kafka.ends(contender.outcomes)
        dead_before = kafka.ends(contender.dead_letters)
        usage = Usage({"processes": pids} | stack.services)
        with _gate(stack, contender.gate):
            kafka.publish(contender.topic, load.records)
        usage.start()
        opened_ms = time.time() * 1000
        wait_grown(stack, contender.outcomes, before, len(load.inquiries))
        usage.stop()
        wait_grown(stack, contender.dead_letters, dead_before, load.invalid)
    last_ms = verify(stack, contender, load, before, dead_before)
    seconds = (last_ms - opened_ms) / 1000
    count = len(load.inquiries)
    cpu_us = {part: spent / count * 1e6 for part, spent in usage.cpu_s.items()}
    return Measured(count / seconds, cpu_us, max(usage.peak_mib.values(), default=0.0))


@contextmanager
def _gate(stack: Stack, table: str) -> Iterator[None]:
    """Hold a lock that the first answer needs."""
    with stack.sql("begin", f"lock table {table} in exclusive mode"):
        yield


def wait_grown(stack: Stack, topic: str, before: dict[int, int], records: int) -> None:
    """Wait until a topic has so many more records; in vain when none comes for a minute."""
    start, seen, changed_s = sum(before.values()), 0, time.monotonic()

    def grown() -> bool:
        nonlocal seen, changed_s
        found = sum(stack.kafka.ends(topic).values()) - start
        if found > seen:
            seen, changed_s = found, time.monotonic()
        if time.monotonic() - changed_s > SILENCE_S:
            raise TimeoutError(f"{topic}: {seen} of {records} records, then silence")
        return found >= records

    until(grown, 3600.0, f"{records} records on {topic}", LOOK_EVERY_S)


def verify(stack: Stack, contender: Contender, load: Load, before: dict[int, int], dead_before: dict[int, int]) -> int:
    """Check each outcome, dead letter, row and the sum of money; give the append time in ms of the last outcome."""
    asked = set(load.inquiries)
    outcomes = list(stack.kafka.between(contender.outcomes, before, stack.kafka.ends(contender.outcomes)))
    facts = [orjson.loads(outcome.value)["data"] for outcome in outcomes]
    told = [UUID(fact["inquiry"]) for fact in facts]
    _same(contender, "outcomes", len(told), len(asked))
    _same(contender, "inquiries with an outcome", set(told) ^ asked, set())
    _same(contender, "money told", sum(Decimal(fact["total"]) for fact in facts), len(asked) * Decimal(PRICE))
    dead = sum(stack.kafka.ends(contender.dead_letters).values()) - sum(dead_before.values())
    _same(contender, "dead letters", dead, load.invalid)
    right, rows, money = stack.row(contender.checked, load.inquiries)
    _same(contender, "rows", (right, rows), (len(asked), len(asked)))
    _same(contender, "money charged", money, len(asked) * Decimal(PRICE))
    return max(outcome.at_ms for outcome in outcomes)


def _same(contender: Contender, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{contender.name}: {what}: {found!s:.200}, not {wanted!s:.200}")
