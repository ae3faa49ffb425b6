"""The desk of `guichet.internal`: what falls due. Only Guichet writes there, and signs what it writes."""

from collections.abc import Callable
from datetime import datetime

from consumers.desk import Desk
from consumers.pipeline import ITEMS_A_TRANSACTION
from handlers.billing.months import MONTHS, KnownMonths, decide_month_ended, decide_statements_due
from handlers.decision import Arrival, Decision, Source
from infra.adapters.postgres import internal as sql
from infra.adapters.settings import INTERNAL_KEY
from schemas.envelope import SOURCE, Dead, Event
from schemas.events import INSIDE, MODELS
from schemas.topics import INTERNAL

DECISIONS: dict[str, Callable[[Arrival, KnownMonths, datetime], Decision | Dead]] = {
    "guichet.month.ended.v1": decide_month_ended,
    "guichet.statements.due.v1": decide_statements_due,
}


def decide(arrival: Arrival, known: KnownMonths, now: datetime) -> Decision | Dead:
    """Decide by the event's type."""
    return DECISIONS[arrival.event.envelope.type](arrival, known, now)


def items(_event: Event) -> int:
    """Each of these goes in a transaction of its own: closing a month holds up whoever charges, so it must be short."""
    return ITEMS_A_TRANSACTION


INTERNAL_DESK = Desk(
    group="guichet.internal",
    topic=INTERNAL,
    models={event_type: MODELS[event_type] for event_type in INSIDE},
    inbox=sql.load_inbox,
    load=sql.load,
    decide=decide,
    evolve=lambda _known, _decision: None,
    aggregate=lambda _event: MONTHS,
    writers=sql.WRITERS,
    items=items,
    only_source=Source(0, SOURCE, frozenset(INSIDE), frozenset("*"), frozenset(), INTERNAL_KEY),
)
