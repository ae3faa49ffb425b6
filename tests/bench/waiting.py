"""Waiting for a condition."""

import time
from collections.abc import Callable

POLL_S = 0.05


def until(condition: Callable[[], bool], within_s: float, what: str, poll_s: float = POLL_S) -> None:
    """Wait until a condition holds; raises `TimeoutError` that names what was waited for."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within_s:.0f} s in vain for {what}")
        time.sleep(poll_s)
