"""compose.yaml and the Dockerfile are held to the code: each process a service, official images, known settings."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from infra.adapters.settings import SECRETS, Settings, load_settings
from infra.cli.running import NEEDED, NEEDED_BY, PROCESSES
from tests.docs.pages import ROOT, text
from tests.stacks import KAFKA_IMAGE, POSTGRESQL_IMAGE

COMPOSE = text("compose.yaml")
MAIL_IMAGE = "axllent/mailpit:v1.27"
MADE_BY = ROOT / "infra" / "containers" / "secrets.sh"
OPEN = {"smtp"}  # the mail catcher asks for no password


def services() -> dict[str, str]:
    """The text of each service."""
    part = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    found = re.split(r"^  ([a-z]+):.*\n", part, flags=re.M)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_each_process_is_a_service_of_its_name_and_no_other_runs() -> None:
    commands = {name: re.findall(r"^    command: \[run, (.+)\]$", body, re.M) for name, body in services().items()}
    assert {name: run for name, run in commands.items() if run} == {name: [name] for name in PROCESSES}


def test_each_process_is_what_all_processes_are() -> None:
    assert [name for name in PROCESSES if "<<: *process\n" not in services()[name]] == []


def test_the_images_are_the_official_ones_and_ours() -> None:
    images = set(re.findall(r"^ +image: (\S+)$", COMPOSE, re.M))
    assert images == {KAFKA_IMAGE, POSTGRESQL_IMAGE, MAIL_IMAGE, "guichet"}


def test_each_service_says_whether_it_is_well() -> None:
    own = [name for name, body in services().items() if "<<: *process\n" not in body]
    assert own == ["kafka", "postgresql", "mail"]
    assert [name for name in own if "healthcheck:" not in services()[name]] == []


def test_each_setting_is_one_and_each_secret_is_a_file() -> None:
    names = {name.lower() for name in re.findall(r"^    GUICHET_([A-Z_]+):", COMPOSE, re.M)}
    files = {name.removesuffix("_file") for name in names if name.endswith("_file")}
    assert files <= set(SECRETS)
    plain = {name for name in names if not name.endswith("_file")}
    assert plain <= (Settings.model_fields.keys() - set(SECRETS)) | OPEN
    needed = {*NEEDED, *(name for names in NEEDED_BY.values() for name in names)}
    assert {name.lower() for name in needed} <= plain | files


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, Path]:
    """The secrets that are made for compose.yaml."""
    subprocess.run(["sh", MADE_BY], cwd=tmp_path, check=True)
    return {path.name: path for path in (tmp_path / "secrets").iterdir()}


def test_what_compose_reads_is_what_is_made(secrets: dict[str, Path]) -> None:
    assert sorted(secrets) == sorted(re.findall(r"\$\{GUICHET_SECRETS:-secrets\}/(\w+)", COMPOSE))


def test_the_secrets_made_are_good_settings(secrets: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        monkeypatch.delenv(name)
    for name in secrets.keys() & set(SECRETS):
        monkeypatch.setenv(f"GUICHET_{name.upper()}_FILE", str(secrets[name]))
    settings = load_settings("DATABASE", "DEAD_LETTER_KEY", "TOKEN_KEY")
    assert secrets["database_password"].read_text(encoding="utf-8") in settings.database


def test_secrets_made_stay(secrets: dict[str, Path], tmp_path: Path) -> None:
    before = {name: path.read_bytes() for name, path in secrets.items()}
    subprocess.run(["sh", MADE_BY], cwd=tmp_path, check=True)
    assert {name: path.read_bytes() for name, path in secrets.items()} == before


def test_only_their_owner_comes_to_the_secrets(secrets: dict[str, Path]) -> None:
    assert secrets["database"].parent.stat().st_mode & 0o077 == 0


def test_the_image_stands_on_the_official_one_and_names_no_index() -> None:
    image = text("Dockerfile")
    assert set(re.findall(r"^FROM (\S+)", image, re.M)) == {"python:3.11-slim-bookworm"}
    assert re.findall(r"://|--index|--trusted", image) == []
    assert re.findall(r"^USER (\S+)$", image, re.M) == ["10001:10001"]
