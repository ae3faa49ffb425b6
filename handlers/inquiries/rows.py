"""The rows that decisions on inquiries make, in the column order of their tables."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

NO_PARTY = 0
"""The number that stands for no organisation."""


class InquiryRow(NamedTuple):
    """A row of `core.inquiries`, which is also the event's inbox entry."""

    inquiry_id: UUID
    received_at: datetime
    requested_at: datetime
    answered_at: datetime | None
    org_no: int
    source_no: int
    kind: str | None
    status: str
    code: str | None
    environment: str
    channel: str
    items: int
    digest: bytes
    employee: str | None
    reference: str | None


class ResultRow(NamedTuple):
    """A row of `core.results`: the frozen content as JSON, none in environment T."""

    inquiry_id: UUID
    item: int
    outcome: str
    published_at: datetime
    sha256: bytes | None
    content: bytes | None


class ChargeRow(NamedTuple):
    """A row of `core.charges` but for its period, which is read when it is saved."""

    inquiry_id: UUID
    item: int
    org_no: int
    tariff_no: int
    amount: Decimal
    posted_at: datetime


class AdjustmentRow(NamedTuple):
    """A row of `core.adjustments` but for its period, which is read when it is saved."""

    adjustment_id: UUID
    inquiry_id: UUID
    item: int
    version: int
    amount: Decimal
    reason: str
    posted_at: datetime


class ConsultationRow(NamedTuple):
    """A row of `core.consultations` but for its number (P-09)."""

    at: datetime
    inquiry_id: UUID
    item: int
    employee: str
    action: str
    by: str
