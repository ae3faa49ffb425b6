"""Which settings win in the stack's environment, and what broken files of a home say."""

from pathlib import Path

import pytest

from infra.local_stack.environment import environment, read_copies, running_environment
from infra.local_stack.home import Home, StackError
from infra.local_stack.processes import MARK

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_dotenv_wins(home: Home) -> None:
    Path(".env").write_text("GUICHET_SMTP=smtp://mail.example:25\n", encoding="utf-8")
    assert environment(home)["GUICHET_SMTP"] == "smtp://mail.example:25"


def test_the_environment_wins_over_dotenv(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("GUICHET_SMTP=smtp://mail.example:25\n", encoding="utf-8")
    monkeypatch.setenv("GUICHET_SMTP", "smtp://other.example:25")
    assert environment(home)["GUICHET_SMTP"] == "smtp://other.example:25"


@pytest.mark.parametrize("name", ["KAFKA", "DATABASE", "OBJECTS"])
def test_the_stacks_own_services_are_always_its_own(home: Home, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    Path(".env").write_text(f"GUICHET_{name}=elsewhere\n", encoding="utf-8")
    monkeypatch.setenv(f"GUICHET_{name}", "elsewhere")
    assert environment(home)[f"GUICHET_{name}"] != "elsewhere"


def test_ports_and_secrets_stay(home: Home) -> None:
    assert environment(home) == environment(home)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"kafka": "x"}', '{"kafka": 1}'])
def test_broken_ports_are_named(home: Home, content: str) -> None:
    (home.path / "ports.json").write_text(content, encoding="utf-8")
    with pytest.raises(StackError, match=r"ports\.json cannot be read; remove it"):
        home.ports()


@pytest.mark.parametrize("content", ["", "[]", "{", "3"])
def test_broken_copies_mean_one_of_each(home: Home, content: str) -> None:
    (home.path / "copies.json").write_text(content, encoding="utf-8")
    assert read_copies(home) == {}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"services": 3}'])
def test_a_broken_state_is_none(home: Home, content: str) -> None:
    (home.path / "state.json").write_text(content, encoding="utf-8")
    assert home.read_state() == {}


def test_what_is_given_beside_the_stacks_own_settings_is_part_of_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUICHET_HMAC_KEYS", '{"k1": "ab"}')
    assert environment(home)["GUICHET_HMAC_KEYS"] == '{"k1": "ab"}'


def test_a_stack_runs_with_what_was_given_when_it_started(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_state({"given": {"GUICHET_HMAC_KEYS": '{"k1": "ab"}', "GUICHET_KAFKA": "elsewhere:1"}, "services": {}})
    monkeypatch.setenv("GUICHET_HMAC_KEYS", '{"k2": "cd"}')
    running = running_environment(home)
    assert running["GUICHET_HMAC_KEYS"] == '{"k1": "ab"}'
    assert running["GUICHET_KAFKA"] != "elsewhere:1"


def test_what_marks_the_stacks_processes_is_no_setting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, str(home.path))
    assert MARK not in environment(home)
