"""Inquiries: rates beside the baselines, latency, memory; each gives the text that stands in docs/benchmarks.md."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from tests.bench.contender import BASELINES, DOCUMENTED_1, DOCUMENTED_8, GUICHET, LIMIT
from tests.bench.latency import measure_latency
from tests.bench.load import make_load
from tests.bench.memory import measure_memory
from tests.bench.plan import Plan, new_stack, play_round, ratio_line
from tests.bench.report import Line, goals_table, table
from tests.bench.round import Measured

GOALS = {DOCUMENTED_1.name: 100.0, DOCUMENTED_8.name: 30.0, LIMIT.name: 0.5}
MOST_MIB, MOST_GROWTH_MIB = 200, 10
PER_SECOND, P50_MS, P99_MS = 100, 25, 60
MANY_DRIVERS, FEW_DRIVERS, DRIVERS_GOAL = 500_000, 5_000, 0.85
ANSWERED, HISTORY_GOAL, HISTORY_STEP = 1_000_000, 0.9, 100_000
MEMORY_PER_SECOND, MEMORY_S = 1_000, 600


def road(plan: Plan) -> str:
    """Guichet beside the baselines, alternating on one stack."""
    found: dict[str, list[Measured]] = {contender.name: [] for contender in (*BASELINES, GUICHET)}
    with new_stack(plan.drivers, baselines=True) as stack:
        for _ in range(plan.rounds):
            for contender in (*BASELINES, GUICHET):
                found[contender.name].append(play_round(stack, contender, plan.events, plan.drivers))
    return f"{_ratios(found)}\n\n{_costs(found)}"


def _ratios(found: dict[str, list[Measured]]) -> str:
    ours = found[GUICHET.name]
    lines = []
    for name, goal in GOALS.items():
        ratios = [mine.rate / other.rate for mine, other in zip(ours, found[name], strict=True)]
        lines.append(ratio_line(f"Guichet / {name}", goal, ratios))
    peak = max(measured.peak_mib for measured in ours)
    lines.append(Line("memory of the largest process", f"≤ {MOST_MIB} MiB", f"{peak:.0f} MiB", peak <= MOST_MIB))
    return goals_table(lines)


def _costs(found: dict[str, list[Measured]]) -> str:
    rows = []
    for name, rounds in found.items():
        parts = {part: median(one.cpu_us[part] for one in rounds) for part in rounds[0].cpu_us}
        cpu = " / ".join(f"{spent:,.0f}" for spent in parts.values())
        rate, peak = median(one.rate for one in rounds), max(one.peak_mib for one in rounds)
        rows.append((name, f"{rate:,.0f}", cpu, f"{peak:.0f}"))
    return table(("road", "inquiries/s", "CPU µs per inquiry: processes / PostgreSQL / Kafka", "peak MiB"), rows)


def latency(plan: Plan) -> str:
    """Received → outcome at 100 inquiries a second."""
    with new_stack(plan.drivers) as stack:
        found = measure_latency(stack, make_load(PER_SECOND * plan.seconds, plan.drivers, time.time_ns()), PER_SECOND)
    return goals_table(
        [
            Line("p50", f"≤ {P50_MS} ms", f"{found.p50:.0f} ms", found.p50 <= P50_MS),
            Line("p99", f"≤ {P99_MS} ms", f"{found.p99:.0f} ms (worst {found.worst:.0f})", found.p99 <= P99_MS),
        ]
    )


def drivers(plan: Plan) -> str:
    """The rate with many drivers against the rate with few."""
    with ExitStack() as stacks:
        many, few = (stacks.enter_context(new_stack(number)) for number in (MANY_DRIVERS, FEW_DRIVERS))
        return _against(
            f"{MANY_DRIVERS:,} drivers / {FEW_DRIVERS:,} drivers",
            DRIVERS_GOAL,
            lambda: play_round(many, GUICHET, plan.events, MANY_DRIVERS),
            lambda: play_round(few, GUICHET, plan.events, FEW_DRIVERS),
            plan.rounds,
        )


def history(plan: Plan) -> str:
    """The rate after a million answered inquiries against the rate of a new stack."""
    with ExitStack() as stacks:
        old, new = (stacks.enter_context(new_stack(plan.drivers)) for _ in range(2))
        for _ in range(ANSWERED // HISTORY_STEP):
            play_round(old, GUICHET, HISTORY_STEP, plan.drivers)
        return _against(
            f"after {ANSWERED:,} inquiries / new",
            HISTORY_GOAL,
            lambda: play_round(old, GUICHET, HISTORY_STEP // 2, plan.drivers),
            lambda: play_round(new, GUICHET, HISTORY_STEP // 2, plan.drivers),
            plan.rounds,
        )


def _against(what: str, goal: float, one: Callable[[], Measured], other: Callable[[], Measured], rounds: int) -> str:
    return goals_table([ratio_line(what, goal, [one().rate / other().rate for _ in range(rounds)])])


def memory(plan: Plan) -> str:
    """Ten minutes at 1,000 inquiries a second."""
    with new_stack(plan.drivers) as stack:
        load = make_load(MEMORY_PER_SECOND * MEMORY_S, plan.drivers, time.time_ns())
        found = measure_memory(stack, load, MEMORY_PER_SECOND)
    minutes = MEMORY_S // 60
    return goals_table(
        [
            Line(
                "peak of the largest process",
                f"≤ {MOST_MIB} MiB",
                f"{found.peak_mib:.0f} MiB",
                found.peak_mib <= MOST_MIB,
            ),
            Line(
                f"growth of any process over {minutes} minutes, after the first fifth",
                f"≤ {MOST_GROWTH_MIB} MiB",
                f"{found.growth_mib:.0f} MiB",
                found.growth_mib <= MOST_GROWTH_MIB,
            ),
        ]
    )
