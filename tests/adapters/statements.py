"""Statements and their lines, with defaults, and what a PDF says."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid5

from pypdf import PdfReader

from handlers.billing.statement import Statement
from handlers.billing.totals import Line, add_up

ID = UUID("01a21e17-48f0-82c6-8c44-40692b27fce5")
NOVEMBER = date(2026, 11, 1)
ISSUED_AT = datetime(2026, 12, 1, 4, 30, tzinfo=UTC)
"""Still November in Toronto."""


def charge(service: str = "DRIVER_RECORD", amount: str = "12.50", **given: Any) -> dict[str, Any]:
    line = {
        "inquiry_id": ID,
        "item": 1,
        "service": service,
        "tariff_id": uuid5(ID, f"{service} {amount}"),
        "amount": Decimal(amount),
        "taxable": True,
        "kind": "CHARGE",
        "adjustment_id": None,
    }
    return line | given


def adjustment(amount: str = "-2.45", **given: Any) -> dict[str, Any]:
    return charge(amount=amount, kind="ADJUSTMENT", adjustment_id=ID) | given


def statement(lines: list[dict[str, Any]], **given: Any) -> Statement:
    totals = add_up((Line(line["amount"], line["taxable"]) for line in lines), NOVEMBER)
    made = Statement(ID, "1195000006", "Ville de L’Œuvre-aux-Érables", NOVEMBER, *totals, ISSUED_AT, None)
    return made._replace(**given)


def pages(pdf: bytes, *numbers: int) -> list[str]:
    """The text of these pages, by default of all; a break of a line is a space."""
    read = PdfReader(BytesIO(pdf)).pages
    return [" ".join(read[n - 1].extract_text().split("\n")) for n in numbers or range(1, len(read) + 1)]


def text(pdf: bytes) -> str:
    return " ".join(pages(pdf))
