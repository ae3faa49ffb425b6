"""What became of the events: counts that a person understands, beside what the partners had planned."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.adapters.postgres.connection import Connection
from infra.cli.demo.terminal import dollars
from producers.partners import Tally

COUNTS = """
select (select count(*) from read.inquiries where status = 'ANSWERED')::int as answered,
       (select count(*) from read.results where environment = 'P')::int as items,
       (select count(*) from read.results where environment = 'P' and outcome = 'FOUND')::int as found,
       (select coalesce(sum(amount), 0) from read.charges) as billed,
       (select duplicates from (select sum(duplicates)::int as duplicates from core.progress
                                where group_id = 'guichet.inquiries') p) as duplicates,
       (select sum(records) from core.progress where group_id = 'guichet.inquiries')::int as published"""
REFUSED = "select code, count(*)::int from read.inquiries where status = 'REFUSED' group by 1"
DEAD = "select cause, count(*)::int from read.dead_letters where consumer_group = 'guichet.inquiries' group by 1"
AGES = """
select percentile_disc(0.5) within group (order by age) as half,
       percentile_disc(0.99) within group (order by age) as most,
       count(*) filter (where age <= interval '5 minutes')::float / count(*) as on_time
from (select answered_at - received_at as age from read.inquiries where status = 'ANSWERED') ages"""


@dataclass(slots=True)
class Found:
    """What the read stores say after the run."""

    counts: dict[str, Any]
    ages: dict[str, Any]
    refused: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)

    def document(self) -> dict[str, Any]:
        """Give the counts as `--json` prints them."""
        codes = {"refused": self.refused, "dead_letters": self.dead_letters}
        ages_ms = {f"{name}_ms": round(self.ages[name].total_seconds() * 1000) for name in ("half", "most")}
        return {**self.counts, **{name: dict(one) for name, one in codes.items()}, **ages_ms}

    def differs(self, expected: Tally) -> str | None:
        """Name the first count that is not what the partners' plan says, or nothing."""
        pairs: dict[str, tuple[object, object]] = {
            "published": (self.counts["published"], expected.published),
            "answered": (self.counts["answered"], expected.answered),
            "items billed": (self.counts["items"], expected.items),
            "billed": (self.counts["billed"], expected.billed),
            "duplicates": (self.counts["duplicates"], expected.duplicates),
            "refused": (dict(self.refused), dict(expected.refused)),
            "dead letters": (dict(self.dead_letters), dict(expected.dead_letters)),
        }
        for name, (found, planned) in pairs.items():
            if found != planned:
                return f"{name}: found {found}, but the partners' plan says {planned}"
        return None


async def seen(connection: Connection) -> Found:
    """Read what became of the run."""
    counts, ages = await connection.fetchrow(COUNTS), await connection.fetchrow(AGES)
    refused, dead_letters = await _counter(connection, REFUSED), await _counter(connection, DEAD)
    return Found(dict(counts or {}), dict(ages or {}), refused, dead_letters)


async def _counter(connection: Connection, query: str) -> Counter[str]:
    return Counter({row[0]: row[1] for row in await connection.fetch(query)})


def print_counts(console: Console, expected: Tally, found: Found) -> None:
    """Print the counts beside what the partners planned."""
    counts, ages = found.counts, found.ages
    table = Table("", "found", "planned", title="What became of the events", title_justify="left")
    rows = [
        ("published by partners", counts["published"], expected.published),
        ("answered inquiries", counts["answered"], expected.answered),
        ("items billed, found or not", counts["items"], expected.items),
        ("  of them found", counts["found"], expected.found),
        ("billed", dollars(counts["billed"]), dollars(expected.billed)),
        ("repeats, counted once", counts["duplicates"], expected.duplicates),
    ]
    rows += [(f"refused: {code}", count, expected.refused[code]) for code, count in sorted(found.refused.items())]
    rows += [
        (f"dead letters: {cause}", count, expected.dead_letters[cause])
        for cause, count in sorted(found.dead_letters.items())
    ]
    for row in rows:
        table.add_row(*(value if isinstance(value, str) else f"{value:,}" for value in row))
    console.print(table)
    half, most = (round(ages[name].total_seconds() * 1000) for name in ("half", "most"))
    console.print(
        f"From received to answered: half within {half:,} ms, 99 % within {most:,} ms, "
        f"{ages['on_time']:.0%} within 5 minutes. Lag: 0 records."
    )
