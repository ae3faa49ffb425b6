"""TLS and authentication: nothing is sent, and nobody signs in, over a connection that is not safe (contract §10)."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifier.delivery import Server, TroubleError, connect, deliver
from notifier.outcomes import SENT
from tests.security.certificates import Authority

MESSAGE = b"Subject: essai\r\n\r\nBonjour\r\n"
USER, PASSWORD = "guichet", "a:b@c"


class Kept:
    """Keeps what a server took, and whether it came safely."""

    def __init__(self) -> None:
        self.taken: list[bool] = []
        self.signed_in: list[bytes] = []

    async def handle_DATA(self, server: SMTP, _session: Session, _mail: Envelope) -> str:  # noqa: N802
        self.taken.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


class Place(NamedTuple):
    """A server's port and what it kept."""

    port: int
    kept: Kept


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext | None, *, at_once: bool = False) -> AsyncIterator[Place]:
    """A server that offers STARTTLS with a context (`at_once`: speaks TLS from the first byte), none without one."""
    kept = Kept()
    made = {"authenticator": kept.authenticate, "auth_require_tls": context is not None}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, tls_context=None if at_once else context, **made),
        "127.0.0.1",
        0,
        ssl=context if at_once else None,
    )
    async with server:
        yield Place(server.sockets[0].getsockname()[1], kept)


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """A certificate of an authority that nobody trusts."""
    issued = Authority(tmp_path, "authority").issue("mail")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    return context


def to(place: Place, *, tls: bool = False, verify: bool = False, password: str | None = None) -> Server:
    username = "" if password is None else USER
    return Server("127.0.0.1", place.port, "guichet.example", username, password or "", tls, verify, 5.0)


async def send(server: Server) -> object:
    client = await connect(server)
    try:
        return await deliver(client, "guichet@guichet.example", "guylaine@example.org", MESSAGE)
    finally:
        client.close()


async def trouble(server: Server) -> str:
    with pytest.raises(TroubleError) as raised:
        await connect(server)
    return raised.value.cause


@pytest.mark.parametrize("at_once", [False, True])
async def test_tls_is_used_where_it_is_offered(context: ssl.SSLContext, at_once: bool) -> None:
    async with serving(context, at_once=at_once) as place:
        assert await send(to(place, tls=at_once)) == SENT
    assert place.kept.taken == [True]


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_certificate_that_is_not_trusted_is_trouble(context: ssl.SSLContext, at_once: bool) -> None:
    async with serving(context, at_once=at_once) as place:
        assert await trouble(to(place, tls=at_once, verify=True)) == "TLS"
    assert place.kept.taken == []


async def test_a_server_without_tls_takes_what_needs_no_password() -> None:
    async with serving(None) as place:
        assert await send(to(place)) == SENT
    assert place.kept.taken == [False]


async def test_nobody_signs_in_before_the_connection_is_safe() -> None:
    async with serving(None) as place:
        assert await trouble(to(place, password=PASSWORD)) == "TLS"
    assert place.kept.signed_in == []


async def test_a_user_signs_in_over_tls(context: ssl.SSLContext) -> None:
    async with serving(context) as place:
        assert await send(to(place, password=PASSWORD)) == SENT
    assert place.kept.signed_in == [USER.encode()]


async def test_a_wrong_password_is_trouble(context: ssl.SSLContext) -> None:
    async with serving(context) as place:
        assert await trouble(to(place, password="wrong")) == "AUTHENTICATION 535"
    assert place.kept.taken == []
