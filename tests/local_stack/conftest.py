"""One running stack for the tests that repair it, and eyes for what stays running."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.adapters.settings import Settings
from infra.cli.data import load, reference_applied
from infra.local_stack import api
from infra.local_stack.environment import environment
from infra.local_stack.home import Home
from infra.local_stack.processes import MARK
from producers.seed import Seeded
from tests.conftest import Stack


def silent(_doing: str) -> None:
    """Tell nobody."""


def alive_in(home: Home) -> list[str]:
    """Name what runs for a home, whatever its state says: by its environment or its command line."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if process.environ().get(MARK) == str(home.path) or any(str(home.path) in word for word in words):
                found.append(" ".join(words[:4]))
        except psutil.Error:
            continue
    return found


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder and no settings."""
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack."""
    home = Home.at(Path(tmp_path_factory.mktemp("repaired")))
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GUICHET_")]:
            patch.delenv(name)
        patch.chdir(home.path)
        try:
            api.up(home, silent)
            env = environment(home)
            stack = Stack(home, env, Settings.of(env))
            asyncio.run(load(stack.settings, Seeded(1, 0, 0), reference_applied))
            yield stack
        finally:
            api.down(home)


@pytest.fixture
def pids(running: Stack) -> Callable[[], dict[str, int]]:
    """Waits until the running stack is ready; gives its process ids."""

    def look() -> dict[str, int]:
        api.up(running.home, silent)
        deadline = time.monotonic() + 30
        while any(row["state"] != "READY" for row in api.running(running.home)):
            assert time.monotonic() < deadline, api.running(running.home)
        return {row["name"]: row["pid"] for row in api.running(running.home)}

    return look
