"""`guichet rebuild STORE`: a read store that is written, made anew from core (contract §6)."""

import asyncio
from typing import Annotated, Any

import typer

from infra.cli.output import Json, needs, print_json

STORES = ("activity",)


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command(epilog="Example: guichet rebuild activity")(rebuild)


def rebuild(
    store: Annotated[str, typer.Argument(help=f"a store of read that is written: {', '.join(STORES)}")],
    as_json: Json = False,
) -> None:
    """Make a read store anew from core, while events go on; nothing changes when it was right."""
    if store not in STORES:
        raise typer.BadParameter(
            f"must be one of {', '.join(STORES)}; the other stores are views, which need no rebuild", param_hint="store"
        )
    rebuilt = asyncio.run(_rebuild())
    if as_json:
        print_json({"store": store} | rebuilt)
    else:
        typer.echo(
            "{store}: {before:,} rows before, {after:,} after, {changed:,} changed".format(store=store, **rebuilt)
        )


async def _rebuild() -> dict[str, Any]:
    from infra.adapters.postgres.activity_rebuild import rebuild_activity

    async with needs("DATABASE") as session:
        return (await rebuild_activity(session.connection))._asdict()
