"""One message over one connection: what was said when, so that its end is told honestly (contract §10)."""

import asyncio
import ssl
from typing import NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPReadTimeoutError,
    SMTPResponseException,
    SMTPTimeoutError,
)
from aiosmtplib.response import SMTPResponse

from notifier.outcomes import SENT, Attempt, Verdict, replied

DONE, START_INPUT = 250, 354
OPEN_WITHIN_S = 120.0
"""With the four steps after it, each as long as the settings allow, an attempt ends before its lease of 5 minutes."""
FAMILIES = frozenset({4, 5})
"""The first digits of refusals."""
LOST = (SMTPException, OSError, TimeoutError)


class Server(NamedTuple):
    """The SMTP server that takes all e-mails.

    Attributes:
        tls: speak TLS from the first byte (`smtps://`); otherwise STARTTLS is used when offered.
        verify: whether its certificate must be right.
        timeout_s: how long each step may take, in seconds.
        our_name: how we greet it.
    """

    host: str
    port: int
    our_name: str
    username: str
    password: str
    tls: bool
    verify: bool
    timeout_s: float


class TroubleError(Exception):
    """The server takes nothing from us now; `cause` is a code."""

    def __init__(self, cause: str) -> None:
        """Say what the trouble is."""
        super().__init__(cause)
        self.cause = cause


async def connect(server: Server) -> SMTP:
    """Open a connection, safe where the server can, signed in where the settings say so.

    Raises:
        TroubleError: it cannot be had: CONNECTION, GREETING, TLS or AUTHENTICATION.
    """
    client = SMTP(
        hostname=server.host,
        port=server.port,
        timeout=server.timeout_s,
        use_tls=server.tls,
        start_tls=False,
        validate_certs=server.verify,
        local_hostname=server.our_name,
    )
    try:
        async with asyncio.timeout(OPEN_WITHIN_S):
            await _open(client, server)
    except TimeoutError:
        client.close()
        raise TroubleError("CONNECTION") from None
    except BaseException:
        client.close()
        raise
    return client


async def _open(client: SMTP, server: Server) -> None:
    try:
        await client.connect()
    except SMTPResponseException:
        raise TroubleError("GREETING") from None
    except LOST as error:
        raise TroubleError("TLS" if _is_tls(error) else "CONNECTION") from None
    try:
        await client.ehlo()
    except LOST:
        raise TroubleError("GREETING") from None
    if not server.tls and client.supports_extension("starttls"):
        try:
            await client.starttls()
            await client.ehlo()
        except (*LOST, ssl.SSLError):
            raise TroubleError("TLS") from None
    if server.username:
        await _sign_in(client, server)


async def _sign_in(client: SMTP, server: Server) -> None:
    """Authenticate, never before the connection is safe."""
    if client.get_transport_info("sslcontext") is None:
        raise TroubleError("TLS")
    try:
        await client.login(server.username, server.password)
    except SMTPAuthenticationError as error:
        raise TroubleError(f"AUTHENTICATION {error.code}") from None
    except LOST:
        raise TroubleError("AUTHENTICATION") from None


def _is_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__
    return False


async def deliver(client: SMTP, sender: str, recipient: str, message: bytes) -> Attempt:
    """Send one message; never raises but when cancelled. The connection may be used again if it is still open."""
    options = ["SMTPUTF8"] if not recipient.isascii() else []
    if options and not client.supports_extension("smtputf8"):
        return Attempt(Verdict.REFUSED, "SMTPUTF8")
    try:
        await client.mail(sender, options=options, encoding="utf-8")
        await client.rcpt(recipient, encoding="utf-8")
    except SMTPResponseException as error:
        return await _refused(client, error)
    except LOST as error:
        return _lost(client, error)
    return await _data(client, message)


async def _data(client: SMTP, message: bytes) -> Attempt:
    """Send the content; until the final dot nothing was sent, after it only a reply tells."""
    protocol = client.protocol
    if protocol is None:
        return Attempt(Verdict.LATER, "LOST")
    try:
        start = await protocol.execute_command(b"DATA", timeout=client.timeout)
    except LOST as error:
        return _lost(client, error)
    if start.code != START_INPUT:
        return await _refused(client, SMTPResponseException(start.code, start.message))
    reading = asyncio.create_task(protocol.read_response(timeout=client.timeout))
    try:
        protocol.write(_stuffed(message))
        await asyncio.sleep(0)  # the reading begins: a server that refuses or is lost by now had no final dot
        dotted = not reading.done()
        if dotted:
            protocol.write(b".\r\n")
    except LOST:
        dotted = False
    return await _reply(client, reading, dotted)


async def _reply(client: SMTP, reading: asyncio.Task[SMTPResponse], dotted: bool) -> Attempt:
    try:
        reply = await reading
    except LOST as error:  # an unreadable reply too
        lost = _lost(client, error)
        return Attempt(Verdict.UNKNOWN, "NO_REPLY") if dotted else lost
    if not dotted:
        client.close()  # what it takes the rest of the message for is not known
    if reply.code == DONE and dotted:
        return SENT
    if reply.code // 100 in FAMILIES:
        return replied(reply.code, reply.message)
    client.close()
    return Attempt(Verdict.UNKNOWN, "NO_REPLY") if dotted else Attempt(Verdict.LATER, "LOST")


async def _refused(client: SMTP, error: SMTPResponseException) -> Attempt:
    """Read a refusal in the middle of a transaction, and end the transaction."""
    if error.code // 100 not in FAMILIES:
        client.close()
        return Attempt(Verdict.LATER, "LOST")
    try:
        await client.rset()
    except LOST:
        client.close()
    return replied(error.code, error.message)


def _lost(client: SMTP, error: BaseException) -> Attempt:
    client.close()
    timed_out = isinstance(error, SMTPTimeoutError | SMTPReadTimeoutError | TimeoutError)
    return Attempt(Verdict.LATER, "TIMEOUT" if timed_out else "LOST")


def _stuffed(message: bytes) -> bytes:
    """Double the dots that begin a line; the message has CR LF line ends and ends with one."""
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
