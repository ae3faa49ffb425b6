"""However a notifier dies, each e-mail has one end or is on its way, and none is taken twice (contract §8, law 5)."""

import asyncio
import contextlib
import random
from collections import Counter
from datetime import timedelta

import pytest

from infra.adapters.postgres.audit_mails import mails_end_once
from tests.notifier.conftest import Post
from tests.notifier.mail_server import DROP, HANG, USUAL, MailServer, serving

PHASES = ("mail", "rcpt", "data", "dot")
ENDS = frozenset({"SENT", "FAILED", "SUPPRESSED", "UNKNOWN"})
SAID = (HANG, DROP, "451 4.3.0 later", "554 5.7.1 no", "250 ok", "250 ok", "250 ok")


def moody(seed: int) -> MailServer:
    """A server that takes most, refuses, hangs and drops, each e-mail as it likes."""
    draw = random.Random(seed)

    def behave(phase: str, _recipient: str) -> str:
        if phase not in PHASES:
            return USUAL[phase]
        said = draw.choice(SAID)
        return USUAL[phase] if said.startswith("250") else said

    return MailServer(behave)


async def killed_after(post: Post, server: MailServer, seconds: float) -> None:
    """Run a notifier and kill it as a signal would: nothing of it goes on, nothing is put in order."""
    before = asyncio.all_tasks()
    notifier = post.notifier(server, GUICHET_SMTP_TIMEOUT_S="1")
    running = asyncio.create_task(notifier.run(asyncio.Event()))
    await asyncio.sleep(seconds)
    mine = [task for task in asyncio.all_tasks() - before if "serve" not in repr(task) and "session" not in repr(task)]
    for task in mine:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await asyncio.gather(*mine, return_exceptions=True)
    (await notifier._database.connection()).terminate()
    notifier._writer.cut()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_server_does_and_whenever_the_notifier_dies(post: Post, seed: int) -> None:
    draw = random.Random(seed)
    mails = [await post.ask(f"someone{n}@example{n % 5}.org") for n in range(40)]
    server = moody(seed)
    async with serving(server):
        for _ in range(4):
            await killed_after(post, server, draw.uniform(0.05, 0.6))
        server.behave = lambda phase, _to: USUAL[phase]
        post.turned = timedelta(minutes=6)
        async with post.sending(server):
            await post.wait(lambda status: status not in {"REQUESTED", "SENDING"}, *mails)
            statuses = {mail_id: (await post.status(mail_id))[0] for mail_id in mails}
            waiting = [mail_id for mail_id, status in statuses.items() if status == "RETRYING"]
            await post.hand_over(*waiting)
            await post.wait(lambda status: status in ENDS, *mails)
    taken = Counter(server.taken)
    assert set(taken.values()) <= {1}
    statuses = {mail_id: (await post.status(mail_id))[0] for mail_id in mails}
    assert {mail_id for mail_id, status in statuses.items() if status == "SENT"} <= {
        mail_id for mail_id in mails if str(mail_id) in taken
    }
    assert {mail_id for mail_id in mails if str(mail_id) in taken} <= {
        mail_id for mail_id, status in statuses.items() if status in {"SENT", "UNKNOWN"}
    }
    assert (await mails_end_once(await post.database.connection())).breaches == ()
