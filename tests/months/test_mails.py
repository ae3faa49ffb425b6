"""The e-mail about a statement, from the month's end to the mailbox; what people do with e-mails (contract §10)."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest

from tests.acceptance.builders import licence, organisation
from tests.acceptance.outside import Outside, wait_for
from tests.conftest import Stack
from tests.months.conftest import Months, Run
from tests.rule_mark import rule


@pytest.fixture
async def town(guichet: Outside) -> dict[str, Any]:
    declared = organisation(
        in_service_from="2020-01-01", name="Ville d’Œuvres & Cie", billing_email="comptes@example.org"
    )
    await guichet.declare(declared)
    return dict(declared["data"])


def messages(stack: Stack, mail_id: object) -> list[EmailMessage]:
    """What the sink has of an e-mail."""
    found = [path.read_bytes() for path in Path(stack.env["GUICHET_MAIL_SINK"]).glob("*.eml")]
    parsed = [cast("EmailMessage", message_from_bytes(content, policy=default)) for content in found]
    return [message for message in parsed if message["Message-ID"] == f"<{mail_id}@guichet.example>"]


@rule("P-10")
async def test_a_statement_is_told_to_the_billing_address_once(
    turned: Stack, guichet: Outside, months: Months, town: dict[str, Any]
) -> None:
    await guichet.answer(guichet.ask(town["neq"], "DRIVER_RECORD", {"licence": licence()}))
    await months.end()
    statement = await guichet.sql.fetchrow("select * from read.statements where organisation = $1", town["neq"])
    assert statement is not None

    async def sent() -> bool:
        return bool(await guichet.sql.fetchval("select status = 'SENT' from read.mails where about = $1", statement[0]))

    await wait_for(sent, "the e-mail about the statement")
    [mail] = await guichet.sql.fetch("select * from read.mails where organisation = $1", town["neq"])
    assert (mail["template"], mail["recipient_masked"], mail["attempts"]) == ("statement-issued", "c•••@example.org", 1)
    [message] = messages(turned, mail["mail_id"])
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\n", " ")
    assert "Ville d’Œuvres & Cie" in text
    assert "14,38\u00a0$" in text
    assert str(statement["statement_id"]) in text
    told = [record.event() for record in guichet.records()]
    assert [fact["type"] for fact in told if fact.get("aggregate") == str(mail["mail_id"])] == ["guichet.mail.sent.v1"]
    assert not [fact for fact in told if "comptes@example.org" in str(fact)]


async def test_what_is_asked_of_the_notifier_names_nobody(guichet: Outside) -> None:
    rows = {str(row[0]) for row in await guichet.sql.fetch("select mail_id from read.mails")}

    async def all_asked() -> bool:
        return {(record.key or b"").decode() for record in guichet.records("guichet.mail")} >= rows

    await wait_for(all_asked, "each e-mail on the topic")
    asked = list(guichet.records("guichet.mail"))
    assert all(record.event()["data"].keys() == {"mail_id", "template", "language"} for record in asked)


async def test_the_command_shows_an_email_and_its_story(guichet: Outside, run: Run) -> None:
    listed = run("mail", "list", "--status", "SENT", "--json").document
    shown = run("mail", "show", listed[0]["mail_id"], "--json").document
    assert shown | {"story": None} == listed[0] | {"story": None}
    assert [step["status"] for step in shown["story"]] == ["SENT"]
    again = run("mail", "retry", listed[0]["mail_id"])
    assert (again.code, again.err) == (1, "guichet: mail: it is sent, and is not sent twice\n")
    settled = run("mail", "settle", listed[0]["mail_id"], "sent")
    assert settled.code == 1
    assert "only one in state UNKNOWN needs a person's word" in settled.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("mail", "show", "019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d"), 1, "there is no e-mail of this id"),
        (("mail", "retry", "019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d"), 1, "there is no e-mail of this id"),
        (("mail", "settle", "019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d", "perhaps"), 2, "must be one of sent, not-sent"),
        (("mail", "show", "this"), 2, "an id is not a UUID"),
        (("mail", "list", "--status", "LOST"), 2, "must be one of REQUESTED"),
        (("mail", "unsuppress", "guylaine@example.org"), 1, "nothing keeps e-mails from this address"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    done = run(*words)
    assert (done.code, len(done.err.splitlines())) == (code, 1)
    assert said in done.err
    assert "guylaine" not in done.err
