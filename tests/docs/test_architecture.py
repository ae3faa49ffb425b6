"""docs/architecture.md: what it says of adding an event type, of packages and of processes holds."""

import re
import tomllib

from infra.cli.running import PROCESSES
from schemas.events import IN, INSIDE, OUT
from tests.docs.pages import ROOT, table, text

PAGE = "docs/architecture.md"


def test_every_fact_that_a_decision_tells_has_a_model() -> None:
    folders = ("handlers", "consumers", "notifier")
    sources = "".join(path.read_text(encoding="utf-8") for name in folders for path in (ROOT / name).rglob("*.py"))
    told = set(re.findall(r'"(guichet\.[a-z.-]+\.v\d)"', sources)) - (set(IN) - set(OUT))
    assert told == set(OUT) | set(INSIDE)


def test_the_arrows_are_those_that_import_linter_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = project["tool"]["importlinter"]["contracts"]
    assert f"    {' → '.join(contract['layers'])}\n" in text(PAGE)


def test_every_process_is_named() -> None:
    assert [row[0] for row in table(PAGE, "process")] == list(PROCESSES)
    assert [row[0] for row in table("docs/operating.md", "process")] == list(PROCESSES)
