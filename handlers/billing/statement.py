"""A statement and what it shows: a line per service and tariff, adjustments singly (contract §4, Billing)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID


class Statement(NamedTuple):
    """A closed month's statement as it was issued; money in CAD."""

    statement_id: UUID
    organisation: str
    name: str | None
    """What the organisation was called then; none where it had been withdrawn."""
    month: date
    subtotal: Decimal
    taxable_subtotal: Decimal
    gst: Decimal
    qst: Decimal
    total: Decimal
    issued_at: datetime
    document: str | None
    """The key of the document in the object store; none until somebody asked for it."""


class ServiceLine(NamedTuple):
    """What one service came to at one tariff: how many items, at how much each, in CAD."""

    service: str
    tariff_id: UUID
    taxable: bool
    items: int
    each: Decimal

    @property
    def amount(self) -> Decimal:
        """What they come to together."""
        return self.each * self.items


def by_tariff(lines: Iterable[Mapping[str, Any]]) -> list[ServiceLine]:
    """Put the charges among lines (columns of `read.charges`) together by service and tariff."""
    counts = Counter(
        (line["service"], line["tariff_id"], line["taxable"], line["amount"])
        for line in lines
        if line["kind"] == "CHARGE"
    )
    grouped = [
        ServiceLine(service, tariff_id, taxable, items, each)
        for (service, tariff_id, taxable, each), items in counts.items()
    ]
    return sorted(grouped, key=lambda line: (line.service, line.each, str(line.tariff_id)))


def adjustments(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the adjustments among lines, in their order."""
    return [line for line in lines if line["kind"] == "ADJUSTMENT"]
