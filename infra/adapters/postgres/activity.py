"""Activity in PostgreSQL: what each event contributes, and the sums by organisation, day and service."""

from collections.abc import Iterable, Sequence
from typing import Any

from handlers.activity.contributions import Change, Contribution, Counts, Key, difference, newest
from handlers.activity.decide import KnownActivity
from handlers.decision import Arrival
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements
from schemas.facts import Told

SQL = statements("activity")
COLUMNS = ("event_id", "version", *Key._fields, *Counts._fields)


async def load(connection: Connection, arrivals: Sequence[Arrival]) -> KnownActivity:
    """Read and lock what the batch's events have contributed, and number its organisations.

    Every batch comes here before it writes, so that a rebuild that locks the contributions holds it up.
    """
    told = [arrival.event.data for arrival in arrivals if isinstance(arrival.event.data, Told)]
    rows = await connection.fetch(SQL["load_contributions"], [one.event_id for one in told])
    parties = await connection.fetch(SQL["load_parties"], list({one.data.organisation for one in told}))
    return KnownActivity(
        {row["neq"]: row["org_no"] for row in parties},
        {row["event_id"]: _contribution(row) for row in rows},
    )


def _contribution(row: Any) -> Contribution:
    event_id, version, *counted = row
    return Contribution(event_id, version, Key(*counted[:3]), Counts(*counted[3:]))


async def write_changes(connection: Connection, changes: list[Change]) -> None:
    """Keep the newest contributions, and add to the sums what they change.

    One that is there although it was not known comes from another partition in the same instant: the conflict has the
    records taken again, one by one, and it is known then.
    """
    replaced = [change.new.event_id for change in changes if change.old is not None]
    if replaced:
        await connection.execute(SQL["forget_contributions"], replaced)
    rows = [(one.event_id, one.version, *one.key, *one.counts) for one in newest(changes).values()]
    await connection.copy_records_to_table("activity_contributions", schema_name="core", columns=COLUMNS, records=rows)
    sums = ((*key, *counts) for key, counts in difference(changes).items())
    await connection.execute(SQL["add_activity"], *_columns(sums))


def _columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))
