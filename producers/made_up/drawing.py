"""Draws that depend on a number and a name only: the same today, tomorrow and on every machine."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar
from zlib import crc32

T = TypeVar("T")
_MASK = (1 << 64) - 1


def draw(n: int, what: str) -> int:
    """Give 64 bits that look random, the same for the same number and name (splitmix64)."""
    mixed = (n * 0x9E3779B97F4A7C15 + crc32(what.encode()) * 0xD1B54A32D192ED03) & _MASK
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
    return mixed ^ mixed >> 31


def between(n: int, what: str, low: int, high: int) -> int:
    """Draw a whole number from low to high, both included."""
    return low + draw(n, what) % (high - low + 1)


class Shares(Generic[T]):
    """Values to draw from, each as often as its weight says."""

    def __init__(self, *weighted: tuple[T, int]) -> None:
        """Take (value, weight) pairs."""
        self._values: Sequence[T] = [value for value, _ in weighted]
        self._bounds = list(accumulate(weight for _, weight in weighted))

    def pick(self, n: int, what: str) -> T:
        """Draw one value."""
        return self._values[bisect(self._bounds, draw(n, what) % self._bounds[-1])]
