"""`guichet demo`, run to its end: twice in a row, and after Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.local_stack import api
from infra.local_stack.home import Home
from tests.local_stack.conftest import alive_in

WITHIN_S = 300.0
EVENTS = 500
pytestmark = [pytest.mark.long, pytest.mark.local_stack, pytest.mark.timeout(3 * WITHIN_S)]


def start_demo(home: Path) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    return subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "demo", "--events", str(EVENTS), "--json"],
        env=env | {"GUICHET_HOME": str(home)},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def summary(demo: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait for its end; give what it found."""
    printed, told = demo.communicate(timeout=WITHIN_S)
    assert demo.returncode == 0, told.decode()[-2000:]
    document: dict[str, Any] = orjson.loads(printed)
    return document


def test_twice_in_a_row_it_shows_the_same(tmp_path: Path) -> None:
    first, second = (summary(start_demo(tmp_path)) for _ in range(2))
    assert first["published"] == second["published"] == EVENTS
    assert first["billed"] == second["billed"]
    assert Decimal(first["billed"]) > 0
    for shown in (first, second):
        statements, mails = shown["statements"], shown["mails"]
        assert statements["subtotal"] == shown["billed"]
        assert Decimal(statements["total"]) == sum(Decimal(statements[part]) for part in ("subtotal", "gst", "qst"))
        assert mails == {"SENT": statements["issued"] - 2, "FAILED": 1, "SUPPRESSED": 1}
    [statement] = (tmp_path / "demo").glob("statement-*.pdf")
    assert statement.read_bytes().startswith(b"%PDF-")
    assert alive_in(Home.at(tmp_path / "demo")) == []


def test_after_ctrl_c_nothing_stays_and_it_works_again(tmp_path: Path) -> None:
    stopped, home = start_demo(tmp_path), Home.at(tmp_path / "demo")
    deadline = time.monotonic() + WITHIN_S
    while not any(row["name"] == "kafka" and row["state"] == "READY" for row in api.running(home)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=WITHIN_S)
    assert stopped.returncode != 0
    assert b"Traceback" not in told
    assert alive_in(home) == []
    assert Decimal(summary(start_demo(tmp_path))["billed"]) > 0
