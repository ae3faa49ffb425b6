"""The conservation laws turn red when something is taken away, added or changed, and name what it was (contract §8)."""

from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
import pytest

from infra.cli.laws import judge_all
from tests.acceptance.builders import licence
from tests.acceptance.outside import Outside
from tests.conftest import Stack
from tests.rule_mark import rule

UNTOLD = "01a21df4-530c-777c-ab3e-12cba7d3f9b9"
DAMAGES = {
    "a charge of another amount": ("4", "update core.charges set amount = 99 where inquiry_id = $1 and item = 1"),
    "a charge of another day's tariff": (
        "4",
        "update core.inquiries set received_at = '2019-12-31' where inquiry_id = $1",
    ),
    "a charge that is missing": ("3", "delete from core.charges where inquiry_id = $1 and item = 1"),
    "a result that is missing": ("3", "delete from core.results where inquiry_id = $1 and item = 2"),
    "a refused inquiry that is billed": ("3", "update core.inquiries set status = 'REFUSED' where inquiry_id = $1"),
    "a billed inquiry of environment T": ("3", "update core.inquiries set environment = 'T' where inquiry_id = $1"),
    "a content that was changed": (
        "contents",
        """update core.results set content = '{"licence": "X"}' where inquiry_id = $1 and item = 1""",
    ),
    "an answer without its fact": (
        "6",
        f"""with i as (update core.inquiries set inquiry_id = '{UNTOLD}' where inquiry_id = $1),
                 r as (update core.results set inquiry_id = '{UNTOLD}' where inquiry_id = $1)
            update core.charges set inquiry_id = '{UNTOLD}' where inquiry_id = $1""",
    ),
}
TABLES = ("inquiries", "results", "charges")
MOVE = """update core.progress set next_offset = next_offset + $2
    where group_id = 'guichet.inquiries' and partition = $1"""


async def audit(stack: Stack) -> dict[str, list[str]]:
    """The laws that are broken, each with the things that break it."""
    judged = await judge_all(stack.settings, datetime.now(UTC), from_start=True)
    return {one.law.law: [breach.what for breach in one.verdict.breaches] for one in judged if one.verdict.breaches}


class Damaged(NamedTuple):
    """What an audit said of all damages at once, the inquiry of each, and what audits said before and after."""

    told: dict[str, list[str]]
    asked: dict[str, str]
    before: dict[str, list[str]]
    after: dict[str, list[str]]


@pytest.fixture(scope="module")
async def damaged(stack: Stack, guichet: Outside, town: str) -> Damaged:
    """Do all the damage, audit, and put everything back."""
    asked = {
        name: guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}, {"licence": licence()}) for name in DAMAGES
    }
    for id_ in asked.values():
        await guichet.answer(id_)
    before = await audit(stack)
    ids = [*asked.values(), UNTOLD]
    owner = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    rows = {table: await owner.fetch(f"select * from core.{table} where inquiry_id = any($1)", ids) for table in TABLES}
    try:
        for name, (_, damage) in DAMAGES.items():
            await owner.execute(damage, asked[name])
        for partition, offsets in ((0, 1), (1, -1)):
            await owner.execute(MOVE, partition, offsets)
        told = await audit(stack)
    finally:
        for table in TABLES:
            await owner.execute(f"delete from core.{table} where inquiry_id = any($1)", ids)
            await owner.copy_records_to_table(table, schema_name="core", records=rows[table])
        for partition, offsets in ((0, -1), (1, 1)):
            await owner.execute(MOVE, partition, offsets)
        await owner.close()
    return Damaged(told, asked, before, await audit(stack))


@rule("X-03", "P-10")
@pytest.mark.parametrize("name", DAMAGES)
def test_a_law_is_broken_and_names_the_inquiry(damaged: Damaged, name: str) -> None:
    law, damage = DAMAGES[name]
    named = UNTOLD if UNTOLD in damage else damaged.asked[name]
    assert [what for what in damaged.told[law] if named in what]


@pytest.mark.parametrize("partition", [0, 1])
def test_progress_that_does_not_stand_at_the_committed_offset_is_told(damaged: Damaged, partition: int) -> None:
    assert [what for what in damaged.told["7"] if f"guichet.inquiries partition {partition} " in what]


def test_without_damage_no_law_is_broken(damaged: Damaged) -> None:
    assert (damaged.before, damaged.after) == ({}, {})
