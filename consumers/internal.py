"""The desk of `guichet.internal`: what falls due. Only Guichet writes there, and signs what it writes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from consumers.desk import Desk
from consumers.mails import evolve_mails
from consumers.pipeline import ITEMS_A_TRANSACTION
from handlers.billing.months import (
    MONTHS,
    KnownMonths,
    MonthClosing,
    StatementRow,
    decide_month_ended,
    decide_statements_due,
)
from handlers.decision import Arrival, Decision, InboxRow, Source
from handlers.mails.decide import KnownMail, MailToSend, decide_retry_due
from handlers.timers import TimerRow
from infra.adapters.postgres import mails, months, road
from infra.adapters.postgres.connection import Connection
from infra.adapters.settings import INTERNAL_KEY
from schemas.envelope import SOURCE, Dead, Event
from schemas.events import INSIDE, MODELS
from schemas.events.internal import EVENTS, MailRetryDue
from schemas.topics import INTERNAL


class Known(NamedTuple):
    """What the decisions on due things need, by what they are about."""

    months: KnownMonths | None
    mails: dict[UUID, KnownMail]


DECISIONS: Mapping[str, Callable[[Arrival, Any, datetime], Decision | Dead]] = {
    "guichet.month.ended.v1": decide_month_ended,
    "guichet.statements.due.v1": decide_statements_due,
    "guichet.mail.retry-due.v1": decide_retry_due,
}


async def inbox(connection: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """Give the ids used already."""
    return await road.load_inbox(connection, INTERNAL, ids)


async def load(connection: Connection, arrivals: Sequence[Arrival]) -> Known:
    """Read what is needed of months and of e-mails, if there are any of them."""
    ids = [due.mail_id for a in arrivals if isinstance(due := a.event.data, MailRetryDue)]
    other = [a for a in arrivals if not isinstance(a.event.data, MailRetryDue)]
    return Known(
        await months.load_months(connection, other) if other else None,
        await mails.load_mails(connection, ids) if ids else {},
    )


def decide(arrival: Arrival, known: Known, now: datetime) -> Decision | Dead:
    """Decide by the event's type."""
    about_mail = isinstance(arrival.event.data, MailRetryDue)
    return DECISIONS[arrival.event.envelope.type](arrival, known.mails if about_mail else known.months, now)


def aggregate(event: Event) -> str | None:
    """Months wait for one another; an e-mail blocks nothing."""
    return None if isinstance(event.data, MailRetryDue) else MONTHS


def items(event: Event) -> int:
    """A month goes in a transaction of its own: closing it holds up whoever charges, so that must be short."""
    return 1 if isinstance(event.data, MailRetryDue) else ITEMS_A_TRANSACTION


INTERNAL_DESK = Desk(
    group="guichet.internal",
    topic=INTERNAL,
    models={event_type: MODELS[event_type] for event_type in EVENTS},
    inbox=inbox,
    load=load,
    decide=decide,
    evolve=lambda known, decision: evolve_mails(known.mails, decision),
    aggregate=aggregate,
    writers={
        InboxRow: road.write_inbox,
        MonthClosing: months.close_months,
        TimerRow: road.set_timers,
        StatementRow: months.write_statements,
        MailToSend: mails.mark_to_send,
    },
    items=items,
    only_source=Source(0, SOURCE, frozenset(INSIDE), frozenset("*"), frozenset(), INTERNAL_KEY),
)
