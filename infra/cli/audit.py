"""`guichet audit`: the conservation laws of contract §8, one line each."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.output import Json, print_json

if TYPE_CHECKING:
    from infra.cli.laws import Judged

BROKEN = 1
SAID = {"OK": "ok", "BROKEN": "BROKEN", "NOTHING_YET": "-"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit", epilog="Example: guichet audit --json")(audit)


def audit(
    from_start: Annotated[
        bool, typer.Option("--from-start", help="read all facts again, not only those since the last audit")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check the conservation laws: nothing lost, nothing double, billed to the cent. Exits 1 when one is broken."""
    from infra.adapters.settings import load_settings
    from infra.cli.laws import judge_all

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    judged = asyncio.run(judge_all(load_settings("DATABASE", "KAFKA"), datetime.now(UTC), from_start))
    if as_json:
        print_json(document(judged))
    else:
        typer.echo("\n".join(line for one in judged for line in lines(one)))
    if any(one.verdict.breaches for one in judged):
        raise typer.Exit(BROKEN)


def document(judged: list["Judged"]) -> dict[str, Any]:
    """Make the document of `--json`: whether any law is broken, then each law with its breaches and notes."""
    return {
        "broken": any(one.verdict.breaches for one in judged),
        "laws": [
            {
                "law": one.law.law,
                "title": one.law.title,
                "state": one.verdict.state,
                "summary": one.verdict.summary,
                "breaches": [breach._asdict() for breach in one.verdict.breaches],
                "notes": list(one.verdict.notes),
            }
            for one in judged
        ],
    }


def lines(judged: "Judged") -> list[str]:
    """Write a law for people: one line; when it is broken, then one for each breach; then one for each note."""
    law, verdict = judged
    head = f"{law.law:>8}  {SAID[verdict.state]:6}  {law.title}: {verdict.summary}"
    breaches = [f"{'':8}  {breach.what}; {breach.todo}" for breach in verdict.breaches]
    return [head, *breaches, *(f"{'':8}  note: {note}" for note in verdict.notes)]
