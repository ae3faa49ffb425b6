"""What the local stack runs: each service's command, and how one sees that it is up."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from infra.local_stack.home import Home, StackError

ROLE = "guichet"
PYTHON = (sys.executable, "-P", "-m")  # without the current folder, whose modules might bear our names


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep running.

    Attributes:
        command: what to run; `user` runs it under another account (PostgreSQL refuses root).
        port: a loopback port that answers once it is up; for Guichet's own processes the HTTP port.
        env: the settings of one of Guichet's own processes; empty for the others.
        stop_signal: what asks it to end in good order.
        probe: a command that succeeds once it takes requests; where there is none, its open port says so.
    """

    name: str
    command: list[str]
    port: int
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: str = "SIGTERM"
    probe: tuple[str, ...] = ()


def mail_sink(home: Home) -> Service:
    """Give the mail sink: one .eml file for each message accepted."""
    port = home.ports()["mail-sink"]
    return Service("mail-sink", [*PYTHON, "infra.local_stack.mail_sink", str(port), str(home.mail)], port)


def own_process(name: str, port: int, env: Mapping[str, str]) -> Service:
    """Give one of Guichet's own processes; `inquiries-2` is a copy of `inquiries`."""
    process = name.rpartition("-")[0] if name[-1].isdigit() else name
    settings = dict(env) | {"GUICHET_HTTP_HOST": "127.0.0.1", "GUICHET_HTTP_PORT": str(port)}
    return Service(name, [*PYTHON, "infra.cli.main", "run", process], port, settings)


def in_use(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(service: Service) -> bool:
    """Tell whether a service does its work: its port and its probe answer, or its /health/ready says so."""
    if not service.env:
        return in_use(service.port) and (not service.probe or _succeeds(service.probe))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/health/ready", timeout=1) as reply:
            return bool(reply.status == HTTPStatus.OK)
    except OSError:
        return False


def _succeeds(probe: tuple[str, ...]) -> bool:
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def finish(command: list[str], problem: str, user: str | None = None) -> None:
    """Run a command to its end.

    Raises:
        StackError: it failed; the message is `problem` and the last line that it wrote.
    """
    done = subprocess.run(command, user=user, cwd=os.sep, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise StackError(f"{problem}: {lines[-1]}")
