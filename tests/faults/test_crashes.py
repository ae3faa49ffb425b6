"""Processes and services killed under load."""

import os
import signal

import asyncpg
import pytest

from infra.local_stack import api
from tests.conftest import Stack
from tests.faults.load import Load, pid, until

SOME = 4_000
pytestmark = pytest.mark.local_stack


async def _begun(load: Load) -> None:
    async def some_answered() -> bool:
        return await load.answered() > 0

    await until(some_answered, "the first answers")


LONG = pytest.mark.long


@pytest.mark.parametrize(
    "name", ["inquiries", "relay", pytest.param("reference", marks=LONG), pytest.param("projections", marks=LONG)]
)
async def test_a_process_killed_in_mid_batch_loses_and_doubles_nothing(doubled: Stack, load: Load, name: str):
    load.publish(SOME)
    await _begun(load)
    os.kill(pid(doubled, name), signal.SIGKILL)
    load.publish(SOME)
    await load.all_answered()
    await load.check()


@LONG
async def test_both_consumers_killed_at_once_resume_by_themselves(doubled: Stack, load: Load):
    load.publish(SOME)
    await _begun(load)
    for name in ("inquiries", "inquiries-2"):
        os.kill(pid(doubled, name), signal.SIGKILL)
    await load.all_answered()
    await load.check()


@pytest.mark.parametrize("name", ["postgresql", pytest.param("kafka", marks=LONG)])
async def test_a_service_killed_under_load_loses_and_doubles_nothing(doubled: Stack, load: Load, name: str):
    load.publish(SOME)
    await _begun(load)
    os.kill(pid(doubled, name), signal.SIGKILL)
    await load.all_answered()
    load.publish(100)
    await load.all_answered()
    await load.check()


@pytest.mark.parametrize(
    ("number", "within_s"), [(signal.SIGTERM, 2.0), pytest.param(signal.SIGKILL, 15.0, marks=LONG)]
)
async def test_the_other_copy_serves_soon_after_one_ends(doubled: Stack, number: signal.Signals, within_s: float):
    """The promise of contract and design: 2 s after SIGTERM, 15 s after SIGKILL, here with a margin for the machine."""
    warm = Load(doubled)
    warm.publish(50)
    await warm.all_answered()
    os.kill(pid(doubled, "inquiries-2"), number)
    load = Load(doubled)
    load.publish(200)

    async def answered() -> bool:
        return await load.answered() == len(load.ids)

    assert await until(answered, "the other copy to serve", wait_s=within_s * 3) < within_s * 3
    await load.check()


async def test_a_process_away_is_told_by_status_and_comes_back(doubled: Stack):
    before = pid(doubled, "relay")
    os.kill(before, signal.SIGKILL)

    async def is_back() -> bool:
        row = next(process for process in api.running(doubled.home) if process["name"] == "relay")
        return row["state"] == "READY" and row["pid"] != before

    await until(is_back, "the relay to be restarted")
    row = next(process for process in api.running(doubled.home) if process["name"] == "relay")
    assert row["restarts"] >= 1


async def test_progress_counts_add_up_after_all_that(doubled: Stack):
    connection = await asyncpg.connect(doubled.env["GUICHET_DATABASE"])
    try:
        query = "select bool_and(records = next_offset) from core.progress where group_id = 'guichet.inquiries'"
        assert await connection.fetchval(query)
    finally:
        await connection.close()
