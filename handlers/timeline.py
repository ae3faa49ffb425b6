"""Guichet's time: real time, or on the local stack what its clock shows, which can be turned (contract §2)."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

TORONTO = ZoneInfo("America/Toronto")


class Turn(NamedTuple):
    """From a real instant on, the clock shows so many seconds more than real time."""

    at: datetime
    offset_s: int


class Moment(NamedTuple):
    """One instant, as it really is and as the clock shows it, both UTC."""

    real: datetime
    shown: datetime


class Timeline:
    """What the clock showed at each real instant, so that an event taken again is judged by the same time."""

    def __init__(self, turns: Iterable[Turn] = ()) -> None:
        """Follow a clock that was turned, or never: `turns` are in the order of their instants."""
        turned = list(turns)
        self._at_ms = [_ms(turn.at) for turn in turned]
        self._offsets_s = [0, *(turn.offset_s for turn in turned)]

    @property
    def offset_s(self) -> int:
        """How many seconds more than real time the clock shows since it was last turned."""
        return self._offsets_s[-1]

    def moment(self, real: datetime) -> Moment:
        """Give a real instant with what the clock showed then."""
        return Moment(real, real + timedelta(seconds=self._offset_at(_ms(real))))

    def reception(self, appended_ms: int) -> tuple[datetime, date]:
        """Give the instant of a record's reception and its day in Toronto.

        Args:
            appended_ms: its log-append time, in ms since 1970.
        """
        return _reception(appended_ms, self._offset_at(appended_ms))

    def _offset_at(self, real_ms: int) -> int:
        return self._offsets_s[bisect_right(self._at_ms, real_ms)]


@lru_cache(maxsize=4096)
def _reception(appended_ms: int, offset_s: int) -> tuple[datetime, date]:
    """The records of a producer's batch share their append time."""
    received_at = datetime.fromtimestamp(appended_ms / 1000 + offset_s, UTC)
    return received_at, received_at.astimezone(TORONTO).date()


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
