"""README and operating: settings, metrics, commands and links are those of the code."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from infra.adapters import telemetry
from infra.adapters.settings import Settings
from infra.cli.laws import LAWS
from infra.cli.running import PROCESSES
from tests.docs.pages import PAGES, ROOT, blocks, links, table

OPERATING = "docs/operating.md"


def test_every_setting_is_explained_with_its_default() -> None:
    told = {row[0]: row[1] for row in table(OPERATING, "setting")}
    assert told == {name.upper(): str(field.default) for name, field in Settings.model_fields.items()}


def test_every_metric_is_explained_with_its_labels() -> None:
    told = {row[0]: row[1] for row in table(OPERATING, "metric")}
    metrics = [thing for thing in vars(telemetry).values() if isinstance(thing, MetricWrapperBase)]
    assert told == {metric._name: ", ".join(metric._labelnames) for metric in metrics}


def test_every_law_that_is_checked_is_explained() -> None:
    told = [row[0] for row in table(OPERATING, "law")]
    checked = [law.law for law in LAWS if law.check.__name__ != "_nothing_yet"]
    assert told == checked


def test_every_process_is_named() -> None:
    assert [row[0] for row in table("docs/architecture.md", "process")] == list(PROCESSES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_the_folders_named_exist() -> None:
    assert [row[0] for row in table("README.md", "folder") if not (ROOT / row[0]).is_dir()] == []


COMMANDS = [
    line
    for page in ("README.md", "examples/README.md")
    for block in blocks(page, "sh")
    for line in block.splitlines()
    if line.startswith("guichet ")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_shown_exists_with_its_options(line: str) -> None:
    _, *words = shlex.split(line)
    depth = 2 if words[0] in {"bill", "dlq", "source"} else 1
    command = [sys.executable, "-m", "infra.cli.main", *words[:depth], "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [word for word in words if re.fullmatch(r"--[a-z-]+", word) and word not in done.stdout] == []


def test_the_targets_of_make_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {target for page in PAGES for target in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))}
    assert named <= targets
