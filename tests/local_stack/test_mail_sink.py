"""The mail sink: takes everything, and misbehaves when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from infra.local_stack.mail_sink import Sink
from infra.local_stack.misbehaving import FILE, behave, misbehave
from notifier.delivery import Server, connect, deliver
from notifier.outcomes import SENT, Attempt, Verdict

pytestmark = pytest.mark.local_stack
ANNA, BRUNO = "anna@example.org", "bruno@example.org"
REFUSED = Attempt(Verdict.REFUSED, "550 5.1.1")
UNKNOWN = Attempt(Verdict.UNKNOWN, "NO_REPLY")


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """Where a sink that keeps what it takes in the test's folder listens."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(tmp_path), enable_SMTPUTF8=True), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def send(port: int, recipient: str) -> Attempt:
    client = await connect(Server("127.0.0.1", port, "guichet.example", "", "", tls=False, verify=True, timeout_s=5))
    attempt = await deliver(client, "guichet@guichet.example", recipient, b"Subject: Bonjour\r\n\r\nBonjour\r\n")
    client.close()
    return attempt


def taken(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.glob("*.eml")]


async def test_it_takes_everything(port: int, tmp_path: Path) -> None:
    assert await send(port, ANNA) == SENT
    [kept] = taken(tmp_path)
    assert kept.startswith(b"X-Mail-From: guichet@guichet.example\r\nX-Rcpt-To: anna@example.org\r\n")


async def test_it_refuses_whom_it_is_told_to_and_takes_everything_again_afterwards(port: int, tmp_path: Path) -> None:
    misbehave(tmp_path, {ANNA: "550 5.1.1 no such address"})
    assert [await send(port, ANNA), await send(port, BRUNO)] == [REFUSED, SENT]
    behave(tmp_path)
    assert await send(port, ANNA) == SENT


async def test_the_first_pattern_that_fits_counts(port: int, tmp_path: Path) -> None:
    misbehave(tmp_path, {"anna@*": "452 4.2.2 mailbox full", "*": "550 5.1.1 no such address"})
    assert [await send(port, ANNA), await send(port, BRUNO)] == [Attempt(Verdict.LATER, "452 4.2.2"), REFUSED]


@pytest.mark.parametrize(("said", "kept"), [("DROP", 0), ("TAKE-DROP", 1)])
async def test_it_drops_the_connection_after_the_final_dot(port: int, tmp_path: Path, said: str, kept: int) -> None:
    misbehave(tmp_path, {ANNA: said})
    assert await send(port, ANNA) == UNKNOWN
    assert len(taken(tmp_path)) == kept
    assert await send(port, BRUNO) == SENT


@pytest.mark.parametrize(
    "said", ["no JSON", "[]", '{"*": "250 OK"}', '{"*": "550 a\\r\\nb"}', '{"*": 550}', '{"*": []}']
)
async def test_a_file_that_cannot_be_read_refuses_for_now(port: int, tmp_path: Path, said: str) -> None:
    (tmp_path / FILE).write_text(said, encoding="utf-8")
    assert await send(port, ANNA) == Attempt(Verdict.LATER, "451 4.3.5")
    assert taken(tmp_path) == []
