"""`guichet dlq list|show|redrive|discard`: dead letters, looked at and settled (design §4)."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import typer

from infra.cli.output import Json, Refused, ids_of, needs, print_json, print_table

Ids = Annotated[list[str] | None, typer.Argument(help="ids of dead letters, as `dlq list` shows them")]
NEEDED = ("DATABASE", "DEAD_LETTER_KEY", "TOKEN_KEY")
MASKED = "hidden; --original shows it"

app = typer.Typer(help="Dead letters: records that could not be taken.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="dlq")


@app.command("list", epilog="Example: guichet dlq list --cause DATA")
def list_(
    cause: Annotated[str | None, typer.Option(help="only this cause, such as DATA")] = None,
    settled: Annotated[bool, typer.Option("--all", help="also those redriven or discarded")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="at most so many")] = 1000,
    as_json: Json = False,
) -> None:
    """List dead letters, the oldest first."""
    from infra.adapters.postgres.dead_letters import list_dead_letters

    async def work() -> list[dict[str, Any]]:
        async with needs("DATABASE") as session:
            return await list_dead_letters(session.connection, cause, settled, limit)

    rows = asyncio.run(work())
    if as_json:
        print_json(rows)
    else:
        columns = ("dead_letter_id", "consumer_group", "cause", "state", "at", "detail")
        print_table(f"{len(rows)} dead letters", columns, rows)


@app.command(epilog="Example: guichet dlq show 019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d --original")
def show(
    dead_letter: Annotated[str, typer.Argument(help="its id")],
    original: Annotated[bool, typer.Option("--original", help="show key, headers and value as they came")] = False,
    as_json: Json = False,
) -> None:
    """Show one dead letter; its original may hold personal data and is hidden unless asked for."""
    from infra.adapters.postgres.dead_letters import show_dead_letter
    from infra.adapters.sealing import Seal

    (letter_id,) = ids_of([dead_letter])

    async def work() -> dict[str, Any]:
        async with needs(*NEEDED) as session:
            row = await show_dead_letter(session.connection, letter_id)
            if row is None:
                raise Refused("dlq: there is no dead letter of this id; see `guichet dlq list --all`")
            sealed = row.pop("original")
            record = Seal(session.settings.dead_letter_key_bytes).open(sealed) if original else None
            return row | {"original": MASKED if record is None else _readable(record)}

    row = asyncio.run(work())
    if as_json:
        print_json(row)
    else:
        rows = [{"column": name, "value": value} for name, value in row.items()]
        print_table("dead letter", ("column", "value"), rows)


def _readable(record: Any) -> dict[str, Any]:
    return {
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [[name, _text(value)] for name, value in record.headers],
    }


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


@app.command(epilog="Example: guichet dlq redrive --cause SOURCE")
def redrive(
    ids: Ids = None,
    cause: Annotated[str | None, typer.Option(help="all of this cause")] = None,
    as_json: Json = False,
) -> None:
    """Take dead letters down the road again, in the order of their reception."""
    if not ids and not cause:
        raise typer.BadParameter("name ids, or --cause CAUSE")
    chosen = ids_of(ids or [])
    from consumers.desks import desks
    from consumers.pipeline import PipelineSettings, utc_now
    from consumers.redrive import Redrive
    from infra.adapters.sealing import Seal

    async def work() -> dict[UUID, str]:
        async with needs(*NEEDED) as session:
            settings = session.settings
            road = PipelineSettings(settings.hmac_key_bytes, Seal(settings.dead_letter_key_bytes), utc_now)
            redriving = Redrive(desks(settings.token_key_bytes), session.database, road)
            return await redriving.run(chosen, cause)

    _tell(asyncio.run(work()), as_json, "REDRIVEN")


@app.command(epilog='Example: guichet dlq discard 019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d --reason "sent again"')
def discard(
    ids: Annotated[list[str], typer.Argument(help="ids of dead letters")],
    reason: Annotated[str, typer.Option(help="why they are given up; kept with them")],
    as_json: Json = False,
) -> None:
    """Give dead letters up; what waited behind them can be redriven then."""
    from consumers.pipeline import utc_now
    from consumers.redrive import discard as give_up
    from infra.adapters.postgres.clock import read_clock

    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    chosen = ids_of(ids)

    async def work() -> dict[UUID, str]:
        async with needs("DATABASE") as session:
            now = (await read_clock(session.connection, utc_now())).shown
            done = await give_up(session.connection, chosen, now, reason)
            return {one: "DISCARDED" if one in done else "UNKNOWN" for one in chosen}

    _tell(asyncio.run(work()), as_json, "DISCARDED")


def _tell(became: dict[UUID, str], as_json: bool, good: str) -> None:
    """Print what became of each; exit 1 when one is not settled, or when there was none."""
    rows = [{"dead_letter_id": letter_id, "state": state} for letter_id, state in became.items()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            f"{sum(state == good for state in became.values())} of {len(rows)}",
            ("dead_letter_id", "state"),
            rows,
        )
    if not rows:
        raise Refused("dlq: nothing chosen is unsettled; see `guichet dlq list`")
    if any(state != good for state in became.values()):
        raise typer.Exit(1)
