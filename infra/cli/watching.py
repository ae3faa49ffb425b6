"""What `guichet status` says of consumer groups, answers and dead letters."""

import time
from collections.abc import Mapping
from typing import Any

from aiokafka.errors import KafkaError

from consumers.desks import INPUTS
from infra.adapters.kafka.connection import for_aiokafka
from infra.adapters.kafka.lag import Lag, LagReader
from infra.adapters.postgres.connection import TRANSIENT, Database
from infra.adapters.postgres.dead_letters import SQL
from infra.adapters.settings import Settings, load_settings


async def groups_and_letters(local: Mapping[str, str]) -> dict[str, Any]:
    """Give lag by group and partition, dead letters by cause, and the share of answers within 5 minutes (P-08).

    Args:
        local: the settings of a local stack that runs; where empty, the environment's are used.
    """
    settings = _settings(local)
    return {
        "groups": await _groups(settings) if settings.kafka else [],
        "dead_letters": await _letters(settings) if settings.database else [],
    }


def _settings(local: Mapping[str, str]) -> Settings:
    return Settings.of(local) if local else load_settings()


async def _groups(settings: Settings) -> list[dict[str, Any]]:
    try:
        async with LagReader(for_aiokafka(settings)) as reader:
            lags = [lag for group, topic in INPUTS for lag in await reader.lags(group, topic, time.time())]
    except (KafkaError, OSError):
        return []
    return [_group(lag) for lag in lags]


def _group(lag: Lag) -> dict[str, Any]:
    return {
        "group": lag.group,
        "topic": lag.topic,
        "partition": lag.partition,
        "committed": lag.committed,
        "end": lag.end,
        "lag": lag.lag,
        "lag_s": lag.lag_s,
    }


async def _letters(settings: Settings) -> list[dict[str, Any]]:
    database = Database(settings.database, "guichet status")
    try:
        connection = await database.connection()
        return [dict(row) for row in await connection.fetch(SQL["count_open"])]
    except TRANSIENT:
        return []
    finally:
        await database.close()
