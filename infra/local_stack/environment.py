"""The running stack's settings, and which of Guichet's processes it runs."""

import json
import os

from dotenv import dotenv_values

from infra.adapters.settings import PREFIX
from infra.local_stack.home import Home

PROCESSES = ("reference", "inquiries", "relay")
OWN = ("KAFKA", "KAFKA_SECURITY", "KAFKA_REPLICATION", "DATABASE", "OBJECTS", "HOME", "MAIL_SINK")


def environment(home: Home) -> dict[str, str]:
    """Give the stack's `GUICHET_*`; what the environment or `.env` says wins, but for the services themselves."""
    ports, secrets = home.ports(), home.secrets()
    password = secrets["database_password"]
    stack = {
        "KAFKA": f"127.0.0.1:{ports['kafka']}",
        "KAFKA_SECURITY": "PLAINTEXT",
        "KAFKA_REPLICATION": "1",
        "DATABASE": f"postgresql://guichet:{password}@127.0.0.1:{ports['postgresql']}/guichet",
        "OBJECTS": f"file://{home.objects}",
        "SMTP": f"smtp://127.0.0.1:{ports['mail-sink']}",
        "MAIL_SINK": str(home.mail),
        "DEAD_LETTER_KEY": secrets["dead_letter_key"],
        "TOKEN_KEY": secrets["token_key"],
        "HOME": str(home.path),
    }
    given = {name: value for name, value in dotenv_values(".env").items() if value} | dict(os.environ)
    return {
        f"{PREFIX}{name}": value if name in OWN else given.get(f"{PREFIX}{name}", value)
        for name, value in stack.items()
        if name in OWN or f"{PREFIX}{name}_FILE" not in given
    }


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
