"""Timers that fall due at one instant: clock → outbox → relay → `guichet.internal` → the e-mails may be sent again.

The e-mails stand there before anything is measured; no notifier runs. One commit gives all of them timers that are due.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.topics import INTERNAL
from tests.bench.contender import PARTITIONS, RUN
from tests.bench.processes import running
from tests.bench.stack import Stack
from tests.bench.waiting import until

GROUP = "guichet.internal"
PROCESSES = ((*RUN, "internal"), (*RUN, "internal"), (*RUN, "relay"), (*RUN, "clock"))
MEMBERS = 2
WARM_UP = 100
DRAINED_WITHIN_S = 900.0
LOOK_EVERY_S = 0.05
TO_RETRY = "type = 'guichet.mail.retry-due.v1'"

MAILS = """
    insert into core.mails (mail_id, template, once, language, about, org_no, recipient, recipient_masked, domain,
                            variables, caused_by, correlation_id, status, attempts, requested_at)
    select id, 'statement-issued', id, 'fr', id, 0, 'a@example.org', 'a@example.org', 'example.org', '{{}}', id, id,
           'RETRYING', 1, now()
    from (select gen_random_uuid() as id from generate_series(1, {mails})) ids"""
TIMERS = """
    insert into core.timers (key, due_at, generation, type, aggregate, data)
    select 'mail-retry:' || mail_id, {due_at}, attempts, 'guichet.mail.retry-due.v1', mail_id,
           json_build_object('mail_id', mail_id, 'attempts', attempts)
    from core.mails"""
REMOVE = (
    "truncate core.mails, core.mail_events",
    f"delete from core.timers where {TO_RETRY}",
    "vacuum analyze core.timers",
)
TAKEN = f"select coalesce(sum(effects), 0)::bigint from core.progress where group_id = '{GROUP}'"


def measure_timers(stack: Stack, timers: int) -> float:
    """Give how many timers a second drain, from the commit that makes all of them due at one instant.

    Raises:
        AssertionError: an e-mail was not handed over, or a timer was sent more or less than once.
    """
    with running(stack, GROUP, PROCESSES):
        stack.kafka.wait_joined(GROUP, MEMBERS, PARTITIONS)
        _drain(stack, WARM_UP)  # now clock and relay are at work too
        seconds = _drain(stack, timers)
    return timers / seconds


@contextmanager
def timers_to_come(stack: Stack, timers: int) -> Iterator[None]:
    """Let so many timers stand there that are not due for a long time."""
    stack.execute(MAILS.format(mails=timers), TIMERS.format(due_at="'3000-01-01'"), "analyze core.timers")
    yield
    left = _count(stack, "core.timers", TO_RETRY)
    assert left == timers, f"{left:,} timers are left of {timers:,} that were not due"
    stack.execute(*REMOVE)


def _drain(stack: Stack, timers: int) -> float:
    """Give the seconds until so many timers have been handled."""
    stack.execute(MAILS.format(mails=timers), "analyze core.mails")
    taken, sent = stack.row(TAKEN)[0] + timers, sum(stack.kafka.ends(INTERNAL).values()) + timers
    began_s = stack.commit(TIMERS.format(due_at="now()"), "analyze core.timers")
    until(lambda: stack.row(TAKEN)[0] >= taken, DRAINED_WITHIN_S, f"{timers:,} timers to be handled", LOOK_EVERY_S)
    seconds = time.monotonic() - began_s
    found = (
        stack.row(TAKEN)[0],
        sum(stack.kafka.ends(INTERNAL).values()),
        _count(stack, "core.mails", "to_send and status = 'RETRYING' and attempts = 1"),
        _count(stack, "core.mails", "true"),
        _count(stack, "core.timers", TO_RETRY),
    )
    assert found == (taken, sent, timers, timers, 0), f"(effects, events, handed over, e-mails, timers left): {found}"
    stack.execute(*REMOVE)
    return seconds


def _count(stack: Stack, table: str, condition: str) -> int:
    found: int = stack.row(f"select count(*) from {table} where {condition}")[0]
    return found
