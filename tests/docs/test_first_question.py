"""README, "A first question by hand": each command runs, and prints what is shown under it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local_stack import api
from infra.local_stack.home import Home
from tests.docs.console import Ran, Shell, matches, steps

STEPS = steps("README.md")
WIDTH = "88"

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Ran]]:
    """What became of each command, run one after the other with a home of their own."""
    scratch = Path(tmp_path_factory.mktemp("readme"))
    home = scratch / "home"
    shell = Shell(scratch, {"GUICHET_HOME": str(home), "COLUMNS": WIDTH})
    try:
        yield [shell.run(step) for step in STEPS]
    finally:
        api.down(Home.at(home))


@pytest.mark.parametrize("number", range(len(STEPS)), ids=lambda number: STEPS[number].command)
def test_a_command_does_what_is_shown(session: list[Ran], number: int) -> None:
    ran = session[number]
    assert ran.status == 0, ran.printed
    assert matches(ran.step.shown, ran.printed), "\n".join(ran.printed)
