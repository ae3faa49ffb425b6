"""`guichet demo`: a stack of its own, a few thousand events of synthetic partners, and what became of them."""

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.cli.output import Json, Refused, print_json

ORGANISATIONS, DRIVERS, VEHICLES = 40, 5_000, 5_000
SEED = 2026
SOURCE = "urn:example:partners"


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command(epilog="Example: guichet demo --events 5000")(demo)


def demo(
    events: Annotated[int, typer.Option(min=100, max=1_000_000, help="how many events partners publish")] = 4_000,
    as_json: Json = False,
) -> None:
    """Start a stack of its own, let synthetic partners publish, show what became of it, stop everything."""
    from infra.adapters.settings import load_settings
    from infra.local_stack import api
    from infra.local_stack.home import StackError

    signal.signal(signal.SIGTERM, _interrupt)
    home = _fresh(load_settings().home / "demo")
    os.environ["GUICHET_HMAC_KEYS"] = f'{{"example-partner": "{secrets.token_hex(32)}"}}'
    console = Console(stderr=as_json)
    try:
        with console.status("starting the stack") as status:
            api.up(home, lambda doing: status.update(f"starting the stack: {doing}"))
        document, wrong = asyncio.run(_show(home, events, console))
    except StackError as error:
        raise Refused(str(error)) from None
    finally:
        with console.status("stopping everything"):
            api.down(home)
    if as_json:
        print_json(document)
    if wrong:
        raise Refused(f"demo: {wrong}")
    console.print("Everything is stopped again. `guichet up` starts a stack that stays.")


def _fresh(path: Path) -> Any:
    """Make the demonstration's folder anew, stopping what an earlier one left there."""
    from infra.local_stack import api
    from infra.local_stack.home import Home, StackError

    try:
        api.down(Home.at(path))
        shutil.rmtree(path, ignore_errors=True)
        return Home.at(path)
    except StackError as error:
        raise Refused(str(error)) from None


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


async def _show(home: Any, events: int, console: Console) -> tuple[dict[str, Any], str]:
    """Publish, wait, show; give what was found, and what is wrong or nothing."""
    from infra.adapters.settings import Settings
    from infra.cli.demo_summary import audit_green, print_answer, print_summary, seen
    from infra.local_stack.environment import environment
    from producers.partners import tally

    settings = Settings.of(environment(home))
    with _bars(console) as bars:
        await _seed(settings, bars)
        planned = await _publish(settings, events, bars)
        await _taken(settings, len(planned), bars)
    expected = tally(planned)
    found = await seen(settings)
    print_summary(console, expected, found)
    await print_answer(console, settings)
    green = await audit_green(console, settings)
    if (differs := found.differs(expected)) is not None:
        return found.document(), differs
    return found.document(), "" if green else "the audit is broken; see the law above"


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


async def _seed(settings: Any, bars: Progress) -> None:
    from infra.cli.data import load, reference_applied
    from producers.seed import Seeded

    counts = Seeded(ORGANISATIONS, DRIVERS, VEHICLES)
    task = bars.add_task("loading made-up records", total=sum(counts))
    await load(settings, counts, reference_applied, _told(bars, task))


def _told(bars: Progress, task: Any) -> Callable[[int], None]:
    return lambda count: bars.update(task, completed=count)


async def _publish(settings: Any, events: int, bars: Progress) -> list[Any]:
    from infra.adapters.kafka.connection import for_librdkafka
    from producers.client import Publisher
    from producers.partners import World, plan, publish

    key = settings.hmac_key_bytes["example-partner"]
    world = World(ORGANISATIONS, DRIVERS, VEHICLES, datetime.now(UTC), key)
    planned = plan(SEED, events, world)
    task = bars.add_task("partners publish", total=len(planned))
    async with Publisher(settings.kafka, SOURCE, security=for_librdkafka(settings)) as publisher:
        await publish(publisher, planned, _told(bars, task))
    return planned


async def _taken(settings: Any, total: int, bars: Progress) -> None:
    """Wait until every record is taken and its outcome is on the topic."""
    from infra.adapters.postgres.connection import Database
    from infra.cli.demo_summary import TAKEN, WAITING

    task = bars.add_task("Guichet answers", total=total)
    database = Database(settings.database, "guichet demo")
    try:
        connection = await database.connection()
        async with asyncio.timeout(180):
            while not bars.tasks[task].finished or await connection.fetchval(WAITING):
                bars.update(task, completed=await connection.fetchval(TAKEN))
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Refused(f"demo: not all events were taken within 180 s; see {Path(settings.home) / 'logs'}") from None
    finally:
        await database.close()
