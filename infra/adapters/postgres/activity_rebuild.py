"""Activity made anew from core while facts go on coming; those on their way count once."""

from typing import NamedTuple

from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements

SQL = statements("activity")
PATIENCE_S = 3600.0
SHADOW = ("make_shadow", "fill_shadow", "analyze_shadow", "lock_contributions", "catch_up")


class Rebuilt(NamedTuple):
    """How many rows a store had at the start and has at the end, and how many the rebuild made, changed or removed."""

    before: int
    after: int
    changed: int


async def rebuild_activity(connection: Connection) -> Rebuilt:
    """Fill a shadow of the contributions from core, then, with the consumer held up, put right what differs.

    A fact told of what the shadow holds already finds its own version there and is ignored; one that was counted while
    the shadow was filled is caught up with under the lock. So the lock lasts for one comparison, not for the filling.
    """
    async with connection.transaction():
        before: int = await connection.fetchval(SQL["count_activity"], timeout=PATIENCE_S)
        for name in SHADOW:
            await connection.execute(SQL[name], timeout=PATIENCE_S)
        await connection.execute(SQL["swap_contributions"], timeout=PATIENCE_S)
        merged: str = await connection.execute(SQL["swap_activity"], timeout=PATIENCE_S)
        after: int = await connection.fetchval(SQL["count_activity"], timeout=PATIENCE_S)
    return Rebuilt(before, after, int(merged.rpartition(" ")[2]))
