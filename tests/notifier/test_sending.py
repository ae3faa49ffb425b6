"""What becomes of e-mails: each has one end, none is sent twice, what nobody knows is said so (contract §10)."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from typing import cast
from uuid import uuid4

from handlers.timeline import Moment
from infra.adapters.postgres import mails as sql
from notifier import by_hand
from notifier.outcomes import EXPIRES_AFTER
from tests.notifier.conftest import Post, met
from tests.notifier.mail_server import DROP, HANG, USUAL, MailServer, saying, serving


async def test_an_email_is_sent_once_and_told_of(post: Post) -> None:
    async with serving(MailServer()) as server, post.sending(server):
        mail_id = await post.ask()
        await post.until(mail_id, "SENT")
    assert server.taken == [str(mail_id)]
    assert (await post.row(mail_id))["sent_at"] is not None
    [fact] = await post.facts()
    assert (fact["type"], fact["aggregate"], fact["version"]) == ("guichet.mail.sent.v1", str(mail_id), 1)
    assert "guylaine" not in str(fact)


def parsed(message: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(message, policy=default))


async def test_a_message_has_the_headers_of_the_contract_and_two_bodies_that_say_the_same(post: Post) -> None:
    async with serving(MailServer()) as server, post.sending(server):
        mail_id = await post.ask(name="Ville <b>de</b> Test & fils")
        await post.until(mail_id, "SENT")
    message = parsed(server.messages[0])
    assert message["Message-ID"] == f"<{mail_id}@guichet.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"].addresses[0].display_name == "Guichet, essais"
    assert message["Reply-To"] == "aide@guichet.example"
    assert message["To"] == "guylaine@example.org"
    assert message["Cc"] is message["Bcc"] is None
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Ville <b>de</b> Test & fils" in " ".join(text.get_content().split())
    assert "Ville &lt;b&gt;de&lt;/b&gt; Test &amp; fils" in html.get_content()
    for said in ("d’octobre 2026", "1\u202f419,37\u00a0$", "https://portail.example/releves/"):
        assert said in text.get_content()
        assert said in unescape(html.get_content())
    assert "\\u{" not in html.get_content()


async def test_what_a_name_holds_makes_no_header(post: Post) -> None:
    name = "=?utf-8?q?x=0D=0ABcc=3A?= \r\nBcc: everybody@example.org"
    async with serving(MailServer()) as server, post.sending(server):
        mail_id = await post.ask(name=name)
        await post.until(mail_id, "SENT")
    head = server.messages[0].partition(b"\r\n\r\n")[0]
    assert b"bcc" not in head.lower()
    assert server.recipients == ["guylaine@example.org"]


async def test_a_server_that_is_busy_is_asked_again_later(post: Post) -> None:
    async with serving(MailServer(saying(rcpt="451 4.3.0 busy"))) as server, post.sending(server):
        mail_id = await post.ask()
        assert await post.until(mail_id, "RETRYING") == "451 4.3.0"
    row, due_at = await post.row(mail_id), await post.timer(mail_id)
    assert due_at is not None
    assert timedelta(minutes=1) <= due_at - row["requested_at"] < timedelta(minutes=2)
    assert await post.facts() == []


async def test_an_email_is_given_up_72_hours_after_it_was_asked_for(post: Post) -> None:
    async with serving(MailServer(saying(mail="451 busy"))) as server, post.sending(server):
        mail_id = await post.ask()
        await post.until(mail_id, "RETRYING")
        post.turned = EXPIRES_AFTER - timedelta(minutes=1)
        await post.hand_over(mail_id)
        await post.until_tried(mail_id, 2)
        row = await post.row(mail_id)
        assert await post.timer(mail_id) == row["requested_at"] + EXPIRES_AFTER
        post.turned = EXPIRES_AFTER
        await post.hand_over(mail_id)
        assert await post.until(mail_id, "FAILED") == "EXPIRED"
    assert [fact["data"]["cause"] for fact in await post.facts()] == ["EXPIRED"]


async def test_after_an_address_is_said_not_to_exist_nothing_is_sent_there(post: Post) -> None:
    async with serving(MailServer(saying(rcpt="550 5.1.1 unknown"))) as server, post.sending(server):
        first = await post.ask("nobody@example.org")
        assert await post.until(first, "FAILED") == "550 5.1.1"
        second = await post.ask("Nobody@example.org")
        assert await post.until(second, "SUPPRESSED") == "SUPPRESSED"
        assert len(server.recipients) == 1
        server.behave = saying()
        assert await sql.unsuppress(await post.database.connection(), "NOBODY@example.org")
        third = await post.ask("nobody@example.org")
        await post.until(third, "SENT")
    assert (await post.row(second))["attempts"] == 0


async def test_a_refusal_for_another_reason_suppresses_nothing(post: Post) -> None:
    async with serving(MailServer(saying(dot="554 5.7.1 no"))) as server, post.sending(server):
        first = await post.ask()
        assert await post.until(first, "FAILED") == "554 5.7.1"
        server.behave = saying()
        second = await post.ask()
        await post.until(second, "SENT")


async def test_after_the_final_dot_without_a_reply_only_a_person_knows(post: Post) -> None:
    async with serving(MailServer(saying(dot=DROP))) as server, post.sending(server):
        mail_id = await post.ask()
        assert await post.until(mail_id, "UNKNOWN") == "NO_REPLY"
        server.behave = saying()
        assert await refusal(post, mail_id) == by_hand.NOT_AGAIN["UNKNOWN"]
        await settled(post, mail_id, sent=False)
        assert await post.status(mail_id) == ("FAILED", "NOT_SENT")
        assert await refusal(post, mail_id) is None
        await post.until(mail_id, "SENT")
        assert await refusal(post, mail_id) == by_hand.NOT_AGAIN["SENT"]
    assert [fact["type"].split(".")[2] for fact in await post.facts()] == ["unknown", "failed", "sent"]


async def test_a_person_may_say_that_it_was_sent(post: Post) -> None:
    async with serving(MailServer(saying(dot=HANG))) as server, post.sending(server):
        mail_id = await post.ask()
        await post.until(mail_id, "UNKNOWN")
        await settled(post, mail_id, sent=True)
    assert await post.status(mail_id) == ("SENT", None)
    assert server.taken == []


async def refusal(post: Post, mail_id: object) -> str | None:
    """Ask for another attempt by hand; gives why not."""
    async with post.database.transaction() as connection:
        try:
            await by_hand.retry(connection, mail_id, Moment(post.now(), post.now()))  # type: ignore[arg-type]
        except by_hand.RefusedByHandError as error:
            return str(error)
    return None


async def settled(post: Post, mail_id: object, *, sent: bool) -> None:
    async with post.database.transaction() as connection:
        await by_hand.settle(connection, mail_id, Moment(post.now(), post.now()), sent=sent)  # type: ignore[arg-type]


async def test_what_a_killed_sender_was_sending_is_unknown_once_its_lease_is_over(post: Post) -> None:
    mail_id = await post.ask()
    connection = await post.database.connection()
    claimed = await sql.claim(connection, uuid4(), post.now() + timedelta(minutes=5), 20, [], 10)
    assert [mail.mail_id for mail in claimed] == [mail_id]
    async with serving(MailServer()) as server, post.sending(server):
        other = await post.ask()
        await post.until(other, "SENT")
        assert (await post.status(mail_id))[0] == "SENDING"
        post.turned = timedelta(minutes=6)
        assert await post.until(mail_id, "UNKNOWN") == "SENDER_LOST"
    assert server.taken == [str(other)]


async def test_a_server_that_is_away_is_no_fault_of_the_emails(post: Post) -> None:
    server = MailServer()
    async with serving(server):
        pass
    async with post.sending(server):
        mail_id = await post.ask()
        assert await post.until(mail_id, "RETRYING") == "CONNECTION"
        assert post.health.waiting_for == ["smtp"]
        async with serving(server):
            await post.hand_over(mail_id)
            await post.until(mail_id, "SENT")
            await post.until_ready()


async def test_a_domain_that_hangs_holds_up_no_other(post: Post) -> None:
    def behave(phase: str, recipient: str) -> str:
        return HANG if phase == "rcpt" and recipient.endswith("@hangs.example") else USUAL[phase]

    slow = [await post.ask(f"someone{n}@Hangs.example".lower()) for n in range(25)]
    quick = [await post.ask(f"someone{n}@quick.example") for n in range(5)]
    async with serving(MailServer(behave)) as server, post.sending(server, GUICHET_SMTP_TIMEOUT_S="10"):
        await post.wait(lambda status: status == "SENT", *quick)
        statuses = [(await post.status(mail_id))[0] for mail_id in slow]
        assert statuses.count("SENDING") == 10
        assert statuses.count("REQUESTED") == 15
        server.behave = saying()


async def test_kept_connections_serve_many_emails(post: Post) -> None:
    mails = [await post.ask(f"someone{n}@example{n % 4}.org") for n in range(60)]
    async with serving(MailServer()) as server, post.sending(server):
        await post.wait(lambda status: status == "SENT", *mails)
    assert sorted(server.taken) == sorted(map(str, mails))
    assert server.connections <= 20


async def test_a_connection_that_the_server_gave_up_is_replaced_at_once(post: Post) -> None:
    async with serving(MailServer()) as server, post.sending(server):
        first = await post.ask()
        await post.until(first, "SENT")
        server.behave = lambda phase, _to: (
            "421 4.4.2 idle" if phase == "mail" and server.connections == 1 else USUAL[phase]
        )
        second = await post.ask()
        await post.until(second, "SENT")
    assert (await post.row(second))["attempts"] == 1


async def test_addresses_that_are_none_fail_without_a_connection(post: Post) -> None:
    bad = ["", "nobody", "a b@example.org", "x@y\r\nRCPT TO:<z@example.org>", f"{'x' * 320}@example.org", "a@b@c"]
    mails = [await post.ask(address) for address in bad]
    async with serving(MailServer()) as server, post.sending(server):
        await post.wait(lambda status: status in {"FAILED", "SENT"}, *mails)
    assert {await post.status(mail_id) for mail_id in mails} == {("FAILED", "ADDRESS")}
    assert server.recipients == []


async def test_stopping_ends_what_is_under_way_as_what_it_then_is(post: Post) -> None:
    def behave(phase: str, recipient: str) -> str:
        return HANG if phase == recipient.partition("@")[0] else USUAL[phase]

    before, after = await post.ask("data@example.org"), await post.ask("dot@example.org")
    async with serving(MailServer(behave)) as server, post.sending(server, GUICHET_SMTP_TIMEOUT_S="40"):
        await met(lambda: both_wait(server), "both to wait for their replies")
    assert await post.status(before) == ("RETRYING", "LOST")
    assert await post.status(after) == ("UNKNOWN", "NO_REPLY")


async def both_wait(server: MailServer) -> bool:
    return len(server.recipients) == 2 and len(server.ended) == 1
