"""Facts on `guichet.outcomes`: ids, codes, counts and amounts, never personal data (contract §4).

Members that were added later are optional: the topic keeps for ever the facts that were told without them.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from schemas.events.data import Data
from schemas.events.inquiries import Id, InquiryKind
from schemas.money import SignedAmount
from schemas.texts import Day

MoneyText = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$")]


class AnsweredItem(Data):
    """What became of one item and what it costs."""

    item: int
    outcome: Literal["FOUND", "NOT_FOUND", "PENDING"]
    amount: MoneyText


class InquiryAnswered(Data):
    """An inquiry is answered and billed; `day` is the one of its reception in Toronto."""

    inquiry: Id
    organisation: str
    kind: InquiryKind
    items: list[AnsweredItem]
    total: MoneyText
    day: Day | None = None
    environment: Literal["T"] | None = None


class InquiryRefused(Data):
    """An inquiry is refused at entry; `organisation` is absent when it is no NEQ, `day` is the one of its reception."""

    inquiry: Id
    organisation: str | None = None
    kind: InquiryKind
    code: str
    day: Day | None = None
    environment: Literal["T"] | None = None


class InquiryLate(Data):
    """An answer was given more than 15 minutes after reception (P-08)."""

    inquiry: Id
    organisation: str
    kind: InquiryKind
    environment: Literal["T"] | None = None


class TariffRefused(Data):
    """A tariff would have changed the past."""

    service: str
    effective_from: Day
    code: str


class ChargeAdjustedFact(Data):
    """A line was added on a charge of a service; `day` is the one in Toronto on which it was posted."""

    inquiry: Id
    item: int
    organisation: str
    service: str | None = None
    amount: SignedAmount
    day: Day | None = None


class ItemRefused(Data):
    """A follow-up names a result or a charge that is not there."""

    inquiry: Id
    item: int
    code: str


class StatementIssued(Data):
    """A closed month's statement of an organisation."""

    statement: Id
    organisation: str
    period: str
    total: MoneyText


class MailTold(Data):
    """An e-mail was sent, or may have been: nobody knows, and a person finds out."""

    mail: Id
    template: str
    about: Id


class MailFailed(MailTold):
    """An e-mail was not sent and will not be: what the server replied, or EXPIRED, SUPPRESSED, ADDRESS, NOT_SENT."""

    cause: str


EVENTS: dict[str, type[BaseModel]] = {
    "guichet.inquiry.answered.v1": InquiryAnswered,
    "guichet.inquiry.refused.v1": InquiryRefused,
    "guichet.inquiry.late.v1": InquiryLate,
    "guichet.tariff.refused.v1": TariffRefused,
    "guichet.statement.issued.v1": StatementIssued,
    "guichet.mail.sent.v1": MailTold,
    "guichet.mail.failed.v1": MailFailed,
    "guichet.mail.unknown.v1": MailTold,
    "guichet.charge.adjusted.v1": ChargeAdjustedFact,
    "guichet.charge.adjustment-refused.v1": ItemRefused,
    "guichet.result.view-refused.v1": ItemRefused,
}
