"""`guichet seed`: made-up data for a stack to try things on (contract §6)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.output import Json, ServiceAway, print_json
from producers.made_up.limits import MOST_DRIVERS, MOST_ORGANISATIONS, MOST_VEHICLES

if TYPE_CHECKING:
    from infra.adapters.settings import Settings
    from producers.seed import Seeded

REFERENCE_GROUP = "guichet.reference"
APPLIED_WITHIN_S = 600.0
LOOK_EVERY_S = 0.2
Told = Callable[[int], None]
Wait = Callable[["Settings"], Awaitable[None]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("seed", epilog="Example: guichet seed --organisations 40 --drivers 10000 --vehicles 5000")(seed)


def seed(
    organisations: Annotated[int, typer.Option(min=0, max=MOST_ORGANISATIONS, help="how many organisations")] = 40,
    drivers: Annotated[int, typer.Option(min=0, max=MOST_DRIVERS, help="how many drivers")] = 10_000,
    vehicles: Annotated[int, typer.Option(min=0, max=MOST_VEHICLES, help="how many vehicles")] = 5_000,
    as_json: Json = False,
) -> None:
    """Load made-up organisations, drivers, vehicles, tariffs, provisions and sources; again changes nothing."""
    from infra.adapters.settings import load_settings
    from producers.seed import Seeded

    counts = Seeded(organisations, drivers, vehicles)
    settings = load_settings("KAFKA")
    with _bar(sum(counts)) as told:
        asyncio.run(load(settings, counts, reference_applied, told))
    if as_json:
        print_json(counts._asdict())
    else:
        loaded = ", ".join(f"{count:,} {thing}" for thing, count in counts._asdict().items())
        typer.echo(f"made-up data loaded: {loaded}")


async def load(settings: "Settings", counts: "Seeded", wait: Wait, told: Told | None = None) -> None:
    """Publish made-up data and return once `wait` says that it is applied.

    Args:
        settings: where Kafka is.
        counts: how much to publish.
        wait: called with the settings once Kafka has everything.
        told: called with the number of snapshots handed over so far.

    Raises:
        ServiceAway: Kafka does not answer, or the data is not applied in time.
    """
    from infra.adapters.kafka.connection import for_librdkafka
    from producers.client import Publisher, PublishError
    from producers.seed import SOURCE, seed

    try:
        async with Publisher(settings.kafka, SOURCE, security=for_librdkafka(settings)) as publisher:
            await seed(publisher, counts, told)
    except PublishError as error:
        raise ServiceAway(str(error)) from None
    await wait(settings)


async def reference_applied(settings: "Settings") -> None:
    """Return once the group `guichet.reference` has applied what is on its topic now.

    Raises:
        ServiceAway: it has not within 10 minutes, or Kafka does not answer.
    """
    from aiokafka.errors import KafkaError

    from infra.adapters.kafka.connection import for_aiokafka
    from infra.adapters.kafka.lag import LagReader
    from schemas.topics import REFERENCE

    try:
        async with asyncio.timeout(APPLIED_WITHIN_S), LagReader(for_aiokafka(settings)) as reader:
            ends = await reader.end_offsets(REFERENCE)
            while not _reached(await reader.committed(REFERENCE_GROUP, REFERENCE), ends):  # noqa: ASYNC110 -- Kafka's
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise ServiceAway(
            'reference: has not applied the data in 10 minutes; is it running? see "guichet status"'
        ) from None
    except (KafkaError, OSError) as error:
        raise ServiceAway(
            f'KAFKA: {settings.kafka} does not answer ({type(error).__name__}); start the stack with "guichet up"'
        ) from None


def _reached(committed: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    return all(committed.get(partition, 0) >= end for partition, end in ends.items())


@contextmanager
def _bar(total: int) -> Iterator[Told]:
    """Show a progress bar on standard error when it is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("loading made-up data"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("seed", total=total)
        yield lambda count: progress.update(task, completed=count)
