"""`guichet run NAME…` and `guichet migrate`."""

import asyncio
import errno
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.output import Json, Refused, ServiceAway, database_answers, print_json

if TYPE_CHECKING:
    from infra.adapters.settings import Settings

Names = Annotated[
    list[str], typer.Argument(help="reference, inquiries, internal, projections, clock, relay, notifier: one")
]
Local = Annotated[
    bool, typer.Option("--local", help="also let urn:guichet:local say everything: to try things on, not in production")
]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.command(epilog="Example: guichet run inquiries relay")(run)
    root.command(epilog="Example: guichet migrate")(migrate)


def run(names: Names, as_json: Json = False) -> None:
    """Run processes against the services that the settings name, until SIGTERM; logs go to standard error."""
    from infra.adapters.kafka.connection import for_aiokafka
    from infra.adapters.logs import start_logging
    from infra.adapters.settings import load_settings
    from infra.cli.running import NEEDED, NEEDED_BY, PROCESSES
    from infra.cli.running import run as run_all

    if not PROCESSES.keys() >= set(names):
        raise typer.BadParameter(f"must be one of {', '.join(PROCESSES)}", param_hint="names")
    settings = load_settings(*NEEDED, *(setting for name in names for setting in NEEDED_BY.get(name, ())))
    for_aiokafka(settings)  # certificates that are none are found here, not by each part later
    start_logging(settings.log, ",".join(names))
    try:
        asyncio.run(run_all(names, settings))
    except BaseExceptionGroup as group:
        if (taken := group.subgroup(OSError)) is None:
            raise
        raise Refused(_not_served(settings, taken.exceptions[0])) from None
    if as_json:
        print_json([{"name": name, "state": "STOPPED"} for name in names])


def _not_served(settings: "Settings", error: BaseException) -> str:
    """Say why health and metrics cannot be served: the port is taken, or the address is not ours."""
    text = getattr(error, "strerror", None) or type(error).__name__
    if getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
        return f"HTTP_HOST: {settings.http_host}: {text}; set GUICHET_HTTP_HOST to an address of this machine"
    return f"HTTP_PORT: {settings.http_port}: {text}; set GUICHET_HTTP_PORT to a free one"


def migrate(local: Local = False, as_json: Json = False) -> None:
    """Bring tables and topics up to date; a second time changes nothing."""
    from infra.adapters.postgres.migrate import MigrationError
    from infra.adapters.preparing import ServiceAwayError, prepare
    from infra.adapters.settings import load_settings

    settings = load_settings("KAFKA", "DATABASE")
    try:
        with database_answers():
            done = asyncio.run(prepare(settings, local))
    except ServiceAwayError as error:
        raise ServiceAway(str(error)) from None
    except MigrationError as error:
        raise Refused(str(error)) from None
    if as_json:
        print_json(done)
        return
    for what, names in done.items():
        typer.echo(f"{what}: {', '.join(names) if names else 'nothing to do'}")
