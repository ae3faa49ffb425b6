"""The plan of what synthetic partners send: mostly good inquiries, and every kind of mistake among them."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from uuid import UUID

from producers.client import Publisher
from producers.cloud_events import CloudEvent, Prepared
from producers.made_up.drawing import Shares
from producers.made_up.organisations import NO_BILLING_ACCOUNT, NOT_YET, OPEN_SOURCE, SIGNED_SOURCE
from producers.made_up.prices import PRICES
from producers.partners.refusals import REFUSALS
from producers.partners.spoiling import SPOILINGS, conflicting
from producers.partners.tally import Outcome, Planned
from producers.partners.world import ABOUT_DRIVERS, ABOUT_VEHICLES, Desk, World, write

KINDS = Shares(*((kind, 3) for kind in ABOUT_DRIVERS), *((kind, 2) for kind in ABOUT_VEHICLES))
ITEMS = Shares((1, 80), (2, 8), (3, 5), (10, 5), (40, 1), (100, 1))
BLOCKS = ("CONDITIONS", "MENTIONS", "PROHIBITIONS")


class _Partners:
    """Partners at work: they remember what they sent, to repeat it, contradict it or correct it."""

    def __init__(self, seed: int, world: World) -> None:
        self._desk = Desk(random.Random(seed), world)  # noqa: S311 -- made-up data
        self._sent: list[CloudEvent] = []
        self._to_correct: list[UUID] = []
        self._refusals = cycle(REFUSALS)
        self._spoilings = cycle(SPOILINGS)
        self._habits = Shares[Callable[[], Planned]](
            (self._good, 780), (self._in_test, 30), (self._repeat, 40), (self._conflict, 20), (self._refused, 65),
            (self._spoiled, 65),
        )  # fmt: skip

    def next(self) -> Planned:
        """Plan one more record."""
        habit = self._habits.pick(self._desk.random.getrandbits(32), "habit")
        return habit()

    def _good(self) -> Planned:
        """A question to be answered and billed; now and then one that was rejected before, put right."""
        kind = KINDS.pick(self._desk.random.getrandbits(32), "kind")
        planned = self._ask(kind, self._desk.organisation())
        return replace(planned, billed=Decimal(PRICES[kind]) * len(planned.found))

    def _in_test(self) -> Planned:
        """Environment T needs neither service nor billing account, and costs nothing."""
        place = self._desk.random.choice((NOT_YET, NO_BILLING_ACCOUNT, 0))
        return self._ask("DRIVER_RECORD", self._desk.organisation(place), environment="T")

    def _ask(self, kind: str, organisation: str, environment: str = "P") -> Planned:
        desk = self._desk
        count = ITEMS.pick(desk.random.getrandbits(32), "items")
        found = tuple(desk.random.random() < 9 / 10 for _ in range(count))
        data = desk.question(organisation, kind, found)
        if environment == "T":
            data["environment"] = "T"
        if kind == "LICENCE_VALIDITY" and desk.random.random() < 1 / 3:
            data["blocks"] = desk.random.sample(BLOCKS, desk.random.randint(1, 3))
        if desk.random.random() < 1 / 10:
            data["session"] = desk.session(timedelta(minutes=desk.random.randint(0, 14)))
        signs = desk.world.key is not None and desk.random.random() < 1 / 4
        event = desk.event(data, SIGNED_SOURCE if signs else OPEN_SOURCE)
        if self._to_correct and desk.random.random() < 1 / 10:
            event = replace(event, id=self._to_correct.pop())
        self._sent.append(event)
        return Planned(self._write(event), Outcome.ANSWERED, found=found, environment=environment)

    def _refused(self) -> Planned:
        code, ask = next(self._refusals)
        event = self._desk.event(ask(self._desk))
        self._sent.append(event)
        return Planned(self._write(event), Outcome.REFUSED, code)

    def _spoiled(self) -> Planned:
        cause, spoil = next(self._spoilings)
        record = spoil(self._desk)
        if cause == "DATA":
            self._to_correct.append(record.id)
        return Planned(record, Outcome.DEAD_LETTER, cause)

    def _repeat(self) -> Planned:
        """The same event again, perhaps in the other mode: it counts once (contract §2)."""
        if not self._sent:
            return self._good()
        return Planned(self._write(self._earlier()), Outcome.DUPLICATE)

    def _conflict(self) -> Planned:
        if not self._sent:
            return self._good()
        return Planned(self._write(conflicting(self._desk, self._earlier())), Outcome.DEAD_LETTER, "CONFLICT")

    def _earlier(self) -> CloudEvent:
        return self._desk.random.choice(self._sent[-500:])

    def _write(self, event: CloudEvent) -> Prepared:
        key = self._desk.world.key if event.source == SIGNED_SOURCE else None
        return write(event, key, binary_mode=self._desk.random.random() < 1 / 5)


def plan(seed: int, n: int, world: World) -> list[Planned]:
    """Plan `n` records; the same seed and world give the same plan.

    Ids begin with the world's instant, so that the same seed at another time asks anew. What must come of each
    record supposes that all are sent in this order, and that no other tariffs than the made-up ones are in force.
    """
    partners = _Partners(seed, world)
    return [partners.next() for _ in range(n)]


async def publish(
    publisher: Publisher, planned: Iterable[Planned], on_progress: Callable[[int], None] | None = None
) -> int:
    """Send a plan in its order; returns how many records Kafka has acknowledged, all of them.

    Raises:
        PublishError: Kafka did not acknowledge them all.
    """
    records: Iterator[Prepared] = (one.record for one in planned)
    return await publisher.publish_many(records, on_progress)
