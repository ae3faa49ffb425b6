"""What every measurement shares: how large it is, a stack of its own, a round of inquiries, ratios as a line."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import typer

from tests.bench.contender import Contender
from tests.bench.load import make_load
from tests.bench.prepare import declare_people, prepare_baselines
from tests.bench.report import Line
from tests.bench.round import Measured, play
from tests.bench.stack import Stack, stack_at


@dataclass(frozen=True, slots=True)
class Plan:
    """How large: events a round, drivers, alternations, seconds of the latency load."""

    events: int
    drivers: int
    rounds: int
    seconds: int


@contextmanager
def new_stack(drivers: int, baselines: bool = False) -> Iterator[Stack]:
    """A new stack with its people, deleted in the end."""
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as home, stack_at(Path(home)) as stack:
        typer.echo(f"loading {drivers:,} drivers")
        declare_people(stack, drivers)
        if baselines:
            prepare_baselines(stack, drivers)
        yield stack


def play_round(stack: Stack, contender: Contender, events: int, drivers: int) -> Measured:
    """Play one round of inquiries and say what it gave."""
    load = make_load(int(events * contender.share), drivers, time.time_ns())
    measured = play(stack, contender, load)
    typer.echo(f"{contender.name}: {measured.rate:,.0f}/s over {len(load.inquiries):,} inquiries, rows verified")
    return measured


def ratio_line(what: str, goal: float, ratios: Sequence[float], more: str = "") -> Line:
    """Quote ratios, one a round, as their median and range."""
    ratio = median(ratios)
    text = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}){more}"
    return Line(what, f"≥ {goal:g}", text, ratio >= goal)
