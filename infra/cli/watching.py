"""What `guichet status` says of consumer groups, answers, dead letters, e-mails and timers."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka.errors import KafkaError

from consumers.desks import INPUTS
from infra.adapters.kafka.connection import for_aiokafka
from infra.adapters.kafka.lag import Lag, LagReader
from infra.adapters.postgres import dead_letters, mails
from infra.adapters.postgres.statements import statements
from infra.adapters.settings import Settings, load_settings
from infra.cli.output import ServiceAway, session

RATE_OVER_S = 0.5
Rows = list[dict[str, Any]]
ANSWERS = """
select count(*)::int as answered, count(*) filter (where answered_at - received_at <= interval '5 minutes')::int
    as within_5_minutes
from core.inquiries
where answered_at is not null and received_at > core.clock_now() - interval '24 hours'"""


TABLES = {
    "answers": ANSWERS,
    "dead_letters": dead_letters.SQL["count_open"],
    "mails": mails.SQL["counts"],
    "timers": statements("timers")["waiting"],
}
"""What PostgreSQL tells, by the name under which it is shown."""


async def groups_and_tables(local: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Give lag by group and partition, and `TABLES`: among them the last 24 hours' answers on time (P-08).

    Args:
        local: the settings of a local stack that runs; where empty, the environment's are used.

    Returns:
        What there is to tell, and the settings of the services that do not answer.
    """
    settings = _settings(local)
    groups = await _groups(settings) if settings.kafka else []
    tables = await _tables(settings) if settings.database else {}
    told = {"groups": groups or [], **{name: [] for name in TABLES}, **(tables or {})}
    return told, [name for name, part in (("KAFKA", groups), ("DATABASE", tables)) if part is None]


def _settings(local: Mapping[str, str]) -> Settings:
    return Settings.of(local) if local else load_settings()


async def _groups(settings: Settings) -> Rows | None:
    try:
        async with LagReader(for_aiokafka(settings)) as reader:
            before = await _lags(reader)
            if not any(lag.lag for lag in before):
                return [_group(lag, lag) for lag in before]
            await asyncio.sleep(RATE_OVER_S)
            return [_group(lag, later) for lag, later in zip(before, await _lags(reader), strict=True)]
    except (KafkaError, OSError):
        return None


async def _lags(reader: LagReader) -> list[Lag]:
    return [lag for group, topic in INPUTS for lag in await reader.lags(group, topic, time.time())]


def _group(before: Lag, lag: Lag) -> dict[str, Any]:
    """Describe a partition; `drain_s` is the time to drain at the present rate, null when nothing moves."""
    rate = (lag.committed - before.committed) / RATE_OVER_S
    drain_s = 0.0 if not lag.lag else round(lag.lag / rate, 1) if rate > 0 else None
    return {
        "group": lag.group,
        "topic": lag.topic,
        "partition": lag.partition,
        "committed": lag.committed,
        "end": lag.end,
        "lag": lag.lag,
        "lag_s": lag.lag_s,
        "drain_s": drain_s,
    }


async def _tables(settings: Settings) -> dict[str, Rows] | None:
    try:
        async with session(settings) as opened:
            return {name: [dict(row) for row in await opened.connection.fetch(query)] for name, query in TABLES.items()}
    except ServiceAway:
        return None
