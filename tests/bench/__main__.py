"""`python -m tests.bench [NAME…]`: measure on a local stack of its own and write the tables."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tests.bench.measurements import LONG, MEASUREMENTS
from tests.bench.plan import Plan
from tests.bench.report import replace_part

PAGE = Path("docs/benchmarks.md")


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"What to measure: {', '.join(MEASUREMENTS)}.")] = None,
    events: Annotated[
        int, typer.Option(min=10_000, help="Events a round for Guichet; the baselines get a share.")
    ] = 100_000,
    drivers: Annotated[int, typer.Option(min=1, max=1_000_000, help="Drivers held.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="Alternations; the median is quoted.")] = 3,
    seconds: Annotated[int, typer.Option(min=10, help="Duration of the latency load.")] = 60,
    long: Annotated[bool, typer.Option("--long", help=f"Also measure {', '.join(LONG)}.")] = False,
    out: Annotated[Path, typer.Option(help="The page whose tables are replaced.")] = PAGE,
) -> None:
    """Measure Guichet beside two baselines; every row is verified, goals missed are shown but are no error.

    Example: python -m tests.bench road latency --events 50000
    """
    chosen = names or [name for name in MEASUREMENTS if long or name not in LONG]
    if unknown := sorted(set(chosen) - set(MEASUREMENTS)):
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(MEASUREMENTS)}")
    plan = Plan(events, drivers, rounds, seconds)
    for name in chosen:
        text = MEASUREMENTS[name](plan)
        typer.echo(f"\n{name}\n{text}\n")
        command = f"python -m tests.bench {name} --events {events} --drivers {drivers} --rounds {rounds}"
        replace_part(out, name, f"`{command}`\n\n{text}")


if __name__ == "__main__":
    sys.exit(typer.run(main))
