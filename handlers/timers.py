"""Timers: what falls due at an instant, and survives anything until then (design §3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class TimerRow(NamedTuple):
    """A row of `core.timers`; another one under its key takes its place.

    Attributes:
        key: what falls due, as `month-end:2026-11`.
        due_at: when; the event bears it as its `time`, however late it is sent.
        generation: counts the timers of a key; the handler does nothing when a newer one was set.
        type: of the event sent to `guichet.internal` then.
        aggregate: the key of that event.
        data: of that event.
    """

    key: str
    due_at: datetime
    generation: int
    type: str
    aggregate: str
    data: Mapping[str, str | int]
