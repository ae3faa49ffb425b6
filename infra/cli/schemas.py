"""`guichet schemas`: the contract as files for machines (contract §6)."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from infra.cli.output import Json, Refused, print_json


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("schemas", epilog="Example: guichet schemas --out contract")(write_schemas)


def write_schemas(
    out: Annotated[Path, typer.Option("--out", help="folder to write to; made when it is missing")],
    as_json: Json = False,
) -> None:
    """Write one JSON Schema (draft 2020-12) for each event type, and asyncapi.json (AsyncAPI 3.0)."""
    from schemas.asyncapi import document, json_schemas

    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in {**json_schemas(), "asyncapi.json": document()}.items():
            (out / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
            written.append(str(out / name))
    except OSError as error:
        raise Refused(f"--out: {out} cannot be written ({error.strerror}); name a folder that can") from None
    if as_json:
        print_json(written)
    else:
        typer.echo(f"{len(written)} files written to {out}")
