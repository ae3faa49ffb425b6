"""Statements as PDF beside a bare Typst loop on the same template.

Guichet goes from a statement's rows to the stored object; the bare loop compiles content that was made ready before,
and keeps nothing. Both set the same statements, whose bytes must be equal.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson
import typst

from handlers.billing.statement import Statement
from handlers.billing.totals import Line, add_up
from infra.adapters.documents.statement import statement_content
from infra.adapters.documents.typesetting import STANDARDS, TEMPLATES
from infra.adapters.objects import Objects
from infra.cli.statement import statement_key, stored_statement

NAMESPACE = UUID("01a21e17-48f0-82c6-8c44-40692b27fce5")
SERVICES = ("DRIVER_RECORD", "VEHICLE_RECORD", "OWNERSHIP_HISTORY", "LICENCE_VALIDITY", "ATTESTATION")
CHARGES, ADJUSTMENTS = 1_000, 20
MONTH, ISSUED_AT = date(2026, 11, 1), datetime(2026, 12, 1, 8, tzinfo=UTC)

Rows = list[dict[str, Any]]


class Compared(NamedTuple):
    """A round's result: documents a second."""

    ours: float
    bare: float


def compare(round_number: int, documents: int) -> Compared:
    """Set so many statements both ways, in turns first; raises `AssertionError` when bytes differ."""
    statements = [_statement(round_number, number) for number in range(documents)]
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder:
        if round_number % 2:
            bare, made = _bare(statements)
            ours = asyncio.run(_ours(statements, Path(folder)))
        else:
            ours = asyncio.run(_ours(statements, Path(folder)))
            bare, made = _bare(statements)
        stored = [(Path(folder) / statement_key(statement)).read_bytes() for statement, _ in statements]
    assert stored == made, "the documents differ"
    return Compared(documents / ours, documents / bare)


async def _ours(statements: Sequence[tuple[Statement, Rows]], folder: Path) -> float:
    """Give the seconds from rows to stored objects."""
    objects = Objects(folder.as_uri())
    started = time.perf_counter()
    for statement, lines in statements:
        await stored_statement(objects, statement, lines)
    return time.perf_counter() - started


def _bare(statements: Sequence[tuple[Statement, Rows]]) -> tuple[float, list[Any]]:
    """Give the seconds of compiling alone, and what came out."""
    ready = [orjson.dumps(statement_content(*one)).decode() for one in statements]
    compiler = typst.Compiler(TEMPLATES / "statement.typ", root=TEMPLATES, ignore_system_fonts=True)
    timestamp_s = int(ISSUED_AT.timestamp())

    def made(content: str) -> Any:
        return compiler.compile(
            format="pdf", sys_inputs={"content": content}, pdf_standards=STANDARDS, timestamp=timestamp_s
        )

    made(ready[-1])  # a compiler's first document loads typefaces; this one's own turn comes when it is forgotten
    started = time.perf_counter()
    documents = [made(content) for content in ready]
    return time.perf_counter() - started, documents


def _statement(round_number: int, number: int) -> tuple[Statement, Rows]:
    lines = [_line(number, item, "CHARGE") for item in range(CHARGES)]
    lines += [_line(number, item, "ADJUSTMENT") for item in range(ADJUSTMENTS)]
    totals = add_up((Line(line["amount"], line["taxable"]) for line in lines), MONTH)
    statement_id = uuid5(NAMESPACE, f"{round_number} {number}")
    name = f"Municipalité de Sainte-Zéphirine-des-Œillets, secteur {number}"
    return Statement(statement_id, "1195000006", name, MONTH, *totals, ISSUED_AT, None), lines


def _line(number: int, item: int, kind: str) -> dict[str, Any]:
    service = SERVICES[item % len(SERVICES)]
    return {
        "inquiry_id": uuid5(NAMESPACE, f"{number} {item}"),
        "item": item + 1,
        "service": service,
        "tariff_id": uuid5(NAMESPACE, service),
        "amount": Decimal(-1 if kind == "ADJUSTMENT" else 12 + item % len(SERVICES)),
        "taxable": service != "LICENCE_VALIDITY",
        "kind": kind,
    }
