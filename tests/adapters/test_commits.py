"""A member's commits run beside its next batch, name only what was taken, and are waited for when it leaves."""

import asyncio
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from infra.adapters.kafka.consumer import BatchMember, Commits

TOPIC = "guichet.inquiries"


class Taken(NamedTuple):
    topic: str
    partition: int
    offset: int


class Broker:
    """Stands in for aiokafka's consumer: answers commits when `answers` is set, with `error` where there is one."""

    def __init__(self) -> None:
        self.committed: list[dict[TopicPartition, int]] = []
        self.answers = asyncio.Event()
        self.error: Exception | None = None

    async def commit(self, ends: dict[TopicPartition, int]) -> None:
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        self.committed.append(ends)


def batch(*offsets: int) -> list[Taken]:
    return [Taken(TOPIC, 0, offset) for offset in offsets]


def member(broker: Any, commits: Commits, *offsets: int) -> BatchMember:
    return BatchMember(broker, batch(*offsets), commits)


async def test_the_next_batch_does_not_wait_and_commits_keep_their_order():
    broker, commits = Broker(), Commits()
    await member(broker, commits, 0, 1).commit()
    assert broker.committed == []
    later = asyncio.create_task(member(broker, commits, 2).commit())
    await asyncio.sleep(0)
    assert not later.done()
    broker.answers.set()
    await later
    await commits.settle()
    assert broker.committed == [{TopicPartition(TOPIC, 0): 2}, {TopicPartition(TOPIC, 0): 3}]


async def test_each_partition_is_committed_after_its_last_record():
    broker, commits = Broker(), Commits()
    broker.answers.set()
    mixed: Any = [Taken(TOPIC, 0, 7), Taken(TOPIC, 3, 1), Taken(TOPIC, 0, 8)]
    await BatchMember(broker, mixed, commits).commit()  # type: ignore[arg-type]
    await commits.settle()
    assert broker.committed == [{TopicPartition(TOPIC, 0): 9, TopicPartition(TOPIC, 3): 2}]


async def test_one_that_leaves_waits_for_its_last_commit():
    broker, commits = Broker(), Commits()
    commits.leaving = True
    last = asyncio.create_task(member(broker, commits, 5).commit())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not last.done()
    broker.answers.set()
    await last
    assert broker.committed == [{TopicPartition(TOPIC, 0): 6}]


async def test_a_commit_that_fails_is_covered_by_the_next():
    broker, commits = Broker(), Commits()
    broker.answers.set()
    broker.error = CommitFailedError()
    await member(broker, commits, 5).commit()
    await commits.settle()
    broker.error = None
    await member(broker, commits, 6).commit()
    await commits.settle()
    assert broker.committed == [{TopicPartition(TOPIC, 0): 7}]
