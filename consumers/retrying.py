"""Wait for a service that is away, inside the handler: no offset moves meanwhile (design §4)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import chain, repeat

import structlog

from infra.adapters.health import Health
from infra.adapters.postgres.connection import TRANSIENT

GIVE_UP_S = 120.0
DELAYS_S = (0.1, 0.2, 0.5, 1.0, 2.0)
LOG_EVERY_S = 30.0

log = structlog.get_logger()


async def patiently(
    work: Callable[[], Awaitable[None]],
    health: Health,
    service: str,
    clock_s: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run `work` until it succeeds, with growing delay.

    Args:
        health: told when the service is away, so that readiness says so.
        service: the name under which readiness and the log speak of it.
        clock_s: counts seconds; what the tries themselves take counts too.

    Raises:
        Exception: the last of `TRANSIENT`, after 120 s; the batch is then delivered again.
    """
    started, told = clock_s(), -LOG_EVERY_S
    for delay_s in chain(DELAYS_S, repeat(5.0)):
        try:
            await work()
        except TRANSIENT as error:
            health.away(service)
            waited = clock_s() - started
            if waited >= GIVE_UP_S:
                raise
            if waited - told >= LOG_EVERY_S:
                log.warning("service away", service=service, error=type(error).__name__, waited_s=round(waited))
                told = waited
            await pause(delay_s)
        else:
            health.back(service)
            return
