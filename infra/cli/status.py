"""`guichet status`: processes, consumer groups with their lag, answers on time, dead letters, e-mails, timers."""

import asyncio
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from infra.cli.output import Json, ServiceAway, as_table, local_home, print_json

WATCH_EVERY_S = 1.0
TITLES = {
    "dead_letters": "dead letters",
    "mails": "e-mails",
    "answers": "answers to what was received in the last 24 hours",
}
Row = Mapping[str, Any]


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command(epilog="Example: guichet status --watch")(status)


def status(
    watch: Annotated[bool, typer.Option("--watch", help="look again each second, until Ctrl-C")] = False,
    as_json: Json = False,
) -> None:
    """Show processes, consumer groups with their lag, what waits and what failed. Exits 3 when a service is away."""
    if watch and as_json:
        raise typer.BadParameter("goes without --json, which prints one document", param_hint="--watch")
    if watch:
        with suppress(KeyboardInterrupt):
            _watch()
        return
    seen, away = _look()
    if as_json:
        print_json(seen)
    else:
        Console().print(*_shown(seen), sep="\n")
    if away:
        raise ServiceAway(
            f'no answer from {" and ".join(away)}; start the stack with "guichet up" or see its processes'
        )


def _watch() -> None:
    pause = threading.Event()
    with Live(console=Console(), auto_refresh=False) as live:
        while True:
            seen, away = _look()
            missing = [Text(f"{name} does not answer") for name in away]
            live.update(Group(*_shown(seen), *missing), refresh=True)
            pause.wait(WATCH_EVERY_S)


def _look() -> tuple[dict[str, Any], list[str]]:
    """Gather what `status` shows, and name the services that do not answer: what they would tell is left empty."""
    from infra.cli.watching import groups_and_tables
    from infra.local_stack import api
    from infra.local_stack.environment import running_environment

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    home = local_home()
    processes = api.running(home)
    local = running_environment(home) if any(process["pid"] for process in processes) else {}
    told, away = asyncio.run(groups_and_tables(local))
    return {"processes": processes} | told, away


def _shown(seen: Mapping[str, Sequence[Row]]) -> Iterable[RenderableType]:
    """Give a table for each part, groups added up over their partitions."""
    for title, rows in ({**seen, "groups": _added_up(seen["groups"])}).items():
        yield Text(f"{TITLES.get(title, title)}{'' if rows else ': none'}")
        if rows:
            yield as_table(list(rows[0]), rows)


def _added_up(rows: Sequence[Row]) -> list[Row]:
    """Give a row a group: its lag in all, the age of its oldest record, and the longest time to drain."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    return [
        {
            "group": group,
            "partitions": len(own),
            "lag": sum(row["lag"] for row in own),
            "lag_s": max(row["lag_s"] for row in own),
            "drain_s": None if any(row["drain_s"] is None for row in own) else max(row["drain_s"] for row in own),
        }
        for group, own in groups.items()
    ]
