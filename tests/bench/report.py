"""The tables in docs/benchmarks.md: each measurement replaces the part between its own marks."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """A goal and what was measured: `found` is shown as it is, `met` says whether the goal is reached."""

    what: str
    goal: str
    found: str
    met: bool


def goals_table(lines: Sequence[Line]) -> str:
    """Write goals as a Markdown table."""
    rows = [(line.what, line.goal, line.found, "yes" if line.met else "**no**") for line in lines]
    return table(("measured", "goal", "found", "met"), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def replace_part(page: Path, name: str, text: str) -> None:
    """Replace what stands between the marks of a measurement; a page without them gets them at its end."""
    begin, end = f"<!-- bench {name} -->", f"<!-- /bench {name} -->"
    part = f"{begin}\n{text}\n{end}"
    old = page.read_text() if page.exists() else "# Benchmarks\n"
    head, found, rest = old.partition(begin)
    if found:
        page.write_text(head + part + rest.partition(end)[2])
    else:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"{old.rstrip()}\n\n{part}\n")
