"""Questions and their follow-ups on `guichet.inquiries` (contract §3)."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StrictInt, StrictStr, WithJsonSchema

from schemas.events.data import Data
from schemas.identifiers import uuid
from schemas.money import SignedAmount
from schemas.texts import Instant


def _uuid(value: object) -> UUID:
    if (read := uuid(value)) is None:
        raise ValueError("must be a UUID")
    return read


Id = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]


class InquiryKind(StrEnum):
    """What is asked."""

    DRIVER_RECORD = "DRIVER_RECORD"
    VEHICLE_RECORD = "VEHICLE_RECORD"
    OWNERSHIP_HISTORY = "OWNERSHIP_HISTORY"
    LICENCE_VALIDITY = "LICENCE_VALIDITY"
    ATTESTATION = "ATTESTATION"

    __hash__ = str.__hash__


class Block(StrEnum):
    """What LICENCE_VALIDITY may show beyond validity and classes (P-22)."""

    CONDITIONS = "CONDITIONS"
    MENTIONS = "MENTIONS"
    PROHIBITIONS = "PROHIBITIONS"


Environment = Annotated[
    Literal["P", "T"],
    BeforeValidator(lambda value: "P" if value is None else value),
    WithJsonSchema({"enum": ["P", "T", None]}),
]
"""P, also where nothing is said; T is a test, without effect and bill."""


class Session(Data):
    """A portal's working session, as the portal tells it (P-50)."""

    id: StrictStr
    opened_at: Instant
    last_activity_at: Instant
    trust_level: StrictInt


class InquiryItem(Data):
    """One question; what is wrong with its texts is the refusal ITEM_FORM, not a dead letter."""

    licence: StrictStr | None = None
    plate: StrictStr | None = None
    vin: StrictStr | None = None
    law: StrictStr | None = None
    article: StrictStr | None = None
    as_of: StrictStr | None = None
    use: StrictStr | None = None
    person: dict[str, Any] | None = None


class InquiryRequested(Data):
    """An organisation asks 1 to 100 questions of one kind."""

    organisation: StrictStr
    employee: StrictStr | None = None
    kind: InquiryKind
    items: Annotated[list[InquiryItem], Field(min_length=1, max_length=100)]
    blocks: list[Block] | None = None
    reference: StrictStr | None = None
    environment: Environment = "P"
    session: Session | None = None


MOST_LINES = 2_147_483_647
"""The largest item that a column holds: in a file the item is the line."""


class ItemName(Data):
    """Names one item of an inquiry, counted from 1."""

    inquiry: Id
    item: Annotated[StrictInt, Field(ge=1, le=MOST_LINES)]


class ResultViewed(Data):
    """A portal tells that an employee saw a result (P-09)."""

    result: ItemName
    employee: StrictStr
    action: Literal["VIEW", "DOWNLOAD"]
    session: Session | None = None


class ChargeAdjusted(Data):
    """A signed amount to add on a charge, in the open period."""

    charge: ItemName
    amount: SignedAmount
    reason: StrictStr
    session: Session | None = None


EVENTS: dict[str, type[BaseModel]] = {
    "guichet.inquiry.requested.v1": InquiryRequested,
    "guichet.result.viewed.v1": ResultViewed,
    "guichet.charge.adjusted.v1": ChargeAdjusted,
}
