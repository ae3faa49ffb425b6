"""compose.yaml, run: an inquiry is asked and answered in containers that nobody can write to."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.cli.running import PROCESSES
from infra.local_stack.home import free_ports
from producers import made_up
from tests.docs.pages import ROOT
from tests.test_compose import MADE_BY

WITHIN_S = 900
SEED = ("--organisations", "1", "--drivers", "1", "--vehicles", "0")
QUESTION = ("LICENCE_VALIDITY", "--organisation", made_up.organisation(0)["neq"], "--blocks", "CONDITIONS")
PORTS = ("KAFKA", "POSTGRESQL", "MAIL")

pytestmark = [pytest.mark.containers, pytest.mark.long, pytest.mark.timeout(WITHIN_S)]
Compose = Callable[..., str]


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """Runs a command of compose on a project of its own, which is up; gives what it prints."""
    folder = Path(tmp_path_factory.mktemp("compose"))
    subprocess.run(["sh", MADE_BY], cwd=folder, check=True)
    ports = {f"{name}_PORT": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
    given = {f"GUICHET_{name}": value for name, value in ({"SECRETS": str(folder / "secrets")} | ports).items()}

    def run(*words: str) -> str:
        line = ["docker", "compose", "--project-name", f"guichet-{folder.name}", *words]
        done = subprocess.run(line, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr[-3000:])
        return done.stdout

    try:
        run("up", "--build", "--detach", "--wait")
        run("run", "--rm", "migrate", "migrate", "--local")
        yield run
    finally:
        run("down", "--volumes")


def test_each_service_is_well(compose: Compose) -> None:
    rows = [json.loads(line) for line in compose("ps", "--format", "json").splitlines()]
    assert {row["Service"]: row["Health"] for row in rows} == dict.fromkeys(
        (*PROCESSES, "kafka", "postgresql", "mail"), "healthy"
    )


def test_an_inquiry_is_answered(compose: Compose) -> None:
    guichet = ("exec", "--no-TTY", "inquiries", "guichet")
    compose(*guichet, "seed", *SEED)
    answer: dict[str, Any] = json.loads(compose(*guichet, "ask", *QUESTION, "--json", made_up.licence(0)))
    assert answer["status"] == "ANSWERED"


@pytest.mark.parametrize("name", PROCESSES)
def test_nobody_writes_to_a_process_but_in_tmp(compose: Compose, name: str) -> None:
    tried = "id -u; touch /tmp/it; touch /opt/guichet/it 2>/dev/null || echo refused"
    assert compose("exec", "--no-TTY", name, "sh", "-c", tried).split() == ["10001", "refused"]
