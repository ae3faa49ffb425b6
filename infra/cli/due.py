"""Waiting until what is due has been handled: timers sent, relayed, taken, and what they set due handled too."""

import asyncio
import time

from aiokafka.errors import KafkaError

from consumers.internal import INTERNAL_DESK
from consumers.pipeline import utc_now
from infra.adapters.kafka.connection import for_aiokafka
from infra.adapters.kafka.lag import LagReader
from infra.adapters.postgres.clock import read_clock
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements
from infra.cli.output import ServiceAway, Session
from schemas.topics import INTERNAL

SQL = statements("timers")
LOOK_EVERY_S = 0.05
PATIENCE_S = 60.0


async def until_handled(session: Session) -> None:
    """Return once nothing is due any more, however many months or reminders follow from one another.

    Raises:
        ServiceAway: nothing of it moved for a minute: a process that it needs is down.
    """
    try:
        async with LagReader(for_aiokafka(session.settings)) as reader:
            await _until_handled(session.connection, reader)
    except (KafkaError, OSError) as error:
        raise ServiceAway(f"KAFKA: does not answer ({type(error).__name__}); see guichet status") from None


async def _until_handled(connection: Connection, reader: LagReader) -> None:
    left: tuple[int, int] = (0, 0)
    changed_s = time.monotonic()
    while (now_left := await _left(connection, reader)) != (0, 0):
        if now_left != left:
            left, changed_s = now_left, time.monotonic()
        if time.monotonic() - changed_s > PATIENCE_S:
            raise ServiceAway(
                f"clock: what is due is not handled ({left[0]} timers to send, {left[1]} to take); "
                'see in "guichet status" which of clock, relay and internal is down'
            )
        await asyncio.sleep(LOOK_EVERY_S)


async def _left(connection: Connection, reader: LagReader) -> tuple[int, int]:
    """Count timers on their way to the topic, and those there that are not taken.

    Both are nothing only if all was taken up to an end that has not moved when nothing is on its way any more: what
    was taken may have set timers that are due.
    """
    ends = await reader.end_offsets(INTERNAL)
    taken = {row[0]: row[1] for row in await connection.fetch(SQL["taken"], INTERNAL_DESK.group, INTERNAL)}
    now = (await read_clock(connection, utc_now())).shown
    to_send = await connection.fetchval(SQL["to_send"], INTERNAL, now)
    later_ends = await reader.end_offsets(INTERNAL)
    return to_send, sum(later_ends.values()) - sum(min(taken.get(partition, 0), end) for partition, end in ends.items())
