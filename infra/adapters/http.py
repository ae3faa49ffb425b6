"""What each process serves: /metrics, /health/live, /health/ready and /asyncapi (contract §9)."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import orjson
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from infra.adapters.health import Health

Reply = tuple[int, str, bytes]
Address = IPv4Address | IPv6Address
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def replies(health: Health, document: Callable[[], dict[str, Any]]) -> dict[str, Callable[[], Reply]]:
    """Map each path to what answers it."""

    def ready() -> Reply:
        waiting = health.waiting_for
        return (503 if waiting else 200), "application/json", orjson.dumps({"waiting_for": waiting})

    return {
        "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest()),
        "/health/live": lambda: (200, "application/json", b'{"live":true}'),
        "/health/ready": ready,
        "/asyncapi": lambda: (200, "application/json", orjson.dumps(document())),
    }


class Server(uvicorn.Server):
    """uvicorn beside other tasks: the process handles signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


async def serve(host: Address, port: int, paths: dict[str, Callable[[], Reply]], stop: asyncio.Event) -> None:
    """Serve until `stop` is set.

    Raises:
        OSError: the port is taken, or the address is none of this machine's.
    """

    async def app(
        scope: dict[str, Any],
        _receive: Callable[[], Awaitable[Any]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        reply = paths.get(scope["path"])
        status, kind, body = reply() if reply else (404, "text/plain", b"try /metrics, /health/ready or /asyncapi\n")
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listener = socket.create_server((str(host), port), family=FAMILIES[host.version])
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await stop.wait()
    server.should_exit = True
    await serving
