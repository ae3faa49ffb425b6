"""A month's statement as PDF, from what was frozen when the month closed (contract §4, Billing)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from handlers.billing.statement import Statement, adjustments, by_tariff
from infra.adapters.documents.french import count, day, money, month, service
from infra.adapters.documents.typesetting import typeset

Line = Mapping[str, Any]


def statement_pdf(statement: Statement, lines: Sequence[Line]) -> bytes:
    """Set a statement; the same rows always give the same bytes.

    Args:
        lines: its lines, with the columns of `read.charges`. An adjustment's reason is free text, and not shown.
    """
    return typeset("statement", statement_content(statement, lines), statement.issued_at)


def statement_content(statement: Statement, lines: Sequence[Line]) -> dict[str, Any]:
    """Give what `statement.typ` reads, all of it text as it is to be shown.

    Returns:
        statement, organisation, name (or None), period, issued_on; charges: rows of service, taxable, count, price,
        amount; adjustments: rows of service, taxable, inquiry, item, amount; totals: pairs of name and amount.
    """
    return {
        "statement": str(statement.statement_id),
        "organisation": statement.organisation,
        "name": statement.name,
        "period": month(statement.month),
        "issued_on": day(statement.issued_at),
        "charges": _charges(lines),
        "adjustments": _adjustments(lines),
        "totals": [
            ("Sous-total", money(statement.subtotal)),
            ("Sous-total taxable", money(statement.taxable_subtotal)),
            ("TPS", money(statement.gst)),
            ("TVQ", money(statement.qst)),
            ("Total", money(statement.total)),
        ],
    }


def _charges(lines: Iterable[Line]) -> list[tuple[str, ...]]:
    """Give the lines of services in the order of their French names, the cheaper tariff first."""
    grouped = sorted(by_tariff(lines), key=lambda line: service(line.service))
    return [
        (service(line.service), _yes_no(line.taxable), count(line.items), money(line.each), money(line.amount))
        for line in grouped
    ]


def _adjustments(lines: Iterable[Line]) -> list[tuple[str, ...]]:
    return [
        (
            service(line["service"]),
            _yes_no(line["taxable"]),
            str(line["inquiry_id"]),
            str(line["item"]),
            money(line["amount"]),
        )
        for line in adjustments(lines)
    ]


def _yes_no(taxable: bool) -> str:
    return "Oui" if taxable else "Non"
