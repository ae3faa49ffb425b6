"""What `guichet migrate` makes: tables and topics; on the local stack also its own source (contract §2, §6)."""

import ssl
from datetime import UTC, datetime
from typing import Any

import asyncpg
from confluent_kafka import KafkaError, KafkaException

from handlers.billing.months import month_end
from handlers.timeline import TORONTO
from infra.adapters.kafka.connection import for_librdkafka
from infra.adapters.kafka.topics import make_topics
from infra.adapters.postgres.connection import TRANSIENT
from infra.adapters.postgres.migrate import migrate
from infra.adapters.postgres.road import set_timers
from infra.adapters.settings import Settings, SettingsError

LOCAL_SOURCE = "urn:guichet:local"
FIRST_PERIOD = """
insert into core.periods (month) select date_trunc('month', $1::date)::date
where not exists (select from core.periods)"""
OPEN_MONTH = "select month from core.periods where closed_at is null"
LOCAL_STACK = "insert into core.local_stack default values on conflict do nothing"
LOCAL = """
insert into core.sources (uri, types, organisations, roles)
values ($1, '{*}', '{*}', '{PARTNER,PORTAL,ANALYST,SAAQ,MINISTRY,DGI,SPAQ,PAYMENT}')
on conflict (uri) do nothing"""


CERTIFICATES = "KAFKA_CA, KAFKA_CERT and KAFKA_KEY"
CHECK = {
    "_AUTHENTICATION": "KAFKA_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD",
    "_SSL": CERTIFICATES,
    "_INVALID_ARG": CERTIFICATES,
    "CLUSTER_AUTHORIZATION_FAILED": "that its user may create topics",
    "TOPIC_AUTHORIZATION_FAILED": "that its user may create topics",
}
"""What to look at when Kafka refuses us, by the name of librdkafka's error."""


class ServiceAwayError(Exception):
    """A service cannot be reached; the message says which and what to do."""


async def prepare(settings: Settings, local: bool = False) -> dict[str, list[str]]:
    """Bring tables and topics up to date; a second time changes nothing.

    Args:
        local: also let `urn:guichet:local` say everything, and the clock be turned; for a stack to try things on.

    Returns:
        The names of the migrations applied and of the topics made.

    Raises:
        ServiceAwayError: PostgreSQL or Kafka does not answer.
        SettingsError: Kafka refuses us.
    """
    migrations = await _prepare_tables(settings, local)
    try:
        topics = await make_topics(for_librdkafka(settings), settings.partitions, settings.kafka_replication)
    except KafkaException as error:
        raise _kafka_problem(settings, error.args[0]) from None
    return {"migrations": migrations, "topics": topics}


def _kafka_problem(settings: Settings, error: KafkaError) -> Exception:
    """Say what Kafka holds against us; a broker that refuses our certificate only hangs up."""
    name = error.name()
    if name in CHECK:
        return SettingsError(f"GUICHET_KAFKA: {settings.kafka} cannot be used ({name}); check {CHECK[name]}")
    start = 'start it with "guichet up" or set GUICHET_KAFKA'
    what_to_do = start if settings.kafka_security == "PLAINTEXT" else f"check its address and {CERTIFICATES}"
    return ServiceAwayError(f"KAFKA: {settings.kafka} does not answer ({name}); {what_to_do}")


async def _prepare_tables(settings: Settings, local: bool) -> list[str]:
    try:
        connection: Any = await asyncpg.connect(settings.database, timeout=10)
    except ssl.SSLError:  # it answers, and TLS fails: whoever asks explains that
        raise
    except TRANSIENT as error:
        raise ServiceAwayError(
            f'DATABASE: does not answer ({type(error).__name__}); start it with "guichet up" or set GUICHET_DATABASE'
        ) from None
    try:
        applied = await migrate(connection)
        today = datetime.now(UTC).astimezone(TORONTO).date()
        await connection.execute(FIRST_PERIOD, today)
        await set_timers(connection, [month_end(await connection.fetchval(OPEN_MONTH))])
        if local:
            await connection.execute(LOCAL_STACK)
            await connection.execute(LOCAL, LOCAL_SOURCE)
    finally:
        await connection.close()
    return applied
