"""The clock in PostgreSQL: nowhere but on the local stack was it ever turned (contract §2)."""

from datetime import datetime, timedelta

from handlers.timeline import Moment, Timeline, Turn
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements

SQL = statements("clock")


async def load_timeline(connection: Connection) -> Timeline:
    """Give what the clock showed at each instant so far."""
    return Timeline(Turn(row["turned_at"], row["offset_s"]) for row in await connection.fetch(SQL["load_turns"]))


async def read_clock(connection: Connection, real: datetime) -> Moment:
    """Give an instant, as it really is and as the clock shows it."""
    return (await load_timeline(connection)).moment(real)


async def turn_clock(connection: Connection, by: timedelta, real: datetime) -> bool:
    """Turn the clock forward from a real instant on; tells whether this is a local stack, where it may be turned."""
    done: str = await connection.execute(SQL["turn"], real, by // timedelta(seconds=1))
    return done == "INSERT 0 1"
