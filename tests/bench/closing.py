"""The close of a month beside one plain `insert … select … group by` over the same charges.

Guichet goes from the commit that makes the month's end due to the last statement: the month is closed for whoever
charges, then each organisation's lines are added up and taxed; statement, fact and e-mail of each are written.
"""

import time
from typing import NamedTuple

from schemas.identifiers import made_up_neq
from schemas.topics import OUTCOMES
from tests.bench.contender import PARTITIONS, RUN
from tests.bench.latency import WARM_UP_S, play_paced
from tests.bench.load import Load
from tests.bench.people import ORGANISATIONS
from tests.bench.processes import running
from tests.bench.round import wait_grown
from tests.bench.stack import Stack
from tests.bench.waiting import until

GROUP = "guichet.internal"
PROCESSES = ((*RUN, "internal"), (*RUN, "clock"), (*RUN, "relay"))
BILLED = 1_000
"""Organisations with charges."""
WARM_UP = BILLED
CLOSED_WITHIN_S, LOOK_EVERY_S = 300.0, 0.02
AFTERWARDS_MS = 1_000
"""Facts and e-mails are published after the last statement."""

DECLARE = """
    with parties as (insert into core.parties (neq) select unnest($1::text[]) returning org_no, neq),
    declared as (
        insert into core.organisations
            (org_no, name, kind, email, billing_email, in_service_from, billing_account_open, services)
        select org_no, 'Ville ' || neq, 'MUNICIPALITE', 'greffe@example.org', 'comptes' || org_no || '@example.org',
               '2020-01-01', true, '{}'
        from parties
    ), not_taxable as (
        insert into core.tariffs (service, effective_from, amount, taxable, event_id)
        values ('LICENCE_VALIDITY', '2020-01-01', 1.50, false, gen_random_uuid())
    )
    select min(org_no) from parties"""
PLAIN_TABLE = "create table public.plain_bills (org_no int primary key, subtotal numeric, taxable numeric)"
CHARGES = f"""
    insert into core.charges (inquiry_id, item, org_no, tariff_no, period_no, amount, posted_at)
    select (lpad(to_hex({{period_no}}), 12, '0') || lpad(to_hex(number), 20, '0'))::uuid, 1,
           {{first}} + number % {BILLED}, tariff_no, {{period_no}}, amount, now()
    from generate_series(1, {{charges}}) number
    join core.tariffs on taxable = (number / {BILLED} % 4 > 0)"""
BILLS = """
    select org_no, sum(c.amount) as subtotal, coalesce(sum(c.amount) filter (where taxable), 0) as taxable
    from core.charges c join core.tariffs using (tariff_no) where period_no = {period_no} group by org_no"""
OPEN_MONTH = "select period_no, to_char(month, 'YYYY-MM') from core.periods where closed_at is null"
DUE = "update core.timers set due_at = now() where key = 'month-end:{month}'"
STATEMENTS = "select count(*) from core.statements where period_no = $1"
CHECKED = f"""
    select count(*) filter (where (s.subtotal, s.taxable_subtotal, m.status) = (b.subtotal, b.taxable, 'REQUESTED')),
           count(*), (select count(*) from core.mails)
    from ({BILLS}) b
    full join (select * from core.statements where period_no = {{period_no}}) s using (org_no)
    left join core.mails m on m.about = s.statement_id and m.org_no = s.org_no"""
PLAIN_CHECKED = """
    select count(*) from core.statements s join public.plain_bills b using (org_no, subtotal)
    where s.period_no = $1 and s.taxable_subtotal = b.taxable"""
REMOVE = "truncate core.charges, core.adjustments, core.mails, core.mail_events"


class Compared(NamedTuple):
    """A round's result: charges a second."""

    ours: float
    plain: float


class Beside(NamedTuple):
    """Latencies in ms of the inquiries asked while a month was closing, and of those asked later."""

    meanwhile: list[float]
    later: list[float]


class Month(NamedTuple):
    """The open month; `month` as in 2026-11."""

    period_no: int
    month: str


def declare_billed(stack: Stack) -> int:
    """Declare the organisations to bill, and a tariff without tax; gives the first one's number."""
    first: int = stack.row(DECLARE, [made_up_neq(ORGANISATIONS + number) for number in range(BILLED)])[0]
    stack.execute(PLAIN_TABLE, "analyze core.parties, core.organisations, core.tariffs")
    return first


def compare_closing(stack: Stack, round_number: int, first: int, charges: int) -> Compared:
    """Add up a month both ways, in turns first; raises `AssertionError` when a statement differs."""
    with running(stack, GROUP, PROCESSES):
        month = _ready(stack, first, charges)
        plain_s = _plain(stack, month) if round_number % 2 else 0.0
        ours_s = _close(stack, month)
        plain_s = plain_s or _plain(stack, month)
    same = stack.row(PLAIN_CHECKED, month.period_no)
    assert same == (BILLED,), f"{same[0]} of {BILLED} statements agree with the plain bills"
    stack.execute(REMOVE)
    return Compared(charges / ours_s, charges / plain_s)


def latency_beside(stack: Stack, first: int, charges: int, load: Load, per_second: int) -> Beside:
    """Give the latencies of inquiries asked at a pace, during which a month of so many charges closes."""
    under_way: list[float] = []
    closer = Stack(stack.home, stack.environment)  # for the thread that closes

    def close() -> int:
        time.sleep(WARM_UP_S)
        under_way.append(time.time() * 1000)
        _close(closer, month)
        under_way.append(time.time() * 1000 + AFTERWARDS_MS)
        return int(closer.row(STATEMENTS, month.period_no)[0])

    try:
        with running(stack, GROUP, PROCESSES):
            month = _ready(stack, first, charges)
            waited = play_paced(stack, load, per_second, close)
    finally:
        closer.close()
    stack.execute(REMOVE)
    began_ms, ended_ms = under_way
    return Beside(
        [one.waited_ms for one in waited if began_ms <= one.asked_ms <= ended_ms],
        [one.waited_ms for one in waited if one.asked_ms > ended_ms],
    )


def _ready(stack: Stack, first: int, charges: int) -> Month:
    """Charge a new month when its processes are at work, which a small month shows that is closed before."""
    stack.kafka.wait_joined(GROUP, 1, PARTITIONS)
    _close(stack, _charged(stack, first, WARM_UP))
    return _charged(stack, first, charges)


def _charged(stack: Stack, first: int, charges: int) -> Month:
    month = Month(*stack.row(OPEN_MONTH))
    stack.execute(
        REMOVE,
        CHARGES.format(period_no=month.period_no, first=first, charges=charges),
        "vacuum analyze core.charges",
    )
    return month


def _close(stack: Stack, month: Month) -> float:
    """Give the seconds from the commit that makes the month's end due to the last statement; verifies each."""
    told = stack.kafka.ends(OUTCOMES)
    began_s = stack.commit(DUE.format(month=month.month))
    until(
        lambda: stack.row(STATEMENTS, month.period_no)[0] >= BILLED,
        CLOSED_WITHIN_S,
        f"the statements of {month.month}",
        LOOK_EVERY_S,
    )
    seconds = time.monotonic() - began_s
    right, all_of_them, mails = stack.row(CHECKED.format(period_no=month.period_no))
    assert right == all_of_them == mails, f"{right} right statements and {mails} e-mails of {all_of_them}"
    wait_grown(stack, OUTCOMES, told, right)
    return seconds


def _plain(stack: Stack, month: Month) -> float:
    """Give the seconds of adding up in one statement and nothing else."""
    insert = f"insert into public.plain_bills {BILLS.format(period_no=month.period_no)}"
    stack.execute("truncate public.plain_bills")
    started_s = time.monotonic()
    stack.execute("set jit = off", insert)
    return time.monotonic() - started_s
