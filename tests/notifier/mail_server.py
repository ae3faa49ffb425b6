"""A mail server that does in each phase what a test says, and records what it took."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

HANG, DROP = "HANG", "DROP"
USUAL = {
    "greeting": "220 ready",
    "ehlo": "250-mail.example\r\n250-8BITMIME\r\n250 SMTPUTF8",
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go on",
    "dot": "250 2.0.0 taken",
    "rset": "250 ok",
    "quit": "221 bye",
}
MESSAGE_ID = re.compile(rb"Message-ID: <([^@]+)@", re.IGNORECASE)
Behaviour = Callable[[str, str], str]


def usual(phase: str, _recipient: str) -> str:
    """What a server says that takes everything."""
    return USUAL[phase]


def saying(**said: str) -> Behaviour:
    """A server that says something else in some phases."""
    return lambda phase, _recipient: said.get(phase, USUAL[phase])


@dataclass
class MailServer:
    """What was seen: `ended` holds the ids of messages whose final dot came, `taken` those that were answered 250.

    Attributes:
        behave: gives the reply in a phase (HANG or DROP in place of one) to what concerns a recipient.
    """

    behave: Behaviour = usual
    port: int = 0
    connections: int = 0
    recipients: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, EOFError):
                await self._session(reader, writer)
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        await self._say(writer, "greeting", recipient)
        while line := await reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            phase = verb.lower()
            if phase == "rcpt":
                recipient = rest.partition("<")[2].partition(">")[0]
                self.recipients.append(recipient)
            said = await self._say(writer, phase, recipient)
            if phase == "data" and said.startswith("354"):
                await self._message(reader, writer, recipient)

    async def _message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipient: str) -> None:
        message = await reader.readuntil(b"\r\n.\r\n")
        self.messages.append(message)
        found = MESSAGE_ID.search(message)
        mail_id = found[1].decode() if found else ""
        self.ended.append(mail_id)
        if (await self._say(writer, "dot", recipient)).startswith("250"):
            self.taken.append(mail_id)

    async def _say(self, writer: asyncio.StreamWriter, phase: str, recipient: str) -> str:
        said = self.behave(phase, recipient)
        if said == HANG:
            await asyncio.Event().wait()
        if said == DROP:
            raise EOFError
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return said


@contextlib.asynccontextmanager
async def serving(server: MailServer) -> AsyncIterator[MailServer]:
    """Listen on a free loopback port, the one that it had when it served before."""
    sessions: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(server.serve(reader, writer))
        sessions[task] = writer
        task.add_done_callback(sessions.pop)

    listening = await asyncio.start_server(connected, "127.0.0.1", server.port, limit=2**22)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        left = dict(sessions)
        for task, writer in left.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*left, return_exceptions=True)
        await listening.wait_closed()
