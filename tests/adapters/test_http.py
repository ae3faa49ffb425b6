"""Health and metrics are served where GUICHET_HTTP_HOST says, and nowhere else."""

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest

from infra.adapters.health import Health
from infra.adapters.http import replies, serve
from infra.local_stack.home import free_ports

HOSTS = ("127.0.0.2", "::1")


@pytest.fixture(params=HOSTS)
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, int]]:
    """An address and a port on which health is served."""
    stop, [port] = asyncio.Event(), free_ports(1)
    serving = asyncio.create_task(serve(ip_address(request.param), port, replies(Health(), dict), stop))
    await asyncio.sleep(0.05)
    yield request.param, port
    stop.set()
    await serving


def status(host: str, port: int) -> int:
    where = f"[{host}]" if ":" in host else host
    with urllib.request.urlopen(f"http://{where}:{port}/health/ready", timeout=5) as reply:
        return int(reply.status)


async def test_health_is_served_on_the_address_that_is_set(served: tuple[str, int]) -> None:
    assert await asyncio.to_thread(status, *served) == 200


async def test_health_is_served_on_no_other_address(served: tuple[str, int]) -> None:
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(status, "127.0.0.1", served[1])
