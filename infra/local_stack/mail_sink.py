"""A mail server that accepts everything and keeps it: one readable `.eml` file a message.

It misbehaves when it is told to, by a file in its folder: see `misbehaving.py`.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.local_stack.misbehaving import DROP, TAKE_DROP, said_to


class Sink:
    """Writes each message to the folder, in one step, named by time so that a listing is in order."""

    def __init__(self, folder: Path) -> None:
        """Keep messages in `folder`."""
        self._folder = folder

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept a recipient, unless told to refuse it."""
        said = said_to(self._folder, address)
        if said not in {None, DROP, TAKE_DROP}:
            return str(said)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep one message, unless told to cut the connection before or after."""
        said = {said_to(self._folder, address) for address in envelope.rcpt_tos}
        if DROP not in said:
            self._keep(envelope)
        if said & {DROP, TAKE_DROP}:
            if server.transport is not None:
                server.transport.close()
            await asyncio.Event().wait()  # aiosmtpd ends us once the connection is gone
        return "250 OK"

    def _keep(self, envelope: Envelope) -> None:
        """Write one message with its envelope's addresses as X-headers."""
        head = f"X-Mail-From: {envelope.mail_from}\r\nX-Rcpt-To: {', '.join(envelope.rcpt_tos)}\r\n"
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        name = f"{time.time_ns()}-{uuid4().hex[:8]}"
        new = self._folder / f"{name}.new"
        new.write_bytes(head.encode("utf-8", "replace") + content)
        new.replace(self._folder / f"{name}.eml")


async def main(port: int, folder: Path) -> None:
    """Serve on a loopback port until SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sink = Sink(folder)
    server = await loop.create_server(lambda: SMTP(sink, enable_SMTPUTF8=True), "127.0.0.1", port)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
