"""Dead letters once more down the road, in the order of reception, under their aggregate's lock (design §4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from consumers.desk import Desk
from consumers.judging import Judging
from consumers.pipeline import PipelineSettings
from consumers.posting import save
from infra.adapters.postgres.clock import load_timeline
from infra.adapters.postgres.connection import TRANSIENT, Connection, Database
from infra.adapters.postgres.dead_letters import Taken, settle, still_dead, take_dead_letter, unsettled
from infra.adapters.postgres.road import add_outbox
from infra.adapters.sealing import SealError
from schemas.envelope import Cause, Dead


class Redrive:
    """Runs dead letters through the desks of their groups."""

    def __init__(self, desks: Mapping[str, Desk], database: Database, settings: PipelineSettings) -> None:
        """Take the desk of each group by the group's name."""
        self._desks = desks
        self._database = database
        self._settings = settings

    async def run(self, ids: Sequence[UUID], cause: str | None) -> dict[UUID, str]:
        """Redrive the dead letters chosen, and those that wait behind them.

        Returns:
            What became of each: REDRIVEN, or its new cause; WAITS when an earlier one must go first.

        Raises:
            SealError: the key in the settings is not the one that closed them.
        """
        chosen = await unsettled(await self._database.connection(), ids, cause)
        return {letter_id: await self._redrive(letter_id) for letter_id in chosen}

    async def _redrive(self, letter_id: UUID) -> str:
        try:
            return await self._take(letter_id)
        except (*TRANSIENT, SealError):
            raise
        except Exception as error:
            return await self._take(letter_id, error)

    async def _take(self, letter_id: UUID, failure: Exception | None = None) -> str:
        async with self._database.transaction() as connection:
            taken = await take_dead_letter(connection, letter_id)
            if taken is None:
                return "TAKEN"
            if taken.waits:
                return "WAITS"
            desk = self._desks.get(taken.group)
            if desk is None:
                return "NO_CONSUMER"
            return await self._again(connection, desk, letter_id, taken, failure)

    async def _again(
        self, connection: Connection, desk: Desk, letter_id: UUID, taken: Taken, failure: Exception | None
    ) -> str:
        timeline = await load_timeline(connection)
        now = timeline.moment(self._settings.now())
        event = desk.decode(self._settings.seal.open(taken.original), desk.models)
        judging = Judging(desk, self._settings.hmac_keys, timeline, now.shown, failure)
        (judged,) = await judging.judge(connection, [event], passing=taken.blocks)
        if judged.dead is not None:
            await _keep(connection, letter_id, judged.dead, judged.aggregate)
            return judged.dead.cause.value
        outgoing = await save(connection, desk, [judged], self._settings.posting, now)
        await add_outbox(connection, {topic: rows for topic, rows in outgoing.items() if rows}, now.real)
        await settle(connection, [letter_id], "REDRIVEN", now.shown, None)
        return "REDRIVEN"


async def discard(connection: Connection, ids: Sequence[UUID], now: datetime, reason: str) -> list[UUID]:
    """Give up dead letters for a reason; what waited behind them can be redriven then."""
    return await settle(connection, ids, "DISCARDED", now, reason)


async def _keep(connection: Connection, letter_id: UUID, letter: Dead, aggregate: str | None) -> None:
    state = "BLOCKED" if letter.cause is Cause.BLOCKED else "OPEN"
    await still_dead(connection, letter_id, letter, state, aggregate)
