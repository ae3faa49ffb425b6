"""`guichet clock`: the local stack's clock, which can be turned forward (contract §6)."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from infra.cli.output import Json, Refused, Session, needs, print_json

UNITS = {"d": "days", "h": "hours", "m": "minutes"}
FARTHEST = datetime(2200, 1, 1, tzinfo=UTC)
SPAN = re.compile(r"([1-9][0-9]{0,5})([dhm])")

app = typer.Typer(help="The local stack's clock, which can be turned forward.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="clock")


@app.command(epilog="Example: guichet clock show")
def show(as_json: Json = False) -> None:
    """Show what the clock shows, and how far it was turned."""
    _print(asyncio.run(_turn(None)), as_json)


@app.command(epilog="Example: guichet clock advance 21d")
def advance(
    by: Annotated[str, typer.Argument(help="how far: a whole number with d (24 h), h or m, as 21d")],
    as_json: Json = False,
) -> None:
    """Turn the clock forward, and return once all that was due then has been handled."""
    found = SPAN.fullmatch(by)
    if found is None:
        raise typer.BadParameter("must be a whole number from 1 to 999999 with d, h or m, as 21d", param_hint="by")
    _print(asyncio.run(_turn(timedelta(**{UNITS[found[2]]: int(found[1])}))), as_json)


async def _turn(by: timedelta | None) -> dict[str, Any]:
    from consumers.pipeline import utc_now
    from infra.adapters.postgres.clock import load_timeline

    async with needs("DATABASE", "KAFKA") as session:
        if by is not None:
            await turn(session, by)
        timeline = await load_timeline(session.connection)
        return {"now": timeline.moment(utc_now()).shown, "offset_s": timeline.offset_s}


async def turn(session: Session, by: timedelta) -> None:
    """Turn the clock forward, and return once all that was due then has been handled.

    Raises:
        Refused: it would show a year too far away, or this is no local stack.
        ServiceAway: nothing of what is due moved for a minute.
    """
    from consumers.pipeline import utc_now
    from infra.adapters.postgres.clock import read_clock, turn_clock
    from infra.cli.due import until_handled

    if (await read_clock(session.connection, utc_now())).shown + by > FARTHEST:
        raise Refused(f"clock: that is beyond {FARTHEST:%Y}; turn it less far")
    if not await turn_clock(session.connection, by, utc_now()):
        raise Refused("clock: only the clock of a local stack can be turned; GUICHET_DATABASE is none")
    await until_handled(session)


def _print(shown: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(shown)
    else:
        typer.echo(f"{shown['now']:%Y-%m-%d %H:%M:%S} UTC, {shown['offset_s']:,} s ahead of real time")
