"""The command: a stack of its own, everything that is shown on it, and nothing that stays running."""

import asyncio
import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.cli.output import Json, Refused, print_json


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command(epilog="Example: guichet demo --events 5000")(demo)


def demo(
    events: Annotated[int, typer.Option(min=100, max=1_000_000, help="how many events partners publish")] = 4_000,
    as_json: Json = False,
) -> None:
    """Start a stack of its own: partners publish, a month closes, e-mails leave; show it all, stop everything."""
    from infra.adapters.settings import load_settings
    from infra.cli.demo.showing import show
    from infra.local_stack import api
    from infra.local_stack.home import StackError

    signal.signal(signal.SIGTERM, _interrupt)
    home = _fresh(load_settings().home / "demo")
    os.environ["GUICHET_HMAC_KEYS"] = f'{{"example-partner": "{secrets.token_hex(32)}"}}'
    console = Console(stderr=as_json)
    try:
        with console.status("starting the stack") as status:
            api.up(home, lambda doing: status.update(f"starting the stack: {doing}"))
        document, wrong = asyncio.run(show(home, events, console))
    except StackError as error:
        raise Refused(str(error)) from None
    finally:
        with console.status("stopping everything"):
            api.down(home)
    if as_json:
        print_json(document)
    if wrong:
        raise Refused(f"demo: {wrong}")
    console.print("Everything is stopped again. `guichet up` starts a stack that stays.")


def _fresh(path: Path) -> Any:
    """Make the demonstration's folder anew, stopping what an earlier one left there."""
    from infra.local_stack import api
    from infra.local_stack.home import Home, StackError

    try:
        api.down(Home.at(path))
        shutil.rmtree(path, ignore_errors=True)
        return Home.at(path)
    except StackError as error:
        raise Refused(str(error)) from None


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
