"""Running the commands that a page shows, and comparing what they print with what it shows."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.docs.pages import ROOT, blocks

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ANY_LINES = "…"
VARIES = (
    (UUID, "ID"),
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b"), "INSTANT"),
    (re.compile(r"\b20\d\d-\d\d\b"), "MONTH"),
    (re.compile(r"│ \d{3,7} +(?=│)"), "│ NUMBER "),  # a process, a port
    (re.compile(r"[━─]+"), "─"),
    (re.compile(r" +"), " "),
)


class Step(NamedTuple):
    """A command that a page shows, with the lines under it."""

    command: str
    shown: list[str]


class Ran(NamedTuple):
    """A step with its exit status and what it printed."""

    step: Step
    status: int
    printed: list[str]


def steps(page: str) -> list[Step]:
    """Read a page's `console` blocks: a line with `$ ` is a command, what follows is its output."""
    found: list[Step] = []
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line.removeprefix("$ "), []))
            else:
                found[-1].shown.append(line)
    return found


def matches(shown: list[str], printed: list[str]) -> bool:
    """Tell whether a command printed what is shown, but for ids, months, ports, processes and lines left out."""
    pattern = "".join(r"(?:.*\n)*" if line == ANY_LINES else re.escape(_steady(line)) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{_steady(line)}\n" for line in printed)) is not None


def _steady(line: str) -> str:
    for pattern, instead in VARIES:
        line = pattern.sub(instead, line)
    return line.rstrip()


class Shell:
    """One shell session: what a command exports, the next one sees; ids shown become those of this run."""

    def __init__(self, scratch: Path, env: Mapping[str, str]) -> None:
        """Begin with these variables beside the present ones, but for `GUICHET_*`."""
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")} | dict(env)
        self._dump = scratch / "environment"
        self._ids: dict[str, str] = {}

    def run(self, step: Step) -> Ran:
        """Run a command in the project's folder."""
        command = UUID.sub(lambda found: self._ids.get(found[0], found[0]), step.command)
        script = f'{command}\nstatus=$?; env -0 > "{self._dump}"; exit $status'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        variables = self._dump.read_text(encoding="utf-8").split("\0")
        self._env = dict(variable.split("=", 1) for variable in variables if variable)
        printed = done.stdout.splitlines()
        self._ids |= dict(zip(UUID.findall("\n".join(step.shown)), UUID.findall(done.stdout), strict=False))
        return Ran(step, done.returncode, printed)
