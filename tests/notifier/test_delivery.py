"""One message over one connection: what was said when decides what became of it (contract §10)."""

import socket

import pytest

from notifier.delivery import Server, TroubleError, connect, deliver
from notifier.outcomes import SENT, Attempt, Verdict
from tests.notifier.mail_server import DROP, HANG, USUAL, MailServer, saying, serving

MESSAGE = b"Message-ID: <one@guichet.example>\r\n\r\nBonjour\r\n.point\r\n..\r\n"
LATER, REFUSED, UNKNOWN = Verdict.LATER, Verdict.REFUSED, Verdict.UNKNOWN
SENDER, RECIPIENT = "guichet@guichet.example", "guylaine@example.org"


def to(server: MailServer, **parts: object) -> Server:
    """How a server is reached; a step may take a second."""
    plain = Server("127.0.0.1", server.port, "guichet.example", "", "", tls=False, verify=True, timeout_s=1.0)
    return plain._replace(**parts)  # type: ignore[arg-type]


async def attempt(server: MailServer, recipient: str = RECIPIENT) -> Attempt:
    client = await connect(to(server))
    try:
        return await deliver(client, SENDER, recipient, MESSAGE)
    finally:
        client.close()


@pytest.mark.parametrize(
    ("phase", "said", "expected"),
    [
        ("mail", "451 4.3.0 busy", Attempt(LATER, "451 4.3.0")),
        ("mail", "550 no", Attempt(REFUSED, "550")),
        ("mail", HANG, Attempt(LATER, "TIMEOUT")),
        ("mail", DROP, Attempt(LATER, "LOST")),
        ("mail", "what?", Attempt(LATER, "LOST")),
        ("rcpt", "450 4.2.1 mailbox busy", Attempt(LATER, "450 4.2.1")),
        ("rcpt", "550 5.1.1 no such user", Attempt(REFUSED, "550 5.1.1")),
        ("rcpt", HANG, Attempt(LATER, "TIMEOUT")),
        ("rcpt", DROP, Attempt(LATER, "LOST")),
        ("data", "421 4.3.2 going down", Attempt(LATER, "421 4.3.2")),
        ("data", "554 5.7.1 not here", Attempt(REFUSED, "554 5.7.1")),
        ("data", HANG, Attempt(LATER, "TIMEOUT")),
        ("data", DROP, Attempt(LATER, "LOST")),
        ("dot", "452 4.3.1 full", Attempt(LATER, "452 4.3.1")),
        ("dot", "554 5.6.0 no", Attempt(REFUSED, "554 5.6.0")),
        ("dot", HANG, Attempt(UNKNOWN, "NO_REPLY")),
        ("dot", DROP, Attempt(UNKNOWN, "NO_REPLY")),
        ("dot", "what?", Attempt(UNKNOWN, "NO_REPLY")),
        ("dot", "399 perhaps", Attempt(UNKNOWN, "NO_REPLY")),
    ],
)
async def test_an_attempt_ends_as_the_server_says(phase: str, said: str, expected: Attempt) -> None:
    async with serving(MailServer(saying(**{phase: said}))) as server:
        assert await attempt(server) == expected


async def test_a_message_is_taken_as_it_was_written() -> None:
    async with serving(MailServer()) as server:
        assert await attempt(server) == SENT
    assert server.messages == [MESSAGE.replace(b"\r\n.", b"\r\n..") + b".\r\n"]


async def test_one_connection_takes_another_message_after_a_refusal() -> None:
    replies = iter(["550 5.1.1 no", USUAL["rcpt"]])
    async with serving(MailServer(lambda phase, _to: next(replies) if phase == "rcpt" else USUAL[phase])) as server:
        client = await connect(to(server))
        first, second = [await deliver(client, SENDER, RECIPIENT, MESSAGE) for _ in range(2)]
        client.close()
    assert (first.verdict, second, server.connections) == (REFUSED, SENT, 1)


@pytest.mark.parametrize(
    ("phase", "said", "cause"),
    [
        ("greeting", "554 go away", "GREETING"),
        ("greeting", "421 later", "GREETING"),
        ("greeting", "what?", "GREETING"),
        ("greeting", HANG, "CONNECTION"),
        ("greeting", DROP, "CONNECTION"),
        ("ehlo", "502 no", "GREETING"),
        ("ehlo", HANG, "GREETING"),
        ("ehlo", DROP, "GREETING"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_trouble(phase: str, said: str, cause: str) -> None:
    async with serving(MailServer(saying(**{phase: said}))) as server:
        with pytest.raises(TroubleError, match=rf"^{cause}$"):
            await connect(to(server))


async def test_a_server_that_is_not_there_is_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TroubleError, match=r"^CONNECTION$"):
        await connect(to(MailServer(port=port)))


async def test_an_international_address_is_used_where_the_server_knows_them() -> None:
    async with serving(MailServer()) as server:
        assert await attempt(server, "hélène@exemple.québec") == SENT
    assert server.recipients == ["hélène@exemple.québec"]


async def test_an_international_address_is_refused_where_the_server_does_not() -> None:
    async with serving(MailServer(saying(ehlo="250 mail.example"))) as server:
        assert await attempt(server, "hélène@exemple.québec") == Attempt(REFUSED, "SMTPUTF8")
    assert server.recipients == []


@pytest.mark.parametrize("cause", ["550 5.1.1", "550 5.1.10"])
def test_only_a_server_that_knows_no_such_address_suppresses_it(cause: str) -> None:
    assert Attempt(REFUSED, cause).suppresses
    assert not Attempt(REFUSED, cause.replace(" 5.1", " 5.2")).suppresses
    assert not Attempt(REFUSED, "550").suppresses
