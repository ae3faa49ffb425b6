"""What synthetic partners can ask about, and how they write it down."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from producers import made_up
from producers.cloud_events import CloudEvent, Prepared, binary, structured
from producers.made_up.limits import MOST_DRIVERS, MOST_ORGANISATIONS, MOST_VEHICLES
from producers.made_up.organisations import GROUP, NOT_YET, OPEN_SOURCE
from schemas.identifiers import made_up_neq, made_up_plate, made_up_vin, uuid7
from schemas.topics import INQUIRIES

ASKED = "guichet.inquiry.requested.v1"
ABOUT_DRIVERS = ("DRIVER_RECORD", "LICENCE_VALIDITY")
ABOUT_VEHICLES = ("VEHICLE_RECORD", "OWNERSHIP_HISTORY")
UNSEEDED = 100_000

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """What was seeded, and when the partners speak.

    Attributes:
        now: the `time` of their events, aware; it must be the present when they are sent.
        key: the secret named by `key_ref` "example-partner"; without it no partner signs rightly.
    """

    organisations: int
    drivers: int
    vehicles: int
    now: datetime
    key: bytes | None = None

    def __post_init__(self) -> None:
        """Make sure that every kind of partner is there; raises ValueError."""
        if self.organisations < GROUP or self.drivers < 1 or self.vehicles < 1:
            raise ValueError(f"world: needs at least {GROUP} organisations, 1 driver and 1 vehicle; seed more")


class Desk:
    """Draws questions and writes events; everything follows from the random source."""

    def __init__(self, random_source: random.Random, world: World) -> None:
        """Begin to draw."""
        self.random = random_source
        self.world = world

    def new_id(self) -> UUID:
        """Draw a UUIDv7 of the world's instant."""
        return uuid7(int(self.world.now.timestamp() * 1000), self.random.getrandbits(74))

    def organisation(self, place: int | None = None) -> str:
        """Draw the NEQ of an organisation in a place of its group; by default one with every door open."""
        if place is None:
            place = self.random.randrange(NOT_YET)
        groups = (self.world.organisations - 1 - place) // GROUP + 1
        return made_up_neq(self.random.randrange(groups) * GROUP + place)

    def unknown_organisation(self) -> str:
        """Draw a well-formed NEQ that is not seeded."""
        return made_up_neq(MOST_ORGANISATIONS + self.random.randrange(UNSEEDED))

    def item(self, kind: str, found: bool) -> dict[str, str]:
        """Draw one question of a kind, about something seeded or about nothing."""
        if kind in ABOUT_DRIVERS:
            low, count = (0, self.world.drivers) if found else (MOST_DRIVERS, UNSEEDED)
            return {"licence": made_up.licence(low + self.random.randrange(count))}
        if not found:
            n = MOST_VEHICLES + self.random.randrange(UNSEEDED)
            return self.random.choice(({"plate": made_up_plate(n)}, {"vin": made_up_vin(n)}))
        vehicle = made_up.vehicle(self.random.randrange(self.world.vehicles))
        name = "vin" if "vin" in vehicle and self.random.random() < 1 / 2 else "plate"
        return {name: vehicle[name]}

    def question(self, organisation: str, kind: str, found: tuple[bool, ...] = (True,)) -> Data:
        """Write the data of an inquiry with an item for each of `found`."""
        return {
            "organisation": organisation,
            "employee": f"EMP{self.random.randrange(1000):04d}",
            "kind": kind,
            "items": [self.item(kind, one) for one in found],
            "reference": f"dossier {self.random.randrange(10**8):08d}",
        }

    def session(self, idle: timedelta) -> Data:
        """Write a portal's session whose last activity is so long ago."""
        last = self.world.now - idle
        return {
            "id": f"session-{self.random.getrandbits(32):08x}",
            "opened_at": (last - timedelta(minutes=10)).isoformat(),
            "last_activity_at": last.isoformat(),
            "trust_level": 2,
        }

    def event(
        self, data: Any, source: str = OPEN_SOURCE, kind: str = ASKED, ahead: timedelta = timedelta()
    ) -> CloudEvent:
        """Say something as a source, under a new id."""
        return CloudEvent(self.new_id(), source, kind, self.world.now + ahead, data)


def write(event: CloudEvent, key: bytes | None = None, binary_mode: bool = False) -> Prepared:
    """Write an event for `guichet.inquiries`, keyed by its id."""
    return (binary if binary_mode else structured)(event, INQUIRIES, str(event.id).encode(), key)
