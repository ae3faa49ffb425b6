"""`guichet up` in the foreground: Ctrl-C stops all, whenever it comes; a taken port is named."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local_stack import api
from infra.local_stack.environment import environment
from infra.local_stack.home import Home, StackError
from tests.local_stack.conftest import alive_in, silent

WITHIN_S = 90.0
pytestmark = pytest.mark.local_stack


@pytest.fixture
def home(tmp_path: Path, no_settings: None) -> Iterator[Home]:
    """A home of the test's own; nothing runs there in the end."""
    own = Home.at(tmp_path / "home")
    yield own
    api.down(own)


@pytest.fixture
def up(home: Home) -> Iterator[subprocess.Popen[str]]:
    """`guichet up`, as a person runs it."""
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "up"],
        env=os.environ | {"GUICHET_HOME": str(home.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        yield command
        command.kill()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(home: Home) -> bool:
    rows = api.running(home)
    return bool(rows) and all(row["state"] == "READY" for row in rows)


def has_postgresql(home: Home) -> bool:
    return any(row["pid"] for row in api.running(home))


@pytest.mark.parametrize(
    "moment",
    [pytest.param(is_running, id="running", marks=pytest.mark.long), pytest.param(has_postgresql, id="starting")],
)
def test_ctrl_c_stops_everything(home: Home, up: subprocess.Popen[str], moment: Callable[[Home], bool]) -> None:
    until(lambda: moment(home))
    up.send_signal(signal.SIGINT)
    _, told = up.communicate(timeout=WITHIN_S)
    assert (up.returncode, told.splitlines()[-1], alive_in(home)) == (0, "guichet: stopping", [])


def test_an_up_that_ends_at_once_leaves_nothing(home: Home, up: subprocess.Popen[str]) -> None:
    until(home.read_state)
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=WITHIN_S)
    assert alive_in(home) == []


def test_a_taken_port_is_named_and_nothing_stays(home: Home) -> None:
    port = int(environment(home)["GUICHET_KAFKA"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(StackError, match=f"kafka: port {port} is taken by another program; stop that, or run"):
            api.up(home, silent)
        assert alive_in(home) == []
