"""Connections to the SMTP server, kept between e-mails (contract §10)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtplib import SMTP

from notifier.delivery import Server, connect, deliver
from notifier.outcomes import Attempt, Verdict

IDLE_S = 20.0
"""Servers close what is idle longer than a minute or two; a connection older than this is not used again."""


class Connections:
    """As many as e-mails are sent at once; each serves one e-mail at a time."""

    def __init__(self, server: Server) -> None:
        """Connect to a server when there is something to send."""
        self._server = server
        self._idle: list[tuple[SMTP, float]] = []
        self._busy: set[SMTP] = set()

    async def send(self, sender: str, recipient: str, message: bytes) -> Attempt:
        """Send one message over a kept connection, or a new one where there is none that still answers.

        Raises:
            TroubleError: no connection can be had.
        """
        while (client := self._kept()) is not None:
            attempt = await self._over(client, sender, recipient, message)
            if not _stale(attempt):
                return attempt
        return await self._over(await connect(self._server), sender, recipient, message)

    async def _over(self, client: SMTP, sender: str, recipient: str, message: bytes) -> Attempt:
        with self._at_work(client):
            return await deliver(client, sender, recipient, message)

    def _kept(self) -> SMTP | None:
        now_s = asyncio.get_running_loop().time()
        while self._idle:
            client, since_s = self._idle.pop()
            if client.is_connected and now_s - since_s < IDLE_S:
                return client
            client.close()
        return None

    @contextmanager
    def _at_work(self, client: SMTP) -> Iterator[None]:
        self._busy.add(client)
        try:
            yield
        finally:
            self._busy.discard(client)
            if client.is_connected:
                self._idle.append((client, asyncio.get_running_loop().time()))

    def cut(self) -> None:
        """Close all: what is under way ends at once, as what it then is."""
        for client in (*self._busy, *(client for client, _ in self._idle)):
            client.close()
        self._idle.clear()


def _stale(attempt: Attempt) -> bool:
    """Tell whether a kept connection had been given up by the server: nothing was sent, another one may do it."""
    cause = attempt.cause or ""
    return attempt.verdict is Verdict.LATER and (cause == "LOST" or cause.startswith("421"))
