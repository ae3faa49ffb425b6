"""The road: records → decode → inbox → find, lock, load → decide → save → outbox, in one transaction (design §1)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from consumers.desk import Desk
from consumers.judging import Judged, Judging
from consumers.posting import PostingKeys, post
from infra.adapters.postgres.clock import load_timeline
from infra.adapters.postgres.connection import TRANSIENT, Database
from infra.adapters.postgres.road import Move, lock_progress, move_progress
from infra.adapters.sealing import Seal
from infra.adapters.settings import INTERNAL_KEY
from infra.adapters.telemetry import BATCH_SECONDS, EVENTS
from schemas.envelope import Dead, Event, Record

ITEMS_A_TRANSACTION = 5_000
Decoded = tuple[Record, Event | Dead]


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What the pipeline needs from outside: secrets, Guichet's own key among them, and the clock."""

    hmac_keys: Mapping[str, bytes]
    seal: Seal
    now: Callable[[], datetime]

    @property
    def posting(self) -> PostingKeys:
        """What saving needs of it."""
        return PostingKeys(self.seal, self.hmac_keys[INTERNAL_KEY])


class Pipeline:
    """Takes batches of records of one topic; exactly one effect for each event, however often it comes."""

    def __init__(self, desk: Desk, database: Database, settings: PipelineSettings) -> None:
        """Stand behind one topic with a connection of its own."""
        self.desk = desk
        self._database = database
        self._settings = settings

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch: on return it is done and committed, whatever its records hold.

        Raises:
            Exception: one of `TRANSIENT`; nothing of the transaction at hand was done, call again.
        """
        decoded = [(record, self.desk.decode(record, self.desk.models)) for record in records]
        for chunk in self._chunks(decoded):
            await self._take(chunk)

    def _chunks(self, decoded: Sequence[Decoded]) -> Iterator[Sequence[Decoded]]:
        """Split a batch into transactions of at most 5,000 items (an event with more goes alone)."""
        start = items = 0
        for position, (_, event) in enumerate(decoded):
            size = self.desk.items(event) if isinstance(event, Event) else 1
            if position > start and items + size > ITEMS_A_TRANSACTION:
                yield decoded[start:position]
                start, items = position, 0
            items += size
        yield decoded[start:]

    async def _take(self, chunk: Sequence[Decoded]) -> None:
        """Take a chunk in one transaction; an error outside the decisions is bisected down to its record.

        Where another partition used one of its ids in the same instant, the id is seen as used the second time.
        """
        try:
            await self._transact(chunk)
        except TRANSIENT:
            raise
        except Exception as error:
            await self._bisect(chunk, error)

    async def _bisect(self, chunk: Sequence[Decoded], failure: Exception) -> None:
        if len(chunk) > 1:
            middle = len(chunk) // 2
            await self._take(chunk[:middle])
            await self._take(chunk[middle:])
            return
        await self._transact(chunk, failure)

    async def _transact(self, chunk: Sequence[Decoded], failure: Exception | None = None) -> None:
        started = self._settings.now()
        group, topic = self.desk.group, self.desk.topic
        async with self._database.transaction() as connection:
            partitions = sorted({record.partition for record, _ in chunk})
            done = await lock_progress(connection, group, topic, partitions)
            fresh = [pair for pair in chunk if pair[0].offset >= done[pair[0].partition]]
            if not fresh:
                return
            timeline = await load_timeline(connection)
            now = timeline.moment(self._settings.now())
            judging = Judging(self.desk, self._settings.hmac_keys, timeline, now.shown, failure)
            judged = await judging.judge(connection, [event for _, event in fresh])
            await post(connection, self.desk, [record for record, _ in fresh], judged, self._settings.posting, now)
            await move_progress(connection, group, topic, moves(fresh, judged), now.shown)
        self._measure(judged, started)

    def _measure(self, judged: Iterable[Judged], started: datetime) -> None:
        now, group = self._settings.now(), self.desk.group
        BATCH_SECONDS.labels(group).observe((now - started).total_seconds())
        for outcome, count in Counter(result.counted for result in judged).items():
            EVENTS.labels(group, outcome).inc(count)
        self.desk.observe(
            [(r.event, r.decision) for r in judged if r.event is not None and r.decision is not None], now
        )


def moves(fresh: Iterable[Decoded], judged: Iterable[Judged]) -> list[Move]:
    """Count what became of the records of each partition."""
    ends: dict[int, int] = {}
    counts: Counter[tuple[int, str]] = Counter()
    for (record, _), result in zip(fresh, judged, strict=True):
        ends[record.partition] = record.offset + 1
        counts[record.partition, result.counted] += 1
    return [
        Move(partition, end, *(counts[partition, counted] for counted in Move._fields[2:]))
        for partition, end in ends.items()
    ]


def utc_now() -> datetime:
    """Give the present instant, UTC."""
    return datetime.now(UTC)
