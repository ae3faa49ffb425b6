"""E-mails asked for on a fresh database, and notifiers that send them to a test's own mail server."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from handlers.mails.decide import MailToSend
from handlers.mails.intents import Mail
from infra.adapters.health import Health
from infra.adapters.packing import unpack
from infra.adapters.postgres import mails as sql
from infra.adapters.postgres.connection import Database
from infra.adapters.settings import Settings
from notifier.sending import Notifier
from notifier.writing import Writer
from tests.notifier.mail_server import MailServer

VARIABLES = {
    "statement": "01a21df4-530c-777c-ab3e-12cba7d3f9b9",
    "organisation": "1195000006",
    "name": "Ville d’Exemple",
    "period": "2026-10",
    "subtotal": "1234.50",
    "gst": "61.73",
    "qst": "123.14",
    "total": "1419.37",
}
PATIENCE_S = 30.0


class Post:
    """A database with e-mails; its clock may be turned."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.turned = timedelta()
        self.database = Database(url)
        self.health = Health()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.turned

    async def ask(self, recipient: str = "guylaine@example.org", to_send: bool = True, **variables: Any) -> UUID:
        """Ask for an e-mail, and hand it to the notifiers."""
        mail_id, about = uuid4(), uuid4()
        mail = Mail("statement-issued", str(about), about, "1195000006", recipient, VARIABLES | variables)
        connection = await self.database.connection()
        await sql.add_mails(connection, [sql.Requested(mail_id, mail, uuid4(), uuid4())], self.now())
        if to_send:
            await self.hand_over(mail_id)
        return mail_id

    async def hand_over(self, *mail_ids: UUID) -> None:
        await sql.mark_to_send(await self.database.connection(), [MailToSend(mail_id) for mail_id in mail_ids])

    def notifier(self, server: MailServer, **settings: str) -> Notifier:
        """A notifier process's work, on connections of its own."""
        given = {
            "GUICHET_SMTP": f"smtp://127.0.0.1:{server.port}",
            "GUICHET_SMTP_TIMEOUT_S": "2",
            "GUICHET_MAIL_FROM": '"Guichet, essais" <guichet@guichet.example>',
            "GUICHET_MAIL_REPLY_TO": "aide@guichet.example",
            "GUICHET_PORTAL_URL": "https://portail.example",
        }
        writer = Writer(Settings.of(given | settings))
        return Notifier(Database(self.url), writer, self.health, self.now)

    @contextlib.asynccontextmanager
    async def sending(self, server: MailServer, **settings: str) -> AsyncIterator[None]:
        """Run a notifier meanwhile, and let it end in good order."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.notifier(server, **settings).run(stop))
        try:
            yield
        finally:
            stop.set()
            await running

    async def row(self, mail_id: UUID) -> asyncpg.Record:
        connection = await self.database.connection()
        found = await connection.fetchrow("select * from core.mails where mail_id = $1", mail_id)
        assert found is not None
        return found

    async def status(self, mail_id: UUID) -> tuple[str, str | None]:
        row = await self.row(mail_id)
        return row["status"], row["cause"]

    async def until(self, mail_id: UUID, status: str) -> str | None:
        """Wait until an e-mail is in a state; gives its cause."""
        await self.wait(lambda now: now == status, mail_id)
        return (await self.status(mail_id))[1]

    async def wait(self, good: Callable[[str], bool], *mail_ids: UUID) -> None:
        """Wait until the states of all these e-mails are good."""

        async def reached() -> bool:
            return all([good((await self.status(mail_id))[0]) for mail_id in mail_ids])

        await met(reached, "the states of e-mails")

    async def until_tried(self, mail_id: UUID, attempts: int) -> None:
        """Wait until so many attempts are over, and another one is to come."""

        async def tried() -> bool:
            row = await self.row(mail_id)
            return (row["attempts"], row["status"]) == (attempts, "RETRYING")

        await met(tried, f"{attempts} attempts")

    async def until_ready(self) -> None:
        """Wait until the notifier's process waits for nothing."""

        async def ready() -> bool:
            return not self.health.waiting_for

        await met(ready, "readiness")

    async def facts(self) -> list[dict[str, Any]]:
        """The facts that wait to be published."""
        connection = await self.database.connection()
        rows = await connection.fetch("select payload from core.outbox where topic = 'guichet.outcomes' order by seq")
        return [json.loads(record.value or b"") for row in rows for record in unpack(row["payload"])]

    async def timer(self, mail_id: UUID) -> datetime | None:
        """When an e-mail is to be tried again."""
        connection = await self.database.connection()
        due_at: datetime | None = await connection.fetchval(
            "select due_at from core.timers where key = $1", f"mail-retry:{mail_id}"
        )
        return due_at


async def met(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until a condition is met."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while not await condition():  # noqa: ASYNC110 -- other processes' work has no event to wait for
                await asyncio.sleep(0.02)
            return
    raise AssertionError(f"waited {PATIENCE_S:.0f} s in vain for {what}")


@pytest.fixture
async def post(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr("notifier.sending.FINISH_WITHIN_S", 0.5)
    post = Post(database)
    yield post
    await post.database.close()
