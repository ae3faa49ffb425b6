"""The conservation laws that PostgreSQL can tell by itself (contract §8); nothing here changes anything."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements
from infra.adapters.verdict import Breach, Verdict

SQL = statements("audit")
SHOWN = 5
OUTBOX_AGE = timedelta(seconds=60)
STATEMENT_S = 1800.0

COMPARE = (
    "compare read.inquiries, read.results and read.charges of this inquiry; rows changed by hand and "
    "a partial restore do this, Guichet writes the three in one transaction"
)
RESTORE = "do not show this result any more; take its content from a backup, its hash says which is right"


@asynccontextmanager
async def auditing(url: str) -> AsyncIterator[Connection]:
    """Open a connection whose statements may take long and sort in memory.

    Raises:
        OSError: nothing answers there; asyncpg's own errors for a server that refuses.
    """
    settings = {"application_name": "guichet audit", "jit": "off", "timezone": "UTC", "work_mem": "128MB"}
    connection = await asyncpg.connect(url, timeout=10, command_timeout=STATEMENT_S, server_settings=settings)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def items_billed(connection: Connection) -> Verdict:
    """Law 3: per inquiry, accepted items = results = charges in P; nothing refused and nothing of T has a charge."""
    totals = await one_row(connection, SQL["items"])
    summary = " = ".join(f"{totals[name]:,}" for name in ("accepted", "results", "charges")) + ", inquiry by inquiry"
    rows = await connection.fetch(SQL["unbalanced"], SHOWN)
    return Verdict(summary, first_breaches(rows, [Breach(_unbalanced(row), COMPARE) for row in rows]))


def _unbalanced(row: Any) -> str:
    where = f"inquiry_id {row['inquiry_id']}"
    counts = f"{row['results']} results ({row['shown']} with content) and {row['charges']} charges"
    if row["status"] is None:
        return f"{where}: has {counts}, but is no inquiry"
    if row["status"] not in {"ANSWERED", "PENDING"}:
        return f"{where}: is {row['status']}, yet has {counts}"
    expected = "as many results and charges" if row["environment"] == "P" else "results without content, no charge"
    return f"{where} (environment {row['environment']}): {row['items']} accepted items need {expected}; has {counts}"


async def contents_frozen(connection: Connection) -> Verdict:
    """The content of each result is the one whose SHA-256 was kept when it was answered."""
    counts = await one_row(connection, SQL["contents"])
    gaps = await one_row(connection, SQL["consultation_gaps"])
    notes = []
    if counts["emptied"]:
        notes.append(f"{counts['emptied']:,} contents have been emptied, their hashes stay")
    if gaps["missing"]:
        notes.append(
            f"{gaps['missing']:,} numbers are missing among {gaps['consultations']:,} consultations: "
            "readings rolled back"
        )
    rows = await connection.fetch(SQL["altered"], SHOWN)
    found = [
        Breach(f"inquiry_id {r['inquiry_id']} item {r['item']}: content is not the one hashed", RESTORE) for r in rows
    ]
    return Verdict(f"{counts['held']:,} hashed again", first_breaches(rows, found), tuple(notes))


async def outbox_flows(connection: Connection, now: datetime) -> tuple[Breach, ...]:
    """Law 6, first half: nothing in the outbox is older than 60 s (real time), Kafka refused nothing for good."""
    outbox = await one_row(connection, SQL["outbox"])
    found = []
    if outbox["oldest"] is not None and now - outbox["oldest"] > OUTBOX_AGE:
        age_s = int((now - outbox["oldest"]).total_seconds())
        what = f"core.outbox: {outbox['records']:,} records wait, the oldest for {age_s:,} s"
        found.append(Breach(what, 'see in "guichet status" whether the relay runs and Kafka answers'))
    if outbox["parked"]:
        what = f"core.outbox_parked: Kafka has refused {outbox['parked']:,} records for good"
        found.append(
            Breach(
                what,
                "read their reason there, mend the topic's settings, publish them again, delete the rows",
            )
        )
    return tuple(found)


def first_breaches(rows: Sequence[Any], found: Sequence[Breach]) -> tuple[Breach, ...]:
    """Give what was found, the first with how many more there are."""
    if not rows or rows[0]["broken"] <= len(rows):
        return tuple(found)
    more = f"… and {rows[0]['broken'] - len(rows):,} more"
    return (*found, Breach(more, found[-1].todo))


async def save_verdicts(connection: Connection, broken: Mapping[str, bool], now: datetime) -> None:
    """Remember of each law whether this audit found it broken, for the processes' metrics."""
    await connection.execute(SQL["save_verdicts"], list(broken), list(broken.values()), now)


async def last_verdicts(connection: Connection) -> dict[str, bool]:
    """Tell of each law whether the last audit found it broken; empty before the first one."""
    return {row["law"]: row["broken"] for row in await connection.fetch(SQL["verdicts"])}


async def one_row(connection: Connection, statement: str, *arguments: object) -> Any:
    """Give the one row of a statement that always has one."""
    return await connection.fetchrow(statement, *arguments)
