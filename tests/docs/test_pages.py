"""Every page: links, paths and commands exist; settings, metrics and laws are those of the code."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client.metrics import MetricWrapperBase

from infra.adapters import telemetry
from infra.adapters.settings import SECRETS, Settings
from infra.cli.demo.events import DRIVERS, ORGANISATIONS, SEED, VEHICLES
from infra.cli.laws import LAWS
from infra.cli.main import build
from producers.partners import World, plan, tally
from tests.docs.console import ANY_LINES
from tests.docs.pages import PAGES, ROOT, blocks, links, table

OPERATING = "docs/operating.md"
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_every_setting_is_explained_with_its_default() -> None:
    told = {row[0]: row[1] for row in table(OPERATING, "setting")}
    assert told == {name.upper(): str(field.default) for name, field in Settings.model_fields.items()}


def test_every_secret_is_called_one() -> None:
    called = [row[0].lower() for row in table(OPERATING, "setting") if re.search(r"; secret\b", row[2])]
    assert sorted(called) == sorted(SECRETS)


def test_every_metric_is_explained_with_its_labels() -> None:
    told = {row[0]: row[1] for row in table(OPERATING, "metric")}
    metrics = [
        thing for thing in vars(telemetry).values() if isinstance(thing, (MetricWrapperBase, telemetry.BatchHistogram))
    ]
    assert told == {metric._name: ", ".join(getattr(metric, "_labelnames", ())) for metric in metrics}


def test_every_law_that_is_checked_is_explained() -> None:
    told = [row[0] for row in table(OPERATING, "law")]
    checked = [law.law for law in LAWS if law.check.__name__ != "_nothing_yet"]
    assert told == checked


@each_page
def test_a_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@each_page
def test_a_link_into_a_page_finds_its_heading(page: Path) -> None:
    found = re.findall(r"\]\(([^):]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    assert [name for path, name in found if name not in anchors(page.parent / path if path else page)] == []


def code(page: Path) -> list[str]:
    """What a page writes in back-quotes, outside blocks and links."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.findall(r"`([^`\n]+)`", prose)


@each_page
def test_a_path_named_exists(page: Path) -> None:
    folders = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}
    paths = [one for one in code(page) if "/" in one and one.split("/")[0] in folders]
    plain = [one.partition("::")[0] for one in paths if re.fullmatch(r"[\w./:-]+", one)]
    assert [one for one in plain if not (ROOT / one).exists()] == []


@cache
def commands() -> Any:
    return typer.main.get_command(build())


def unknown(line: str) -> str | None:
    """Say what a command line of a page names that the command line does not have."""
    command, words = commands(), line.split()[1:]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[0] if re.fullmatch("[a-z-]+", words[0]) else None
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return next((word for word in words if re.fullmatch("--[a-z-]+", word) and word not in options), None)


@each_page
def test_a_command_named_exists_with_its_options(page: Path) -> None:
    name = str(page.relative_to(ROOT))
    shown = [
        line.removeprefix("$ ")
        for kind in ("sh", "console")
        for block in blocks(name, kind)
        for line in block.splitlines()
    ]
    lines = [line for line in [*shown, *code(page)] if line.startswith("guichet ")]
    assert [(line, wrong) for line in lines if (wrong := unknown(line))] == []


@each_page
def test_a_target_of_make_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))) <= targets


def test_the_folders_named_are_those_of_the_project() -> None:
    assert [row[0] for row in table("README.md", "folder") if not (ROOT / row[0]).is_dir()] == []


def test_the_demonstration_finds_what_its_partners_plan() -> None:
    [shown] = [block for block in blocks("README.md", "text") if block.startswith("$ make demo")]
    rows = dict(re.findall(r"^│ +([^│]*?) +│ [^│]*? +│ ([^│]*?) +│$", shown, re.M))
    [statements] = re.findall(r"^│ all \d+ +│ +([0-9,.]+) \$ │", shown, re.M)
    world = World(ORGANISATIONS, DRIVERS, VEHICLES, datetime.now(UTC), bytes(32))
    planned = tally(plan(SEED, int(rows.pop("published by partners").replace(",", "")), world))
    told = {
        "answered inquiries": planned.answered,
        "items billed, found or not": planned.items,
        "of them found": planned.found,
        "repeats, counted once": planned.duplicates,
        **{f"refused: {code}": count for code, count in planned.refused.items()},
        **{f"dead letters: {cause}": count for cause, count in planned.dead_letters.items()},
    }
    assert rows.pop("billed") == f"{planned.billed:,.2f} $"
    assert statements == f"{planned.billed:,.2f}"
    assert rows == {name: f"{told[name]:,}" for name in rows}
    assert ANY_LINES in shown.splitlines()
