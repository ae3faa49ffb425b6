"""A stack with two copies of each process, for the tests that kill some."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.adapters.settings import Settings
from infra.local_stack import api
from infra.local_stack.environment import PROCESSES, environment, write_copies
from infra.local_stack.home import Home
from tests.conftest import Stack
from tests.faults.load import Load, declare


@pytest.fixture(scope="module")
def doubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with two copies of each of Guichet's processes."""
    home = Home.at(Path(tmp_path_factory.mktemp("doubled")))
    write_copies(home, dict.fromkeys(PROCESSES, 2))
    try:
        api.up(home, lambda _doing: None)
        env = environment(home)
        stack = Stack(home, env, Settings.of(env))
        declare(stack)
        yield stack
    finally:
        api.down(home)


@pytest.fixture
def load(doubled: Stack) -> Load:
    """A load on that stack."""
    return Load(doubled)
