"""What Guichet does besides inquiries; each gives the text that stands in docs/benchmarks.md."""

import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import typer

from tests.bench.closing import Beside, compare_closing, declare_billed, latency_beside
from tests.bench.contender import GUICHET, RUN, Contender
from tests.bench.documents import compare
from tests.bench.latency import percentiles
from tests.bench.load import make_load
from tests.bench.mails import compare_mails
from tests.bench.plan import Plan, new_stack, play_round, ratio_line
from tests.bench.report import Line, goals_table
from tests.bench.stack import Stack
from tests.bench.timers import measure_timers, timers_to_come

DOCUMENTS, DOCUMENTS_GOAL = 200, 0.8
TIMERS_AN_EVENT, TIMERS_GOAL, NOTHING_DUE_GOAL = 2, 0.5, 0.95
MAILS_AN_EVENT, MAILS_GOAL = 0.03, 0.7
CHARGES_AN_EVENT, CLOSING_GOAL = 10, 0.3
PER_SECOND, BESIDE_P99_MS = 100, 250
WITH_CLOCK = replace(GUICHET, name="Guichet and a clock", commands=(*GUICHET.commands, (*RUN, "clock")))


def documents(plan: Plan) -> str:
    """Statements as PDF, from rows to stored objects, against Typst alone."""
    compare(0, 1)  # the first document loads typefaces
    found = [compare(number, DOCUMENTS) for number in range(1, plan.rounds + 1)]
    for one in found:
        typer.echo(f"Guichet {one.ours:,.0f}/s, Typst alone {one.bare:,.0f}/s, bytes equal")
    more = f"; {median(one.ours for one in found):,.0f} a second"
    ratios = [one.ours / one.bare for one in found]
    return goals_table([ratio_line("statements as PDF / Typst alone", DOCUMENTS_GOAL, ratios, more)])


def timers(plan: Plan) -> str:
    """Timers that fall due at one instant, and timers that are not due, against inquiries."""
    number = TIMERS_AN_EVENT * plan.events
    due: list[float] = []
    idle: list[float] = []
    with new_stack(plan.drivers) as stack:
        for round_number in range(plan.rounds):
            plain, with_clock = _without_and_with_clock(stack, plan, number, with_first=bool(round_number % 2))
            rate = measure_timers(stack, number)
            typer.echo(f"timers: {rate:,.0f}/s over {number:,}, e-mails verified")
            due.append(rate / plain)
            idle.append(with_clock / plain)
    return goals_table(
        [
            ratio_line(f"{number:,} timers due at one instant / inquiries", TIMERS_GOAL, due),
            ratio_line(f"inquiries beside {number:,} timers not due / without a clock", NOTHING_DUE_GOAL, idle),
        ]
    )


def _without_and_with_clock(stack: Stack, plan: Plan, number: int, *, with_first: bool) -> tuple[float, float]:
    """Give the inquiries' rates without a clock and with one, while so many timers are to come."""

    def rate(contender: Contender) -> float:
        return play_round(stack, contender, plan.events, plan.drivers).rate

    with timers_to_come(stack, number):
        if with_first:
            with_clock = rate(WITH_CLOCK)
            return rate(GUICHET), with_clock
        return rate(GUICHET), rate(WITH_CLOCK)


def mails(plan: Plan) -> str:
    """E-mails, from the hand-over to the last that is saved as sent, against aiosmtplib alone."""
    number = int(MAILS_AN_EVENT * plan.events)
    ratios = []
    with new_stack(0) as stack:
        for round_number in range(plan.rounds):
            found = compare_mails(stack, round_number, number)
            typer.echo(f"Guichet {found.ours:,.0f}/s, aiosmtplib alone {found.bare:,.0f}/s, each message there once")
            ratios.append(found.ours / found.bare)
    return goals_table([ratio_line(f"{number:,} e-mails / aiosmtplib alone", MAILS_GOAL, ratios)])


def closing(plan: Plan) -> str:
    """The close of a month against one plain statement, and inquiries beside it."""
    charges = CHARGES_AN_EVENT * plan.events
    ratios = []
    beside: list[Beside] = []
    with new_stack(plan.drivers) as stack:
        first = declare_billed(stack)
        for round_number in range(plan.rounds):
            found = compare_closing(stack, round_number, first, charges)
            typer.echo(f"closing: {found.ours:,.0f}/s, plain {found.plain:,.0f}/s, statements verified")
            ratios.append(found.ours / found.plain)
            load = make_load(PER_SECOND * plan.seconds, plan.drivers, time.time_ns())
            beside.append(latency_beside(stack, first, charges, load, PER_SECOND))
    what = f"the close of {charges:,} charges / insert … select … group by"
    return goals_table([ratio_line(what, CLOSING_GOAL, ratios), _meanwhile(beside)])


def _meanwhile(beside: Sequence[Beside]) -> Line:
    """Quote what inquiries waited beside the close, and for comparison after it, over all rounds."""
    meanwhile = percentiles([waited_ms for one in beside for waited_ms in one.meanwhile])
    later = [waited_ms for one in beside for waited_ms in one.later]
    after = f"{percentiles(later).p99:.0f} ms" if len(later) > 1 else "nobody asked"
    text = f"{meanwhile.p99:.0f} ms (worst {meanwhile.worst:.0f}); after it {after}"
    what = f"p99 of {PER_SECOND} inquiries a second meanwhile"
    return Line(what, f"≤ {BESIDE_P99_MS} ms", text, meanwhile.p99 <= BESIDE_P99_MS)
