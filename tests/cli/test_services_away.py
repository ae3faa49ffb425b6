"""Without a service a command is one line and exit code 3; with a wrong setting one line and exit code 2."""

import socket
from pathlib import Path

import pytest

from tests.cli.commands import COMMANDS, SECRET, Command
from tests.cli.conftest import Done, Run

PASSWORD = "hunter2"
KEYS = {"GUICHET_DEAD_LETTER_KEY": "ab" * 32, "GUICHET_TOKEN_KEY": "cd" * 32}
AWAY = [one for one in COMMANDS if one.services]
ASKS_POSTGRESQL = [one for one in AWAY if str(one) not in {"env", "status", "seed"}]


def assert_one_line(done: Done, code: int) -> None:
    assert done.code == code, done
    assert done.err.startswith("guichet: ")
    assert done.err.count("\n") == 1, done.err
    assert PASSWORD not in done.err
    assert SECRET not in done.err


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def away(guichet: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line with settings that name services which do not answer."""
    monkeypatch.setattr("producers.sending.CONNECT_WITHIN_S", 0.3)
    port = closed_port()

    def run(*words: object, **settings: str) -> Done:
        services = {
            "GUICHET_KAFKA": f"127.0.0.1:{port}",
            "GUICHET_DATABASE": f"postgresql://guichet:{PASSWORD}@127.0.0.1:{port}/guichet",
        }
        return guichet(*words, **(services | KEYS | settings))

    return run


@pytest.mark.parametrize("command", AWAY, ids=str)
def test_a_service_away_is_one_line_and_exit_code_3(away: Run, command: Command) -> None:
    done = away(*command.line, "--json")
    assert_one_line(done, 3)
    assert "guichet up" in done.err


def test_status_names_each_service_that_does_not_answer_and_prints_what_it_knows(away: Run) -> None:
    done = away("status", "--json")
    assert "KAFKA and DATABASE" in done.err
    names = ("processes", "groups", "answers", "dead_letters", "mails", "timers")
    assert done.document == {name: [] for name in names}


def test_status_of_nothing_at_all_is_no_fault(guichet: Run) -> None:
    done = guichet("status")
    assert (done.code, done.err) == (0, "")
    assert "processes: none" in done.out


def test_down_of_nothing_is_no_fault(guichet: Run) -> None:
    done = guichet("down", "--json")
    assert (done.code, done.document) == (0, {"stopped": False})


@pytest.mark.parametrize("command", ASKS_POSTGRESQL, ids=str)
@pytest.mark.parametrize(
    "address",
    [
        f"mysql://u:{PASSWORD}@127.0.0.1/x",
        f"postgresql://u:{PASSWORD}@127.0.0.1:port/x",
        f"postgresql://u:{PASSWORD}/x@h/y",
    ],
    ids=["scheme", "port", "slash"],
)
def test_a_wrong_address_is_named_and_not_repeated(away: Run, command: Command, address: str) -> None:
    done = away(*command.line, GUICHET_DATABASE=address)
    assert_one_line(done, 2)
    assert done.err.startswith("guichet: GUICHET_DATABASE: ")


@pytest.mark.parametrize("address", ["host:port", "host", ":9092", "host:0", "http://host:9092", "a:1,b"])
def test_a_wrong_broker_is_named(away: Run, address: str) -> None:
    done = away("seed", GUICHET_KAFKA=address)
    assert_one_line(done, 2)
    assert done.err.startswith("guichet: GUICHET_KAFKA: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARTITIONS", "0"),
        ("PARTITIONS", "many"),
        ("HTTP_HOST", "everywhere"),
        ("HTTP_PORT", "70000"),
        ("LOG", "loud"),
        ("KAFKA_SECURITY", "NONE"),
        ("DEAD_LETTER_KEY", PASSWORD),
        ("HMAC_KEYS", PASSWORD),
        ("HMAC_KEYS", f'{{"partner": "{PASSWORD}"}}'),
        ("DATABASE_FILE", "no/such/file"),
    ],
)
@pytest.mark.parametrize("words", ["run relay", "audit", "status", "up", "down", "demo"])
def test_a_wrong_setting_stops_every_command_with_its_name(guichet: Run, words: str, name: str, value: str) -> None:
    done = guichet(*words.split(), **{f"GUICHET_{name}": value})
    assert_one_line(done, 2)
    assert f"GUICHET_{name}: " in done.err


@pytest.mark.parametrize("command", [one for one in AWAY if str(one) not in {"env", "status"}], ids=str)
def test_a_missing_setting_is_named_with_what_to_do(guichet: Run, command: Command) -> None:
    done = guichet(*command.line)
    assert_one_line(done, 2)
    assert "is not set" in done.err
    assert "guichet up" in done.err


@pytest.mark.parametrize("words", ["up --detach", "down", "env", "status", "demo"])
def test_a_home_that_cannot_be_made_is_one_line(guichet: Run, tmp_path: Path, words: str) -> None:
    (tmp_path / "file").touch()
    done = guichet(*words.split(), GUICHET_HOME=str(tmp_path / "file" / "home"))
    assert_one_line(done, 1)
    assert "set GUICHET_HOME" in done.err


def test_a_port_in_use_is_one_line(away: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.adapters.logs.start_logging", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = away("run", "relay", GUICHET_HTTP_PORT=str(server.getsockname()[1]))
    assert_one_line(done, 1)
    assert done.err.startswith("guichet: HTTP_PORT: ")


def test_an_address_that_is_not_ours_is_one_line(away: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.adapters.logs.start_logging", lambda *_: None)
    done = away("run", "relay", GUICHET_HTTP_HOST="192.0.2.1")
    assert_one_line(done, 1)
    assert done.err.startswith("guichet: HTTP_HOST: ")


def test_a_bug_is_one_line_that_says_where(guichet: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_home: object) -> bool:
        raise KeyError(SECRET)

    monkeypatch.setattr("infra.local_stack.api.down", broken)
    done = guichet("down")
    assert_one_line(done, 1)
    assert Path(__file__).name in done.err
    assert "KeyError" in done.err


def test_schemas_go_to_a_folder_that_is_made(guichet: Run, tmp_path: Path) -> None:
    done = guichet("schemas", "--out", "a/b", "--json")
    assert sorted(done.document) == sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "a" / "b").iterdir())
    assert "a/b/asyncapi.json" in done.document


def test_schemas_refuse_a_folder_that_cannot_be_written(guichet: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_one_line(guichet("schemas", "--out", "file/folder"), 1)
