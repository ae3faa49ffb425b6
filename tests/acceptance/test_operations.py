"""What operators watch: metrics, health, lag, the last audit, and logs that name nobody (contract §9)."""

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra.cli.laws import judge_all
from infra.cli.watching import groups_and_tables
from infra.local_stack import api
from tests.acceptance.builders import driver, licence
from tests.acceptance.kafka_tool import consumer_group_lag
from tests.acceptance.outside import INQUIRIES, Outside, wait_for
from tests.conftest import Stack
from tests.docs.pages import ROOT
from tests.rule_mark import rule

OURS = ("reference", "inquiries", "relay")
WHERE = {"group": INQUIRIES, "topic": INQUIRIES}


def process(stack: Stack, name: str) -> dict[str, Any]:
    return next(one for one in api.running(stack.home) if one["name"] == name)


def get(stack: Stack, name: str, path: str) -> tuple[int, bytes]:
    """Ask one of the stack's processes."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{process(stack, name)['http_port']}{path}", timeout=5) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def metric(stack: Stack, name: str, sample: str, **labels: str) -> float | None:
    """The sum of a process's samples of this name with these labels; None where there are none."""
    families = text_string_to_metric_families(get(stack, name, "/metrics")[1].decode())
    found = [one for family in families for one in family.samples if one.name == sample]
    matching = [one.value for one in found if labels.items() <= one.labels.items()]
    return sum(matching) if matching else None


@pytest.fixture
def stopped(stack: Stack) -> Iterator[None]:
    """The consumer of inquiries stands still for the test."""
    pid = process(stack, "inquiries")["pid"]
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


@rule("P-08")
async def test_answers_are_counted_with_their_age(stack: Stack, guichet: Outside, town: str) -> None:
    counted = metric(stack, "inquiries", "guichet_answer_age_seconds_count") or 0
    effects = metric(stack, "inquiries", "guichet_events_total", group=INQUIRIES, outcome="effects") or 0
    await guichet.answer(guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}))

    async def grown() -> bool:
        return metric(stack, "inquiries", "guichet_answer_age_seconds_count") == counted + 1

    await wait_for(grown, "the answer's age")
    assert metric(stack, "inquiries", "guichet_events_total", group=INQUIRIES, outcome="effects") == effects + 1
    assert metric(stack, "inquiries", "guichet_batch_seconds_count", group=INQUIRIES)


async def test_dead_letters_are_counted_by_cause(stack: Stack, guichet: Outside) -> None:
    await guichet.dead_letter(guichet.send_bytes(INQUIRIES, b"{", "any"))
    query = "select count(*) from read.dead_letters where consumer_group = $1 and cause = 'DECODE' and state = 'OPEN'"

    async def told() -> bool:
        counted = metric(stack, "inquiries", "guichet_dead_letters_open", group=INQUIRIES, cause="DECODE")
        return counted == await guichet.sql.fetchval(query, INQUIRIES)

    await wait_for(told, "the dead letter in the metric")


async def test_the_relay_tells_how_the_outbox_stands(stack: Stack, guichet: Outside) -> None:
    async def empty() -> bool:
        return (
            metric(stack, "relay", "guichet_outbox_rows") == 0 == metric(stack, "relay", "guichet_outbox_age_seconds")
        )

    await wait_for(empty, "an empty outbox")
    assert metric(stack, "relay", "guichet_outbox_parked") == 0


async def test_lag_is_what_kafkas_own_tool_says(stack: Stack, guichet: Outside, town: str, stopped: None) -> None:
    asked = [guichet.ask(town, "DRIVER_RECORD", {"licence": licence()}) for _ in range(20)]
    parts, away = await groups_and_tables(stack.env)
    assert not away
    seen = parts["groups"]
    ours = {(row["topic"], row["partition"]): row["lag"] for row in seen if row["group"] == INQUIRIES}
    theirs = consumer_group_lag(stack.env["GUICHET_KAFKA"], INQUIRIES)
    assert {place: ours[place] for place in theirs} == theirs
    assert sum(ours.values()) >= len(asked)
    behind = [row for row in seen if row["group"] == INQUIRIES and row["lag"]]
    assert all(row["lag_s"] > 0 for row in behind)


async def test_lag_in_the_metrics_falls_to_nothing(stack: Stack, guichet: Outside) -> None:
    async def nothing() -> bool:
        names = ("guichet_lag_messages", "guichet_lag_seconds")
        return all(metric(stack, "inquiries", name, **WHERE) == 0 for name in names)

    await wait_for(nothing, "no lag")


async def test_the_last_audit_stands_in_the_metrics(stack: Stack, guichet: Outside) -> None:
    judged = await judge_all(stack.settings, datetime.now(UTC))
    assert [one.law.law for one in judged if one.verdict.breaches] == []

    async def told() -> bool:
        return metric(stack, "inquiries", "guichet_audit_broken", law="3") == 0

    await wait_for(told, "law 3 in the metrics")


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize(("path", "body"), [("/health/live", {"live": True}), ("/health/ready", {"waiting_for": []})])
def test_a_process_tells_its_health(stack: Stack, name: str, path: str, body: dict[str, Any]) -> None:
    status, told = get(stack, name, path)
    assert (status, json.loads(told)) == (200, body)


@pytest.mark.parametrize("name", OURS)
def test_a_process_serves_the_contract(stack: Stack, name: str) -> None:
    status, told = get(stack, name, "/asyncapi")
    standard = json.loads((ROOT / "tests/schemas/data/asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    assert status == 200
    jsonschema.Draft7Validator(standard).validate(json.loads(told))


async def test_logs_are_json_and_name_nobody(stack: Stack, guichet: Outside, town: str) -> None:
    number = licence()
    await guichet.declare(driver(licence=number, family_name="Journalnommé"))
    await guichet.answer(guichet.ask(town, "DRIVER_RECORD", {"licence": number}, employee="JRN0001"))
    await guichet.refusal(guichet.ask(town, "DRIVER_RECORD", {"licence": number[:-1]}))
    await guichet.dead_letter(guichet.send_bytes(INQUIRIES, f'{{"licence":"{number}"'.encode(), number))
    logs = {path.name: path.read_text(encoding="utf-8") for path in stack.home.logs.glob("*.log")}
    assert {f"{name}.log" for name in OURS} <= logs.keys()
    for name, text in logs.items():
        assert [secret for secret in (number, number[:-1], "Journalnommé", "JRN0001") if secret in text] == [], name
    for name in OURS:
        assert all(isinstance(json.loads(line), dict) for line in logs[f"{name}.log"].splitlines())
