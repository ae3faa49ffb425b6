"""The examples, run as a stranger would, against a stack with made-up data."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from producers import made_up
from producers.made_up.organisations import SIGNED_SOURCE

EXAMPLES = Path(__file__).parents[2] / "examples"
GO = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
WITHIN_S = 300
ORGANISATION, LICENCE = made_up.organisation(0)["neq"], made_up.licence(0)

pytestmark = [pytest.mark.long, pytest.mark.timeout(WITHIN_S + 60)]
BOTH = pytest.mark.parametrize("ask", ["kcat", "go"], indirect=True)


def run_kcat(env, organisation, licence):
    command = [EXAMPLES / "kcat" / "ask.sh", organisation, licence]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=WITHIN_S, check=False)


def run_go(program):
    def run(env, organisation, licence):
        command = [program, "-organisation", organisation, "-licence", licence]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=WITHIN_S, check=False)

    return run


@pytest.fixture(scope="module")
def go_program(tmp_path_factory):
    if GO is None:
        pytest.skip("go is not installed")
    program = tmp_path_factory.mktemp("go") / "ask"
    subprocess.run([GO, "build", "-o", program, "."], cwd=EXAMPLES / "go", check=True, timeout=WITHIN_S)
    return program


@pytest.fixture
def ask(request, seeded_stack):
    if request.param == "kcat" and shutil.which("kcat") is None:
        pytest.skip("kcat is not installed")
    run = run_kcat if request.param == "kcat" else run_go(request.getfixturevalue("go_program"))

    def ask_with(organisation=ORGANISATION, licence=LICENCE, **env):
        return run(os.environ | seeded_stack.env | env, organisation, licence)

    return ask_with


@BOTH
def test_an_example_gets_its_answer(ask):
    done = ask()
    assert (done.returncode, done.stderr) == (0, "")
    assert "guichet.inquiry.answered.v1" in done.stdout
    assert '"outcome":"FOUND","amount":"1.50"' in done.stdout


@BOTH
def test_an_example_tells_a_refusal(ask):
    done = ask(organisation="0000000000")
    assert done.returncode == 1
    assert '"code":"ORGANISATION"' in done.stdout


@BOTH
def test_an_example_can_sign(ask):
    done = ask(GUICHET_SOURCE=SIGNED_SOURCE, GUICHET_SOURCE_KEY="ab" * 32)
    assert (done.returncode, done.stderr) == (0, "")


@BOTH
def test_an_example_without_a_broker_says_so(ask):
    done = ask(GUICHET_KAFKA="")
    assert done.returncode == 2
    assert done.stderr.startswith("ask: GUICHET_KAFKA: is not set")


@pytest.mark.parametrize("file", ["go/main.go", "kcat/ask.sh"])
def test_an_example_asks_about_made_up_data(file):
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    assert re.findall(r"\b\d{10}\b", text) == [ORGANISATION]
    assert re.findall(r"\b[A-Z]\d{12}\b", text) == [LICENCE]
