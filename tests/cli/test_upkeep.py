"""`guichet migrate`, `source`, `seed`, `audit`, `env` and `status` on a running stack; wrong databases."""

import asyncio
import re
import shlex
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from consumers.desks import INPUTS
from tests.cli.conftest import SEEDED, Run
from tests.conftest import Stack

ADD = ("source", "add", "urn:example:court", "--type", "inquiry.requested", "--organisation", "1195000006")


def test_migrate_has_nothing_to_do_where_all_is_made(on_stack: Run) -> None:
    done = on_stack("migrate", "--json")
    assert (done.code, done.document) == (0, {"migrations": [], "topics": []})


def test_the_local_source_may_speak_only_where_migrate_is_told_so(on_stack: Run, seeded: Stack) -> None:
    name = f"empty_{uuid4().hex}"
    asyncio.run(make_database(seeded, name))
    elsewhere = seeded.database(name)
    for options, declared in (((), False), (("--local",), True)):
        assert on_stack("migrate", *options, GUICHET_DATABASE=elsewhere).code == 0
        sources = on_stack("source", "list", "--json", GUICHET_DATABASE=elsewhere).document
        assert ("urn:guichet:local" in {row["uri"] for row in sources}) == declared


def test_migrate_makes_the_tables_of_an_empty_database_once(on_stack: Run, seeded: Stack) -> None:
    name = f"empty_{uuid4().hex}"
    asyncio.run(make_database(seeded, name))
    made, again = (on_stack("migrate", "--json", GUICHET_DATABASE=seeded.database(name)) for _ in range(2))
    assert made.document["migrations"]
    assert again.document["migrations"] == []


async def make_database(stack: Stack, name: str) -> None:
    superuser = await asyncpg.connect(stack.superuser)
    try:
        await superuser.execute(f"create database {name} owner guichet")
    finally:
        await superuser.close()


def test_a_source_added_is_listed(on_stack: Run) -> None:
    added = on_stack(*ADD, "--role", "PARTNER", "--key-ref", "court", "--json").document
    assert added["types"] == ["guichet.inquiry.requested.v1"]
    assert added in on_stack("source", "list", "--json").document


def test_a_source_added_again_is_declared_anew(on_stack: Run) -> None:
    on_stack(*ADD, "--role", "PARTNER")
    on_stack(*ADD, "--role", "PORTAL")
    listed = on_stack("source", "list", "--json").document
    assert [row["roles"] for row in listed if row["uri"] == ADD[2]] == [["PORTAL"]]


def test_seed_again_says_the_same(on_stack: Run) -> None:
    options = [
        f"--{name}={count}"
        for name, count in SEEDED._asdict().items()
        if name in {"organisations", "drivers", "vehicles"}
    ]
    done = on_stack("seed", *options, "--json")
    assert (done.code, done.document) == (0, SEEDED._asdict())


def test_a_green_audit_is_a_line_a_law(on_stack: Run) -> None:
    done = on_stack("audit")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("  ok  ") == 5


def test_a_rebuild_says_what_it_changed(on_stack: Run, sql: Callable[..., list[dict[str, Any]]]) -> None:
    [row] = sql(
        "insert into core.activity select min(org_no), '2020-01-01', 'DRIVER_RECORD', 1, 0, 0, 9 from core.parties"
        " returning (select count(*)::int + 1 from core.activity) as rows"
    )
    done = on_stack("rebuild", "activity")
    right = row["rows"] - 1
    assert (done.code, done.out) == (0, f"activity: {row['rows']} rows before, {right} after, 1 changed\n")
    again = on_stack("rebuild", "activity", "--json").document
    assert again == {"store": "activity", "before": right, "after": right, "changed": 0}


@pytest.mark.local_stack
def test_env_is_export_lines_that_a_shell_reads(guichet: Run, seeded: Stack) -> None:
    done = guichet("env", GUICHET_HOME=str(seeded.home.path))
    lines = [shlex.split(line) for line in done.out.splitlines()]
    assert dict(text.split("=", 1) for _export, text in lines) == seeded.env
    assert {export for export, _text in lines} == {"export"}


@pytest.mark.local_stack
def test_status_has_the_members_of_the_contract(guichet: Run, seeded: Stack) -> None:
    done = guichet("status", "--json", GUICHET_HOME=str(seeded.home.path))
    assert done.code == 0
    processes = {row["name"]: row for row in done.document["processes"]}
    assert {"reference", "inquiries", "relay", "kafka", "postgresql", "mail-sink"} <= processes.keys()
    assert all(row.keys() >= {"name", "pid", "http_port", "state"} for row in processes.values())
    assert {row["state"] for row in processes.values()} == {"READY"}
    groups = done.document["groups"]
    assert all(row.keys() >= {"group", "topic", "partition", "lag", "lag_s"} for row in groups)
    assert {row["group"] for row in groups} == {group for group, _topic in INPUTS}


@pytest.mark.local_stack
def test_a_person_sees_a_line_a_group(guichet: Run, seeded: Stack) -> None:
    done = guichet("status", GUICHET_HOME=str(seeded.home.path))
    assert re.search("guichet.inquiries +│ 8", done.out)
    assert "…" not in done.out


@pytest.mark.local_stack
def test_watch_looks_until_ctrl_c(guichet: Run, seeded: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([None])

    def wait(*_: object) -> None:
        if next(looks, "no more") == "no more":
            raise KeyboardInterrupt

    monkeypatch.setattr("infra.cli.status.threading.Event.wait", wait)
    done = guichet("status", "--watch", GUICHET_HOME=str(seeded.home.path))
    assert (done.code, done.err) == (0, "")
    assert "guichet.inquiries" in done.out


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda url: url.replace("postgresql://guichet:", "postgresql://guichet:0"), 2, "InvalidPasswordError"),
        (lambda url: f"{url}x", 2, "InvalidCatalogNameError"),
        (lambda url: f"{url.rpartition('/')[0]}/template1", 1, "guichet migrate"),
    ],
    ids=["password", "name", "no tables"],
)
@pytest.mark.parametrize("words", ["audit", "dlq list", "source list", "bill show 1195000006", "rebuild activity"])
def test_a_database_that_is_not_ours_is_one_line(
    on_stack: Run, seeded: Stack, words: str, change: Callable[[str], str], code: int, said: str
) -> None:
    done = on_stack(*words.split(), GUICHET_DATABASE=change(seeded.env["GUICHET_DATABASE"]))
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert said in done.err
