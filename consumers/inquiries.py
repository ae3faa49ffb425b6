"""The desk of `guichet.inquiries`: questions, and what follows an answer."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from consumers.desk import Desk
from handlers.decision import Arrival, Decision
from handlers.inquiries.decide import decide_inquiry
from handlers.inquiries.follow_ups import charge_aggregate, decide_adjusted, decide_viewed, evolve_followed
from handlers.inquiries.known import Known
from infra.adapters.postgres import inquiries as sql
from infra.adapters.telemetry import ANSWER_AGE_SECONDS, NO_TARIFF
from schemas.envelope import Dead, Event
from schemas.events import MODELS
from schemas.events.inquiries import ChargeAdjusted, InquiryRequested
from schemas.topics import INQUIRIES

log = structlog.get_logger()

DECISIONS: dict[str, Callable[[Arrival, Known, datetime], Decision | Dead]] = {
    "guichet.inquiry.requested.v1": decide_inquiry,
    "guichet.result.viewed.v1": decide_viewed,
    "guichet.charge.adjusted.v1": decide_adjusted,
}


def decide(arrival: Arrival, known: Known, now: datetime) -> Decision | Dead:
    """Decide by the event's type."""
    return DECISIONS[arrival.event.envelope.type](arrival, known, now)


def evolve(known: Known, decision: Decision) -> None:
    """Let the follow-ups of a batch meet what its earlier events made; without any there is nothing to do."""
    if known.followed:
        for row in decision.rows:
            evolve_followed(known, row)


def aggregate(event: Event) -> str | None:
    """An inquiry blocks nothing and waits for nothing (design §4); adjustments go by charge."""
    return charge_aggregate(event.data) if isinstance(event.data, ChargeAdjusted) else None


def items(event: Event) -> int:
    """An inquiry counts for its items."""
    return len(event.data.items) if isinstance(event.data, InquiryRequested) else 1


def observe(decided: Sequence[tuple[Event, Decision]], now: datetime) -> None:
    """Measure the age of each answer (P-08), and alert operators when a service has no tariff."""
    now_s, without_tariff, ages_s = now.timestamp(), 0, []
    for event, decision in decided:
        for fact in decision.facts:
            if fact.type == "guichet.inquiry.answered.v1":
                ages_s.append(now_s - event.record.timestamp_ms / 1000)
            elif fact.data.get("code") == "NO_TARIFF":
                without_tariff += 1
    ANSWER_AGE_SECONDS.observe(ages_s)
    if without_tariff:
        NO_TARIFF.inc(without_tariff)
        log.error("inquiries refused: their service has no tariff; declare one", inquiries=without_tariff)


INQUIRIES_DESK = Desk(
    group="guichet.inquiries",
    topic=INQUIRIES,
    models={event_type: MODELS[event_type] for event_type in DECISIONS},
    inbox=sql.load_inbox,
    load=sql.load,
    decide=decide,
    evolve=evolve,
    aggregate=aggregate,
    writers=sql.WRITERS,
    items=items,
    observe=observe,
)
