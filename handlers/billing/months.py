"""Months close in order, and then each organisation with lines gets its statement (contract §4, Billing)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from handlers.billing.totals import Totals, last_day, taxed
from handlers.decision import Arrival, Decision, Effect, Fact, InboxRow
from handlers.mails.intents import Mail
from handlers.timeline import TORONTO
from handlers.timers import TimerRow
from schemas.events.internal import MonthEnded, StatementsDue
from schemas.identifiers import derived_id
from schemas.money import money_text

CLOSES_AT_HOUR = 3
MONTHS = "months"
"""The aggregate of all months: they close one after the other."""


class MonthClosing(NamedTuple):
    """Closes the open month and opens the next."""

    month: date
    closed_at: datetime


class StatementRow(NamedTuple):
    """A row of `core.statements` but for its period, which the month names."""

    statement_id: UUID
    org_no: int
    month: date
    subtotal: Decimal
    taxable_subtotal: Decimal
    gst: Decimal
    qst: Decimal
    total: Decimal
    issued_at: datetime


class Billed(NamedTuple):
    """What an organisation's lines of a month add up to, in CAD; one withdrawn since has neither name nor address."""

    org_no: int
    organisation: str
    subtotal: Decimal
    taxable_subtotal: Decimal
    name: str | None
    billing_email: str | None


@dataclass(slots=True)
class KnownMonths:
    """What the decisions on months need: the open one, and by closed month without statements what was billed."""

    open_month: date
    billed: Mapping[date, Sequence[Billed]] = field(default_factory=dict)


def closes_at(month: date) -> datetime:
    """Give when a month closes by itself: on the first of the next at 03:00 in Toronto, as UTC."""
    first = last_day(month) + timedelta(days=1)
    return datetime(first.year, first.month, 1, CLOSES_AT_HOUR, tzinfo=TORONTO).astimezone(UTC)


def month_end(month: date) -> TimerRow:
    """Make the timer of a month's end."""
    data = {"month": month.isoformat()}
    return TimerRow(f"month-end:{month:%Y-%m}", closes_at(month), 1, "guichet.month.ended.v1", MONTHS, data)


def decide_month_ended(arrival: Arrival, known: KnownMonths, _now: datetime) -> Decision:
    """Close the open month; one that was closed before its time came is left alone."""
    ended, due_at = arrival.event.data, arrival.event.envelope.time
    assert isinstance(ended, MonthEnded)  # noqa: S101 -- for the type checker
    if ended.month != known.open_month:
        return Decision(Effect.IGNORED, (InboxRow.of(arrival),))
    statements = TimerRow(
        f"statements:{ended.month:%Y-%m}",
        due_at,
        1,
        "guichet.statements.due.v1",
        MONTHS,
        {"month": ended.month.isoformat()},
    )
    following = last_day(ended.month) + timedelta(days=1)
    rows = (InboxRow.of(arrival), MonthClosing(ended.month, due_at), statements, month_end(following))
    return Decision(Effect.EFFECT, rows)


def decide_statements_due(arrival: Arrival, known: KnownMonths, _now: datetime) -> Decision:
    """Issue a statement to each organisation with lines in the month; one without lines has none."""
    event, due = arrival.event, arrival.event.data
    assert isinstance(due, StatementsDue)  # noqa: S101 -- for the type checker
    rows: list[StatementRow] = []
    facts: list[Fact] = []
    mails: list[Mail] = []
    for billed in known.billed.get(due.month, ()):
        totals = taxed(billed.subtotal, billed.taxable_subtotal, due.month)
        statement_id = derived_id(event.envelope.id, f"statement/{billed.organisation}")
        rows.append(StatementRow(statement_id, billed.org_no, due.month, *totals, event.envelope.time))
        data = {
            "statement": str(statement_id),
            "organisation": billed.organisation,
            "period": f"{due.month:%Y-%m}",
            "total": money_text(totals.total),
        }
        facts.append(Fact("guichet.statement.issued.v1", str(statement_id), 1, data))
        mails.extend(_statement_mail(statement_id, billed, totals, data))
    return Decision(Effect.EFFECT, (InboxRow.of(arrival), *rows), tuple(facts), tuple(mails))


def _statement_mail(statement_id: UUID, billed: Billed, totals: Totals, told: Mapping[str, str]) -> Iterator[Mail]:
    """Ask for the e-mail about a statement, where there is an address for it."""
    if billed.billing_email is None:
        return
    amounts = {name: money_text(getattr(totals, name)) for name in ("subtotal", "gst", "qst")}
    variables = {**told, **amounts, "name": billed.name}
    once, to = str(statement_id), billed.billing_email
    yield Mail("statement-issued", once, statement_id, billed.organisation, to, variables)
