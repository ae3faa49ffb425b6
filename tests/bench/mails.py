"""E-mails beside a bare aiosmtplib loop, into the same sink, which is a process of its own.

Guichet goes from the hand-over of rows to the last one saved as SENT: it claims, renders, sends, saves and tells. The
bare loop sends the same messages, written before, over as many kept connections, and keeps nothing.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson

from infra.adapters.mail_settings import mailbox
from notifier.message import Sender, compose
from notifier.rendering import Templates
from notifier.under_way import AT_ONCE
from tests.bench.contender import PARTITIONS, RUN
from tests.bench.processes import running
from tests.bench.sendmail import send_bare
from tests.bench.stack import Stack
from tests.bench.waiting import until

GROUP = "guichet.notifier"
DOMAINS = 500
WARM_UP = AT_ONCE
SENT_WITHIN_S, LOOK_EVERY_S = 600.0, 0.05
TEMPLATE, LANGUAGE = "statement-issued", "fr"
MESSAGE_ID = re.compile(rb"^Message-ID:\s+<([0-9a-f-]{36})@", re.MULTILINE | re.IGNORECASE)

COLUMNS = (
    *("mail_id", "template", "once", "language", "about", "org_no", "recipient", "recipient_masked", "domain"),
    *("variables", "caused_by", "correlation_id", "requested_at"),
)
HAND_OVER = "update core.mails set to_send = true where status = 'REQUESTED'; select pg_notify('guichet_mails', '')"
SENT = "select count(*) filter (where status = 'SENT' and attempts = 1), count(*) from core.mails"
TOLD = "select count(*) from core.mail_events where status = 'SENT'"


class Mail(NamedTuple):
    """An e-mail as both get it."""

    mail_id: UUID
    recipient: str
    variables: dict[str, str]
    requested_at: datetime


class Compared(NamedTuple):
    """A round's result: e-mails a second."""

    ours: float
    bare: float


def compare_mails(stack: Stack, round_number: int, mails: int) -> Compared:
    """Send so many e-mails both ways, in turns first; raises `AssertionError` when one is lost, double or not saved."""
    if round_number % 2:
        bare = _bare(stack, _made(mails))
        ours = _ours(stack, _made(mails))
    else:
        ours = _ours(stack, _made(mails))
        bare = _bare(stack, _made(mails))
    return Compared(mails / ours, mails / bare)


def _made(mails: int) -> list[Mail]:
    start = datetime.now(UTC)
    return [_mail(number, start + timedelta(microseconds=number)) for number in range(mails)]


def _mail(number: int, at: datetime) -> Mail:
    variables = {
        "statement": str(uuid4()),
        "organisation": "1195000006",
        "name": "Municipalité de Sainte-Zéphirine-des-Œillets",
        "period": "2026-11",
        "subtotal": "1234.50",
        "gst": "61.73",
        "qst": "123.14",
        "total": "1419.37",
    }
    return Mail(uuid4(), f"comptes{number}@ville{number % DOMAINS}.example", variables, at)


def _ours(stack: Stack, mails: Sequence[Mail]) -> float:
    """Give the seconds from the commit that hands the e-mails over to the last one that is saved as SENT."""
    with running(stack, GROUP, [(*RUN, "notifier")]):
        stack.kafka.wait_joined(GROUP, 1, PARTITIONS)
        _sent(stack, _made(WARM_UP))  # now the notifier is at work and has its connections, as the bare loop
        return _sent(stack, mails)


def _sent(stack: Stack, mails: Sequence[Mail]) -> float:
    """Give the seconds that it takes to send these e-mails; verifies them and forgets them."""
    stack.copy("core.mails", [_row(mail) for mail in mails], COLUMNS)
    stack.execute("analyze core.mails")
    began_s = stack.commit(HAND_OVER)
    until(lambda: stack.row(SENT)[0] == len(mails), SENT_WITHIN_S, f"{len(mails):,} e-mails to be sent", LOOK_EVERY_S)
    seconds = time.monotonic() - began_s
    assert stack.row(SENT) == (len(mails), len(mails)), "not every e-mail was sent at its first attempt"
    assert stack.row(TOLD) == (len(mails),), "not every e-mail has its one event"
    _verify_sink(stack, mails)
    stack.execute("truncate core.mails, core.mail_events")
    return seconds


def _row(mail: Mail) -> tuple[Any, ...]:
    mail_id, domain = mail.mail_id, mail.recipient.partition("@")[2]
    addresses = (mail.recipient, mail.recipient, domain)
    variables = orjson.dumps(mail.variables).decode()
    named = (mail_id, TEMPLATE, str(mail_id), LANGUAGE, mail_id, 0)
    return *named, *addresses, variables, mail_id, mail_id, mail.requested_at


def _bare(stack: Stack, mails: Sequence[Mail]) -> float:
    """Give the seconds of handing ready messages to the sink over connections that are open already."""
    settings = stack.environment
    seconds = asyncio.run(send_bare(settings["GUICHET_SMTP"], settings["GUICHET_MAIL_FROM"], _written(settings, mails)))
    _verify_sink(stack, mails)
    return seconds


def _written(settings: dict[str, str], mails: Sequence[Mail]) -> list[tuple[str, bytes]]:
    templates, sender = Templates(settings["GUICHET_PORTAL_URL"]), mailbox(settings["GUICHET_MAIL_FROM"])
    from_and_to = Sender(sender, sender)
    rendered = [templates.render(TEMPLATE, LANGUAGE, mail.variables) for mail in mails]
    return [
        (mail.recipient, compose(mail.mail_id, mail.recipient, LANGUAGE, said, from_and_to, mail.requested_at))
        for mail, said in zip(mails, rendered, strict=True)
    ]


def _verify_sink(stack: Stack, mails: Sequence[Mail]) -> None:
    """Check that the sink has each message once and no other, and empty it."""
    files = list(Path(stack.environment["GUICHET_MAIL_SINK"]).glob("*.eml"))
    found = Counter(UUID(match[1].decode()) for file in files if (match := MESSAGE_ID.search(file.read_bytes())))
    assert len(files) == len(mails), f"the sink has {len(files):,} messages of {len(mails):,}"
    assert found == Counter(mail.mail_id for mail in mails), "the sink has not each message once"
    for file in files:
        file.unlink()
