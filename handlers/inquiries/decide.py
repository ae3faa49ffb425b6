"""Answer or refuse an inquiry, and bill each accepted item once (P-10, X-03)."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from handlers.decision import Arrival, Decision, Effect, Fact
from handlers.inquiries.answers import answer
from handlers.inquiries.entry import is_printable, refusal
from handlers.inquiries.known import Known, Tariff
from handlers.inquiries.rows import NO_PARTY, ChargeRow, InquiryRow, ResultRow
from schemas.events.inquiries import InquiryRequested
from schemas.money import money_text

LATE = timedelta(minutes=15)


def decide_inquiry(arrival: Arrival, known: Known, now: datetime) -> Decision:
    """Answer one inquiry and bill it: every accepted item is billed, found or not (P-10).

    Args:
        arrival: an `inquiry.requested` and its source.
        known: what was read for the whole batch: organisations, tariffs, drivers, vehicles.
        now: when the answer is given, UTC.

    Returns:
        One result and one charge an item (no charge in environment T), or a refusal that has neither.
    """
    inquiry = arrival.event.data
    assert isinstance(inquiry, InquiryRequested)  # noqa: S101 -- for the type checker
    code = refusal(inquiry, arrival, known)
    if code is not None:
        return _refused(arrival, inquiry, code, known)
    organisation = known.organisations[inquiry.organisation]
    tariff = known.tariff(inquiry.kind, arrival.received_on) if inquiry.environment == "P" else None
    inquiry_id, received_on = arrival.event.envelope.id, arrival.received_on
    row = _inquiry_row(arrival, inquiry, organisation.org_no, "ANSWERED", None, now)
    rows: list[Any] = [row]
    outcomes = []
    for number, item in enumerate(inquiry.items, 1):
        outcome, content = answer(inquiry.kind, item, known, inquiry.blocks or (), received_on)
        outcomes.append(outcome)
        if tariff is None:
            rows.append(ResultRow(inquiry_id, number, outcome, now, None, None))
        else:
            rows.append(ResultRow(inquiry_id, number, outcome, now, sha256(content).digest(), content))
            charge = ChargeRow(inquiry_id, number, organisation.org_no, tariff.tariff_no, tariff.amount, now)
            rows.append(charge)
    return Decision(Effect.EFFECT, tuple(rows), _facts(arrival, inquiry, outcomes, tariff, now))


def _facts(
    arrival: Arrival, inquiry: InquiryRequested, outcomes: list[str], tariff: Tariff | None, now: datetime
) -> tuple[Fact, ...]:
    inquiry_id = str(arrival.event.envelope.id)
    amount = total = "0.00"
    if tariff is not None:
        amount = total = money_text(tariff.amount)
        if len(outcomes) > 1:
            total = money_text(tariff.amount * len(outcomes))
    data = {
        "inquiry": inquiry_id,
        "organisation": inquiry.organisation,
        "kind": inquiry.kind,
        "items": [{"item": item, "outcome": outcome, "amount": amount} for item, outcome in enumerate(outcomes, 1)],
        "total": total,
        "day": arrival.received_on.isoformat(),
    } | _environment(inquiry)
    answered = Fact("guichet.inquiry.answered.v1", inquiry_id, 1, data)
    received_at = arrival.received_at
    if now - received_at <= LATE:
        return (answered,)
    late = {"inquiry": inquiry_id, "organisation": inquiry.organisation, "kind": inquiry.kind}
    return answered, Fact("guichet.inquiry.late.v1", inquiry_id, 2, late | _environment(inquiry))


def _refused(arrival: Arrival, inquiry: InquiryRequested, code: str, known: Known) -> Decision:
    inquiry_id = str(arrival.event.envelope.id)
    org_no = known.party_numbers.get(inquiry.organisation, NO_PARTY)
    row = _inquiry_row(arrival, inquiry, org_no, "REFUSED", code, None)
    data = {"inquiry": inquiry_id, "kind": inquiry.kind, "code": code, "day": arrival.received_on.isoformat()}
    data |= _environment(inquiry)
    if org_no != NO_PARTY:
        data["organisation"] = inquiry.organisation
    return Decision(Effect.REFUSAL, (row,), (Fact("guichet.inquiry.refused.v1", inquiry_id, 1, data),))


def _environment(inquiry: InquiryRequested) -> dict[str, Any]:
    """Facts say it only of environment T (contract §2)."""
    return {"environment": "T"} if inquiry.environment == "T" else {}


def _inquiry_row(
    arrival: Arrival,
    inquiry: InquiryRequested,
    org_no: int,
    status: str,
    code: str | None,
    answered_at: datetime | None,
) -> InquiryRow:
    event = arrival.event
    return InquiryRow(
        event.envelope.id,
        arrival.received_at,
        event.envelope.time,
        answered_at,
        org_no,
        arrival.source.source_no,
        inquiry.kind,
        status,
        code,
        inquiry.environment,
        "EVENT",
        len(inquiry.items),
        event.digest,
        inquiry.employee if is_printable(inquiry.employee) else None,
        inquiry.reference if is_printable(inquiry.reference) else None,
    )
