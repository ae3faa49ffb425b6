"""`guichet source add|list`: who may publish what (contract §2)."""

import asyncio
from typing import Annotated, Any

import typer

from infra.cli.output import Json, needs, print_json, print_table

app = typer.Typer(help="Sources: the upstream systems that may publish.", no_args_is_help=True)
LIST = """
select uri, types, organisations, roles, key_ref from core.sources where not withdrawn order by uri"""


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="source")


@app.command(epilog="Example: guichet source add urn:laval:cour --type inquiry.requested --organisation 1195000006")
def add(
    uri: Annotated[str, typer.Argument(help="the source's URI, as its events carry it")],
    types: Annotated[list[str], typer.Option("--type", help="a type that it may send, such as inquiry.requested")],
    organisations: Annotated[list[str], typer.Option("--organisation", help='a NEQ that it speaks for, or "*"')],
    roles: Annotated[
        list[str] | None, typer.Option("--role", help="a role that it speaks in: PARTNER, PORTAL, ANALYST, SAAQ, …")
    ] = None,
    key_ref: Annotated[str | None, typer.Option(help="the name of its key in GUICHET_HMAC_KEYS")] = None,
    as_json: Json = False,
) -> None:
    """Declare a source, or declare it anew; takes effect at once."""
    from pydantic import ValidationError

    from infra.adapters.postgres.reference import declare_source
    from schemas.events.reference import SourceDeclared

    declared = {
        "uri": uri,
        "types": types,
        "organisations": organisations,
        "roles": roles or [],
        "key_ref": key_ref,
    }
    try:
        source = SourceDeclared.model_validate(declared)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise typer.BadParameter(first["msg"].removeprefix("Value error, "), param_hint=path) from None

    async def work() -> None:
        async with needs("DATABASE", "TOKEN_KEY") as session:
            await declare_source(session.connection, session.settings.token_key_bytes, source)

    asyncio.run(work())
    print_json(source.model_dump(mode="json")) if as_json else typer.echo(f"declared {uri}")


@app.command("list", epilog="Example: guichet source list")
def list_(as_json: Json = False) -> None:
    """List the sources."""

    async def work() -> list[dict[str, Any]]:
        async with needs("DATABASE") as session:
            return [dict(row) for row in await session.connection.fetch(LIST)]

    rows = asyncio.run(work())
    if as_json:
        print_json(rows)
    else:
        print_table(f"{len(rows)} sources", ("uri", "types", "organisations", "roles", "key_ref"), rows)
