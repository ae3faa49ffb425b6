"""The local stack's folder: where its data, logs, ports and secrets are, and who is running."""

import json
import os
import random
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

PORTS = ("kafka", "kafka-controller", "postgresql", "mail-sink")
SECRETS = ("dead_letter_key", "token_key", "database_password", "superuser_password")
FIRST_PORT, LAST_PORT = 20_000, 32_000  # below those that systems lend to outgoing connections


class StackError(Exception):
    """The local stack cannot do what is asked; the message says what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """A folder given by GUICHET_HOME; several stand side by side."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Home":
        """Make the folder when it is not there.

        Raises:
            StackError: it cannot be made.
        """
        home = cls(path.absolute())
        try:
            for folder in (home.path, home.logs, home.objects, home.mail):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(
                f"HOME: {path}: {error.strerror}; set GUICHET_HOME to a folder that can be written"
            ) from None
        return home

    @property
    def logs(self) -> Path:
        """One file for each process, `NAME.log`."""
        return self.path / "logs"

    @property
    def objects(self) -> Path:
        """The object store."""
        return self.path / "objects"

    @property
    def mail(self) -> Path:
        """One `.eml` file for each message that the sink accepted."""
        return self.path / "mail"

    def ports(self) -> dict[str, int]:
        """Give the ports of the services: free ones the first time, the same ever after."""
        path = self.path / "ports.json"
        made = {} if path.exists() else dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        try:
            kept = _remembered(path, made)
            return {name: int(kept[name]) for name in PORTS}
        except (KeyError, TypeError, ValueError):
            raise StackError(_unreadable(path)) from None

    def secrets(self) -> dict[str, str]:
        """Give the stack's own secrets: 64 hex digits each, made once, readable by their owner only."""
        made = {name: secrets.token_hex(32) for name in SECRETS}
        return {name: str(secret) for name, secret in _remembered(self.path / "secrets.json", made).items()}

    def read_state(self) -> dict[str, Any]:
        """Give what the supervisor last wrote; empty before its first start."""
        try:
            state = json.loads((self.path / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) and isinstance(state.get("services", {}), dict) else {}

    def write_state(self, state: dict[str, Any]) -> None:
        """Write the state in one step, so that no reader sees half of it."""
        _write(self.path / "state.json", state)

    @contextmanager
    def locked(self, name: str, wait: bool = True) -> Iterator[bool]:
        """Hold a lock of this home; gives False when it is held elsewhere and `wait` is not asked."""
        with (self.path / f"{name}.lock").open("w") as file:
            try:
                flock(file, LOCK_EX if wait else LOCK_EX | LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def _remembered(path: Path, made: dict[str, Any]) -> dict[str, Any]:
    """Give what was made the first time; what of `made` is not there yet is kept from now on."""
    try:
        kept: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    except (OSError, ValueError):
        raise StackError(_unreadable(path)) from None
    if not isinstance(kept, dict):
        raise StackError(_unreadable(path))
    if missing := made.keys() - kept.keys():
        kept |= {name: made[name] for name in missing}
        _write(path, kept)
    return kept


def _unreadable(path: Path) -> str:
    return f"HOME: {path} cannot be read; remove it to have another made"


def _write(path: Path, content: Any) -> None:
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(content, indent=1), encoding="utf-8")
    new.replace(path)


def free_ports(count: int) -> list[int]:
    """Find free loopback ports, each another."""
    candidates = random.SystemRandom().sample(range(FIRST_PORT, LAST_PORT), LAST_PORT - FIRST_PORT)
    free = [port for port, _ in zip(filter(_is_free, candidates), range(count), strict=False)]
    if len(free) < count:
        raise StackError(f"HOME: no {count} loopback ports are free from {FIRST_PORT} to {LAST_PORT}; stop something")
    return free


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def cache_folder() -> Path:
    """Give the folder for what is downloaded once for all homes."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guichet"
