"""The running stack's settings, and which of Guichet's processes it runs."""

import json
import os
from collections.abc import Mapping

from dotenv import dotenv_values

from infra.adapters.settings import PREFIX
from infra.local_stack.home import Home

PROCESSES = ("reference", "inquiries", "internal", "projections", "clock", "relay", "notifier")
OWN = ("KAFKA", "KAFKA_SECURITY", "KAFKA_REPLICATION", "DATABASE", "OBJECTS", "HOME", "MAIL_SINK")


def given_settings() -> dict[str, str]:
    """Give the `GUICHET_*` of `.env` and of the environment, which wins."""
    said = {name: value for name, value in dotenv_values(".env").items() if value} | dict(os.environ)
    return {name: value for name, value in said.items() if name.startswith(PREFIX)}


def running_environment(home: Home) -> dict[str, str]:
    """Give the settings with which the stack runs, whatever this shell says."""
    return environment(home, home.read_state().get("given"))


def environment(home: Home, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the stack's `GUICHET_*`: what is given wins, but for the services themselves.

    Args:
        given: settings by their full names; by default those of `.env` and the environment.
    """
    given = given_settings() if given is None else given
    ports, secrets = home.ports(), home.secrets()
    password = secrets["database_password"]
    stack = {
        "KAFKA": f"127.0.0.1:{ports['kafka']}",
        "KAFKA_SECURITY": "PLAINTEXT",
        "KAFKA_REPLICATION": "1",
        "DATABASE": f"postgresql://guichet:{password}@127.0.0.1:{ports['postgresql']}/guichet",
        "OBJECTS": home.objects.as_uri(),
        "SMTP": f"smtp://127.0.0.1:{ports['mail-sink']}",
        "MAIL_FROM": "Guichet <guichet@guichet.example>",
        "PORTAL_URL": "https://portail.guichet.example",
        "MAIL_SINK": str(home.mail),
        "DEAD_LETTER_KEY": secrets["dead_letter_key"],
        "TOKEN_KEY": secrets["token_key"],
        "HOME": str(home.path),
    }
    ours = {f"{PREFIX}{name}": value for name, value in stack.items()}
    own = {f"{PREFIX}{name}" for name in OWN}
    files = {f"{name}_FILE" for name in own}
    theirs = {name: value for name, value in given.items() if name not in own | files}
    return {name: value for name, value in ours.items() if name in own or f"{name}_FILE" not in theirs} | theirs


def process_names(home: Home) -> list[str]:
    """Name the processes to run, copies as `inquiries-2`."""
    copies = read_copies(home)
    return [
        name if number == 1 else f"{name}-{number}"
        for name in PROCESSES
        for number in range(1, copies.get(name, 1) + 1)
    ]


def read_copies(home: Home) -> dict[str, int]:
    """Give how many copies of each process are wanted; those not named run once."""
    try:
        copies = json.loads((home.path / "copies.json").read_text(encoding="utf-8"))
        return {name: int(count) for name, count in copies.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_copies(home: Home, copies: dict[str, int]) -> None:
    """Remember how many copies are wanted."""
    (home.path / "copies.json").write_text(json.dumps(copies), encoding="utf-8")
