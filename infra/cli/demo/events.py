"""What happens first: made-up records, thousands of events of synthetic partners, and their answers."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from infra.adapters.kafka.connection import for_librdkafka
from infra.adapters.settings import Settings
from infra.cli.data import load, reference_applied
from infra.cli.demo.terminal import bars, told
from infra.cli.output import Refused, Session
from producers.client import Publisher
from producers.partners import Planned, World, plan, publish
from producers.seed import Seeded

ORGANISATIONS, DRIVERS, VEHICLES = 40, 5_000, 5_000
SEED = 2026
SOURCE = "urn:example:partners"
TAKEN_WITHIN_S = 180.0
LOOK_EVERY_S = 0.1
TAKEN = "select coalesce(sum(records), 0)::int from core.progress where group_id = 'guichet.inquiries'"
WAITING = "select exists (select from core.outbox)"


async def play_events(session: Session, events: int, console: Console) -> list[Planned]:
    """Publish so many events and wait for what comes of them; gives what partners had planned."""
    with bars(console) as progress:
        await _load(session.settings, progress)
        planned = await _publish(session.settings, events, progress)
        await _taken(session, len(planned), progress)
    return planned


async def _load(settings: Settings, progress: Progress) -> None:
    counts = Seeded(ORGANISATIONS, DRIVERS, VEHICLES)
    task = progress.add_task("loading made-up records", total=sum(counts))
    await load(settings, counts, reference_applied, told(progress, task))


async def _publish(settings: Settings, events: int, progress: Progress) -> list[Planned]:
    key = settings.hmac_key_bytes["example-partner"]
    planned = plan(SEED, events, World(ORGANISATIONS, DRIVERS, VEHICLES, datetime.now(UTC), key))
    task = progress.add_task("partners publish", total=len(planned))
    async with Publisher(settings.kafka, SOURCE, security=for_librdkafka(settings)) as publisher:
        await publish(publisher, planned, told(progress, task))
    return planned


async def _taken(session: Session, total: int, progress: Progress) -> None:
    """Wait until every record is taken and its outcome is on the topic."""
    task = progress.add_task("Guichet answers", total=total)
    try:
        async with asyncio.timeout(TAKEN_WITHIN_S):
            while not progress.tasks[task].finished or await session.connection.fetchval(WAITING):
                progress.update(task, completed=await session.connection.fetchval(TAKEN))
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        logs = Path(session.settings.home) / "logs"
        raise Refused(f"demo: not all events were taken within {TAKEN_WITHIN_S:.0f} s; see {logs}") from None
