"""`guichet run NAME…` and `guichet migrate`."""

import asyncio
from typing import Annotated

import typer

from infra.cli.output import Json, Refused, ServiceAway, database_answers, print_json

Names = Annotated[
    list[str], typer.Argument(help="reference, inquiries, internal, projections, clock, relay: one or several")
]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.command(epilog="Example: guichet run inquiries relay")(run)
    root.command(epilog="Example: guichet migrate")(migrate)


def run(names: Names, as_json: Json = False) -> None:
    """Run processes against the services that the settings name, until SIGTERM; logs go to standard error."""
    from infra.adapters.logs import start_logging
    from infra.adapters.settings import load_settings
    from infra.cli.running import NEEDED, PROCESSES
    from infra.cli.running import run as run_all

    if not PROCESSES.keys() >= set(names):
        raise typer.BadParameter(f"must be one of {', '.join(PROCESSES)}", param_hint="names")
    settings = load_settings(*NEEDED)
    start_logging(settings.log, ",".join(names))
    try:
        asyncio.run(run_all(names, settings))
    except BaseExceptionGroup as group:
        if (taken := group.subgroup(OSError)) is None:
            raise
        text = getattr(taken.exceptions[0], "strerror", None) or type(taken.exceptions[0]).__name__
        raise Refused(f"HTTP_PORT: {settings.http_port}: {text}; set GUICHET_HTTP_PORT to a free one") from None
    if as_json:
        print_json([{"name": name, "state": "STOPPED"} for name in names])


def migrate(as_json: Json = False) -> None:
    """Bring tables and topics up to date; a second time changes nothing."""
    from infra.adapters.postgres.migrate import MigrationError
    from infra.adapters.preparing import ServiceAwayError, prepare
    from infra.adapters.settings import load_settings

    settings = load_settings("KAFKA", "DATABASE")
    try:
        with database_answers():
            done = asyncio.run(prepare(settings))
    except ServiceAwayError as error:
        raise ServiceAway(str(error)) from None
    except MigrationError as error:
        raise Refused(str(error)) from None
    if as_json:
        print_json(done)
        return
    for what, names in done.items():
        typer.echo(f"{what}: {', '.join(names) if names else 'nothing to do'}")
