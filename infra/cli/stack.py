"""`guichet up`, `down` and `env`: the local stack (contract §6)."""

import shlex
import signal
import threading
from typing import Annotated, Any

import typer

from infra.cli.output import Json, Refused, ServiceAway, local_home, print_json

WATCH_EVERY_S = 1.0
Copies = Annotated[list[str] | None, typer.Option("--copies", help="how many of a process to run, such as inquiries=2")]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.command(epilog="Example: guichet up --detach --copies inquiries=2")(up)
    root.command(epilog="Example: guichet down")(down)
    root.command(epilog='Example: eval "$(guichet env)"')(env)


def _say(text: str) -> None:
    typer.echo(f"guichet: {text}", err=True)


def up(
    detach: Annotated[bool, typer.Option("--detach", help="return when all is ready")] = False,
    copies: Copies = None,
    as_json: Json = False,
) -> None:
    """Start everything on this machine: Kafka, PostgreSQL, a mail sink and Guichet's processes."""
    from infra.local_stack import api
    from infra.local_stack.environment import environment, read_copies, write_copies
    from infra.local_stack.home import StackError

    wanted = _copies(copies or [])
    home = local_home()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        write_copies(home, read_copies(home) | wanted)
        api.up(home, _say, stop.is_set)
        if not stop.is_set():
            endpoints = _endpoints(environment(home))
            print_json(endpoints) if as_json else _print_endpoints(endpoints)
        if not detach:
            _stay(home, stop)
        if stop.is_set():
            _say("stopping")
            api.down(home)
    except StackError as error:
        raise Refused(str(error)) from None


def _stay(home: Any, stop: threading.Event) -> None:
    """Wait for Ctrl-C, or until somebody else stops the stack."""
    from infra.local_stack import api

    if not stop.is_set():
        _say("running; Ctrl-C stops all")
    while not stop.wait(WATCH_EVERY_S) and api.supervised(home):
        pass


def _copies(texts: list[str]) -> dict[str, int]:
    from infra.local_stack.environment import PROCESSES

    copies = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in PROCESSES or not number.isdigit() or not 1 <= int(number) <= 64:  # noqa: PLR2004
            raise typer.BadParameter(f"use NAME=NUMBER, NAME one of {', '.join(PROCESSES)}", param_hint="--copies")
        copies[name] = int(number)
    return copies


def _endpoints(settings: dict[str, str]) -> dict[str, str]:
    shown = ("KAFKA", "DATABASE", "OBJECTS", "SMTP", "MAIL_SINK", "HOME")
    return {name.lower(): settings[f"GUICHET_{name}"] for name in shown if f"GUICHET_{name}" in settings}


def _print_endpoints(endpoints: dict[str, str]) -> None:
    for name, value in endpoints.items():
        typer.echo(f"{name:<10} {value}")


def down(as_json: Json = False) -> None:
    """Stop everything that `up` started; the data stays."""
    from infra.local_stack import api
    from infra.local_stack.home import StackError

    try:
        stopped = api.down(local_home())
    except StackError as error:
        raise Refused(str(error)) from None
    print_json({"stopped": stopped}) if as_json else _say("stopped" if stopped else "nothing was running")


def env(as_json: Json = False) -> None:
    """Print the running stack's settings as `export` lines."""
    from infra.local_stack import api
    from infra.local_stack.environment import running_environment

    home = local_home()
    if not any(process["pid"] for process in api.running(home)):
        raise ServiceAway(f'env: no stack runs in {home.path}; start it with "guichet up --detach"')
    settings = running_environment(home)
    if as_json:
        print_json(settings)
        return
    for name, value in settings.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
