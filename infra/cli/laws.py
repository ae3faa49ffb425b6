"""The conservation laws of contract §8: each with its number, its title and the check that holds it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from aiokafka.errors import KafkaError

from infra.adapters.kafka.connection import for_aiokafka
from infra.adapters.kafka.lag import LagReader
from infra.adapters.postgres.audit import auditing, contents_frozen, items_billed, save_verdicts
from infra.adapters.postgres.audit_mails import mails_end_once
from infra.adapters.settings import Settings
from infra.adapters.verdict import Verdict
from infra.cli.auditing import Audited
from infra.cli.laws_billed import bills_right
from infra.cli.laws_progress import progress_stands
from infra.cli.laws_told import facts_told
from infra.cli.output import ServiceAway, database_answers


class Law(NamedTuple):
    """A law: its number in contract §8 (or a word where it has none), its title, its check."""

    law: str
    title: str
    check: Callable[[Audited], Awaitable[Verdict]]


class Judged(NamedTuple):
    """A law with the verdict on it."""

    law: Law
    verdict: Verdict


async def _nothing_yet(_audited: Audited) -> Verdict:
    return Verdict("nothing of this kind exists yet", looked=False)


LAWS = (
    Law("1", "files: received = accepted + rejected", _nothing_yet),
    Law("2", "notices = accepted transactions of files", _nothing_yet),
    Law("3", "accepted items = results = charges", lambda audited: items_billed(audited.snapshot)),
    Law("4", "each charge equals its tariff, statements add up", bills_right),
    Law("5", "e-mails end once", lambda audited: mails_end_once(audited.snapshot)),
    Law("6", "facts reach the topic", facts_told),
    Law("7", "progress stands at the committed offsets", progress_stands),
    Law("8", "accesses end with their notices", _nothing_yet),
    Law("contents", "answers are as frozen", lambda audited: contents_frozen(audited.snapshot)),
)


async def judge_all(settings: Settings, now: datetime, from_start: bool = False) -> list[Judged]:
    """Check every law; reads much, changes nothing but the checkpoint of law 6 and the verdicts for the metrics.

    Args:
        settings: where PostgreSQL and Kafka are.
        now: the present, UTC.
        from_start: read all of `guichet.outcomes` instead of going on from the checkpoint.

    Raises:
        ServiceAway: PostgreSQL or Kafka does not answer.
    """
    kafka = for_aiokafka(settings)
    with _services_answer(settings):
        async with (
            auditing(settings.database) as connection,
            auditing(settings.database) as live,
            LagReader(kafka) as reader,
            connection.transaction(isolation="repeatable_read"),
        ):
            audited = Audited(connection, live, reader, kafka, now, from_start)
            judged = [Judged(law, await law.check(audited)) for law in LAWS]
            await save_verdicts(live, {law.law: bool(verdict.breaches) for law, verdict in judged}, now)
            return judged


@contextmanager
def _services_answer(settings: Settings) -> Iterator[None]:
    try:
        with database_answers():
            yield
    except KafkaError as error:
        raise ServiceAway(
            f"KAFKA: {settings.kafka} does not answer ({type(error).__name__}); "
            'start it with "guichet up" or set GUICHET_KAFKA'
        ) from None
