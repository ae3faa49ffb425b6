"""A service that is away is waited for inside the handler, on a clock that the tests turn."""

from itertools import pairwise

import pytest

from consumers.retrying import GIVE_UP_S, patiently
from infra.adapters.health import Health


class Clock:
    """Seconds that pass only when somebody waits; remembers how long."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


class Away:
    """A service that fails so many times; each try takes a while, and notes whether readiness said so before it."""

    def __init__(self, clock: Clock, health: Health, failures: float, takes_s: float = 0) -> None:
        self._clock, self._health = clock, health
        self._failures, self._takes_s = failures, takes_s
        self.waited_for: list[list[str]] = []

    async def work(self) -> None:
        self.waited_for.append(self._health.waiting_for)
        self._clock.seconds += self._takes_s
        if len(self.waited_for) <= self._failures:
            raise ConnectionRefusedError


async def wait(failures: float, takes_s: float = 0) -> tuple[Clock, Health, Away]:
    clock, health = Clock(), Health()
    away = Away(clock, health, failures, takes_s)
    await patiently(away.work, health, "postgresql", clock.now, clock.pause)
    return clock, health, away


async def test_readiness_is_false_while_the_service_is_away() -> None:
    _, health, away = await wait(2)
    assert away.waited_for == [[], ["postgresql"], ["postgresql"]]
    assert health.waiting_for == []


async def test_the_delay_grows() -> None:
    clock, _, _ = await wait(8)
    assert all(earlier <= later for earlier, later in pairwise(clock.pauses))
    assert clock.pauses[0] < 1 < clock.pauses[-1]


@pytest.mark.parametrize("takes_s", [0.0, 10.0])
async def test_it_is_given_up_after_two_minutes_however_long_a_try_takes(takes_s: float) -> None:
    clock, health = Clock(), Health()
    away = Away(clock, health, float("inf"), takes_s)
    with pytest.raises(ConnectionRefusedError):
        await patiently(away.work, health, "postgresql", clock.now, clock.pause)
    assert GIVE_UP_S <= clock.seconds <= GIVE_UP_S + clock.pauses[-1] + takes_s
    assert health.waiting_for == ["postgresql"]


async def test_what_is_no_absence_is_not_waited_for() -> None:
    async def stumble() -> None:
        raise KeyError

    clock, health = Clock(), Health()
    with pytest.raises(KeyError):
        await patiently(stumble, health, "postgresql", clock.now, clock.pause)
    assert (clock.pauses, health.waiting_for) == ([], [])
