"""`up` is idempotent and repairs what died, on the same endpoints, with the data."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from confluent_kafka import Consumer

from infra.local_stack import api
from infra.local_stack.environment import environment
from infra.local_stack.home import Home
from tests.acceptance.outside import Outside
from tests.conftest import Stack
from tests.local_stack.conftest import alive_in, silent

Pids = Callable[[], dict[str, int]]
TOPIC = "guichet.inquiries"
pytestmark = pytest.mark.local_stack


def kill(pid: int) -> None:
    """Kill a process and wait until it is gone."""
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([process], timeout=10)


async def sources(stack: Stack) -> list[str]:
    connection = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    try:
        return [row["uri"] for row in await connection.fetch("select uri from core.sources")]
    finally:
        await connection.close()


def send(stack: Stack) -> tuple[int, int]:
    """Publish a record; gives where it lies."""
    sent = Outside(stack.env["GUICHET_KAFKA"], None).send_bytes(TOPIC, b"kept", "key")  # type: ignore[arg-type]
    return sent.partition, sent.offset


def ends(stack: Stack, partition: int) -> int:
    """The end offset of a partition."""
    from confluent_kafka import TopicPartition

    consumer = Consumer({"bootstrap.servers": stack.env["GUICHET_KAFKA"], "group.id": "looks"})
    try:
        return int(consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=10)[1])
    finally:
        consumer.close()


def test_up_again_starts_nothing_anew(running: Stack, pids: Pids) -> None:
    before = pids()
    api.up(running.home, silent)
    assert pids() == before


@pytest.mark.parametrize("name", ["relay", "mail-sink"])
def test_a_killed_process_is_started_again_alone(running: Stack, pids: Pids, name: str) -> None:
    before = pids()
    ports = {row["name"]: row["http_port"] for row in api.running(running.home)}
    kill(before[name])
    api.up(running.home, silent)
    after = pids()
    assert {each for each in after if after[each] != before[each]} == {name}
    assert {row["name"]: row["http_port"] for row in api.running(running.home)} == ports


def test_status_counts_restarts(running: Stack, pids: Pids) -> None:
    before = {row["name"]: row["restarts"] for row in api.running(running.home)}
    kill(pids()["mail-sink"])
    api.up(running.home, silent)
    after = {row["name"]: row["restarts"] for row in api.running(running.home)}
    assert after["mail-sink"] == before["mail-sink"] + 1


async def test_a_killed_postgresql_comes_back_with_its_data(running: Stack, pids: Pids) -> None:
    before = await sources(running)
    kill(pids()["postgresql"])
    api.up(running.home, silent)
    assert environment(running.home) == running.env
    assert await sources(running) == before


@pytest.mark.long
def test_a_killed_kafka_comes_back_with_its_data(running: Stack, pids: Pids) -> None:
    partition, offset = send(running)
    kill(pids()["kafka"])
    api.up(running.home, silent)
    assert environment(running.home) == running.env
    assert ends(running, partition) == offset + 1


def test_a_killed_supervisor_is_replaced_and_what_runs_goes_on(running: Stack, pids: Pids) -> None:
    before = pids()
    kill(running.home.read_state()["supervisor"]["pid"])
    assert {row["state"] for row in api.running(running.home)} == {"UNWATCHED"}
    api.up(running.home, silent)
    assert pids() == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"services": 3}'])
def test_a_broken_state_is_written_again(running: Stack, pids: Pids, content: str) -> None:
    before = pids()
    (running.home.path / "state.json").write_text(content, encoding="utf-8")
    api.up(running.home, silent)
    assert pids() == before


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Home]:
    home = Home.at(tmp_path / "second")
    try:
        yield home
    finally:
        api.down(home)


@pytest.mark.long
def test_a_second_home_stands_beside_the_first(running: Stack, pids: Pids, second: Home) -> None:
    before = pids()
    api.up(second, silent)
    assert not set(second.ports().values()) & set(running.home.ports().values())
    assert api.down(second)
    assert alive_in(second) == []
    assert pids() == before


@pytest.mark.long
async def test_down_stops_all_and_up_finds_the_data_again(running: Stack, pids: Pids) -> None:
    before, (partition, offset) = await sources(running), send(running)
    pids()
    assert api.down(running.home)
    assert alive_in(running.home) == []
    assert not api.down(running.home)
    api.up(running.home, silent)
    assert environment(running.home) == running.env
    assert (await sources(running), ends(running, partition)) == (before, offset + 1)
