"""What comes after an answer: it was looked at (P-09, X-05), or its charge is put right."""

from datetime import UTC, datetime
from typing import Any

from handlers.decision import Arrival, Decision, Effect, Fact, dead
from handlers.inquiries.entry import SESSION_IDLE, is_printable
from handlers.inquiries.known import Charged, Known
from handlers.inquiries.rows import NO_PARTY, AdjustmentRow, ChargeRow, ConsultationRow, InquiryRow
from handlers.timeline import TORONTO
from schemas.envelope import Cause, Dead
from schemas.events.inquiries import ChargeAdjusted, ResultViewed
from schemas.money import money_text


def decide_viewed(arrival: Arrival, known: Known, _now: datetime) -> Decision | Dead:
    """Log one consultation told by a portal, or refuse it when there is no such result (RESULT)."""
    viewed = arrival.event.data
    assert isinstance(viewed, ResultViewed)  # noqa: S101 -- for the type checker
    if missing := _missing_role(arrival, "PORTAL"):
        return missing
    organisation = known.results.get((viewed.result.inquiry, viewed.result.item))
    if organisation is not None and not arrival.source.speaks_for(organisation):
        return _foreign(arrival)
    code = None
    if _session_over(arrival, viewed):
        code = "SESSION"
    elif organisation is None or not is_printable(viewed.employee):
        code = "RESULT"
    about = {"inquiry": str(viewed.result.inquiry), "item": viewed.result.item}
    if code is not None:
        return _refused(arrival, "guichet.result.view-refused.v1", about | {"code": code})
    row = ConsultationRow(
        arrival.received_at,
        viewed.result.inquiry,
        viewed.result.item,
        viewed.employee,
        viewed.action,
        arrival.source.uri,
    )
    return Decision(Effect.EFFECT, (_inbox_row(arrival), row))


def decide_adjusted(arrival: Arrival, known: Known, now: datetime) -> Decision | Dead:
    """Add a line to the open period for a charge, or refuse when there is no such charge (CHARGE)."""
    adjusted = arrival.event.data
    assert isinstance(adjusted, ChargeAdjusted)  # noqa: S101 -- for the type checker
    if missing := _missing_role(arrival, "SAAQ"):
        return missing
    charge = known.charges.get((adjusted.charge.inquiry, adjusted.charge.item))
    if charge is not None and not arrival.source.speaks_for(charge.organisation):
        return _foreign(arrival)
    code = None
    if _session_over(arrival, adjusted):
        code = "SESSION"
    elif charge is None or not is_printable(adjusted.reason):
        code = "CHARGE"
    about = {"inquiry": str(adjusted.charge.inquiry), "item": adjusted.charge.item}
    if code is not None or charge is None:
        return _refused(arrival, "guichet.charge.adjustment-refused.v1", about | {"code": code})
    version = charge.adjustments + 1
    row = AdjustmentRow(
        arrival.event.envelope.id,
        adjusted.charge.inquiry,
        adjusted.charge.item,
        version,
        adjusted.amount,
        adjusted.reason,
        now,
    )
    data = about | {
        "organisation": charge.organisation,
        "service": charge.service,
        "amount": money_text(adjusted.amount),
        "day": now.astimezone(TORONTO).date().isoformat(),
    }
    fact = Fact("guichet.charge.adjusted.v1", charge_aggregate(adjusted), version, data)
    return Decision(Effect.EFFECT, (_inbox_row(arrival), row), (fact,))


def evolve_followed(known: Known, row: Any) -> None:
    """Take a result, a charge or an adjustment of this batch into account for its later follow-ups."""
    match row:
        case AdjustmentRow():
            charge = known.charges[row.inquiry_id, row.item]
            known.charges[row.inquiry_id, row.item] = charge._replace(adjustments=row.version)
        case ChargeRow():
            organisation = known.organisation_of(row.org_no)
            known.charges[row.inquiry_id, row.item] = Charged(organisation, known.service_of(row.tariff_no), 0)
            known.results[row.inquiry_id, row.item] = organisation


def charge_aggregate(adjusted: ChargeAdjusted) -> str:
    """Name the aggregate whose version an adjustment's fact carries."""
    return f"charge:{adjusted.charge.inquiry}:{adjusted.charge.item}"


def _missing_role(arrival: Arrival, role: str) -> Dead | None:
    if role in arrival.source.roles:
        return None
    detail = f"source: has no role {role}, which this type needs; declare the source with it"
    return dead(arrival.event, Cause.SOURCE, detail)


def _foreign(arrival: Arrival) -> Dead:
    detail = "source: may not speak for the organisation of this inquiry; add it to the source's organisations"
    return dead(arrival.event, Cause.SOURCE, detail)


def _session_over(arrival: Arrival, command: ResultViewed | ChargeAdjusted) -> bool:
    session = command.session
    return session is not None and arrival.event.envelope.time - session.last_activity_at > SESSION_IDLE


def _refused(arrival: Arrival, fact_type: str, data: dict[str, object]) -> Decision:
    fact = Fact(fact_type, str(arrival.event.envelope.id), 1, data)
    return Decision(Effect.REFUSAL, (_inbox_row(arrival),), (fact,))


def _inbox_row(arrival: Arrival) -> InquiryRow:
    """A follow-up takes its id in the inquiries' own space, and nothing else."""
    event = arrival.event
    return InquiryRow(
        event.envelope.id,
        arrival.received_at,
        event.envelope.time.astimezone(UTC),
        None,
        NO_PARTY,
        arrival.source.source_no,
        None,
        "FOLLOW_UP",
        None,
        "P",
        "EVENT",
        0,
        event.digest,
        None,
        None,
    )
