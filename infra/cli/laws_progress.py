"""Law 7: a group's progress row stands at its committed offset when idle, and its counts add up (contract §8)."""

import asyncio
from typing import NamedTuple

from infra.adapters.postgres.audit import SQL
from infra.adapters.postgres.connection import Connection
from infra.adapters.verdict import Breach, Verdict
from infra.cli.auditing import Audited
from schemas.topics import GROUPS

SETTLE_TRIES = 10
SETTLE_S = 0.5
BEHIND = 'restart its process: it reads from the committed offset and skips what is done; see "guichet status"'
AHEAD = "records were skipped: stop the group, set its committed offset back to the progress row, start it again"
COUNTS = "counts changed by hand, or a bug: compare with the group's dead letters and read.inquiries"


class Place(NamedTuple):
    """How a group stands on a partition.

    Attributes:
        progress: the next offset by the progress row, 0 without one.
        committed: the next offset by the broker, 0 without one.
        lag: records not taken yet; 0 means idle.
    """

    group: str
    topic: str
    partition: int
    progress: int
    committed: int
    lag: int


async def progress_stands(audited: Audited) -> Verdict:
    """Compare progress rows with committed offsets; a commit under way is given 5 s.

    Raises:
        KafkaError: the broker does not answer.
    """
    for _ in range(SETTLE_TRIES):
        places = await _places(audited)
        breaches = [breach for place in places if (breach := judge(place))]
        if not breaches:
            break
        await asyncio.sleep(SETTLE_S)
    breaches += await _miscounted(audited.live)
    lags = [f"{p.group} partition {p.partition} of {p.topic} is not idle, {p.lag:,} to go" for p in places if p.lag]
    groups = len({place.group for place in places})
    summary = f"{groups} groups on {len(places)} partitions, progress against committed offsets"
    return Verdict(summary, tuple(breaches), tuple(lags))


def judge(place: Place) -> Breach | None:
    """Compare one partition's progress with the broker's offset.

    The offset is committed after the transaction that moves progress, so it may be behind, but only while there
    is work; it is never ahead of progress while records wait. When nothing waits it may stand after the markers
    of a producer's transactions, which are no records.
    """
    where = f"{place.group} partition {place.partition} of {place.topic}"
    if place.lag and place.committed > place.progress:
        return Breach(f"{where}: committed {place.committed} is ahead of progress {place.progress}", AHEAD)
    if not place.lag and place.committed < place.progress:
        return Breach(f"{where}: idle, but committed {place.committed} is behind progress {place.progress}", BEHIND)
    return None


async def _places(audited: Audited) -> list[Place]:
    """Measure every group that has ever worked; committed offsets are read before progress, which is ahead of them."""
    committed = {group: await audited.reader.committed(group, topic) for group, topic in GROUPS.items()}
    rows = await audited.live.fetch(SQL["progress"])
    progress = {(row["group_id"], row["partition"]): row["next_offset"] for row in rows}
    worked = {row["group_id"] for row in rows} | {group for group, offsets in committed.items() if offsets}
    return [
        await _place(audited, group, partition, end, progress.get((group, partition), 0), committed[group])
        for group in sorted(worked & GROUPS.keys())
        for partition, end in sorted((await audited.reader.end_offsets(GROUPS[group])).items())
    ]


async def _place(
    audited: Audited, group: str, partition: int, end: int, progress: int, committed: dict[int, int]
) -> Place:
    topic = GROUPS[group]
    waits = end > progress and await audited.reader.has_records(topic, partition, progress)
    return Place(group, topic, partition, progress, committed.get(partition, 0), end - progress if waits else 0)


async def _miscounted(connection: Connection) -> list[Breach]:
    return [
        Breach(
            f"{row['group_id']} partition {row['partition']} of {row['topic']}: {row['records']} records counted up to "
            f"offset {row['next_offset']} are {row['effects']} effects, {row['duplicates']} duplicates, "
            f"{row['refusals']} refusals, {row['dead_letters']} dead letters and {row['ignored']} ignored",
            COUNTS,
        )
        for row in await connection.fetch(SQL["miscounted"])
    ]
