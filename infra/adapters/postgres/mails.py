"""E-mails in PostgreSQL: intents, claims, outcomes, suppressed addresses."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from handlers.mails.decide import KnownMail, MailToSend
from handlers.mails.intents import Mail, domain_of, masked
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.road import columns
from infra.adapters.postgres.statements import statements

SQL = statements("mails")
STATUSES = ("REQUESTED", "SENDING", "SENT", "RETRYING", "FAILED", "SUPPRESSED", "UNKNOWN")


class Requested(NamedTuple):
    """An e-mail asked for, with what asked for it."""

    mail_id: UUID
    mail: Mail
    caused_by: UUID
    correlation_id: UUID


class Claimed(NamedTuple):
    """An e-mail to send now; `attempts` counts this one, unless its address is suppressed."""

    mail_id: UUID
    template: str
    language: str
    recipient: str
    domain: str
    variables: str
    attempts: int
    requested_at: datetime
    suppressed: bool


class Changed(NamedTuple):
    """An e-mail in its new state, for the fact that tells of it."""

    mail_id: UUID
    template: str
    about: UUID
    version: int
    status: str
    cause: str | None
    caused_by: UUID
    correlation_id: UUID


async def add_mails(connection: Connection, requested: Iterable[Requested], now: datetime) -> None:
    """Insert intents; two for the same thing are a bug, which the table refuses."""
    rows = [
        (
            mail_id,
            mail.template,
            mail.once,
            mail.language,
            mail.about,
            mail.occasion,
            mail.organisation,
            mail.recipient,
            masked(mail.recipient),
            domain_of(mail.recipient),
            orjson.dumps(mail.variables).decode(),
            caused_by,
            correlation_id,
            now,
        )
        for mail_id, mail, caused_by, correlation_id in requested
    ]
    if rows:
        await connection.execute(SQL["add_mails"], *columns(rows))


async def load_mails(connection: Connection, ids: Collection[UUID]) -> dict[UUID, KnownMail]:
    """Read and lock the state of these e-mails."""
    rows = await connection.fetch(SQL["load_mails"], list(ids))
    return {row["mail_id"]: KnownMail(row["status"], row["attempts"], row["to_send"]) for row in rows}


async def mark_to_send(connection: Connection, rows: Iterable[MailToSend]) -> None:
    """Let the notifiers claim these, and wake them."""
    await connection.fetch(SQL["to_send"], [row.mail_id for row in rows])


async def claim(
    connection: Connection, claimant: UUID, lease_until: datetime, most: int, full: Collection[str], a_domain: int
) -> list[Claimed]:
    """Claim e-mails to send now.

    Args:
        most: how many at most.
        full: domains that get no more now.
        a_domain: how many at most for one domain.
    """
    rows = await connection.fetch(SQL["claim"], claimant, lease_until, most, list(full), a_domain)
    return [Claimed(*row) for row in rows]


async def settle(
    connection: Connection, claimant: UUID, ended: Sequence[tuple[UUID, int, str, str | None]], now: datetime
) -> list[Changed]:
    """Save what became of claimed e-mails: (mail_id, attempts, status, cause) each."""
    rows = await connection.fetch(SQL["settle"], claimant, *columns(ended), now)
    return [Changed(*row) for row in rows]


async def suppress(connection: Connection, ids: Collection[UUID], now: datetime) -> None:
    """Send nothing more to the addresses of these e-mails."""
    if ids:
        await connection.execute(SQL["suppress"], list(ids), now)


async def lapse(connection: Connection, now: datetime, claimant: UUID) -> list[Changed]:
    """Give up those whose sender was lost; not the claimant's own, who knows better."""
    return [Changed(*row) for row in await connection.fetch(SQL["lapse"], now, claimant)]


async def find_mail(connection: Connection, mail_id: UUID) -> Changed | None:
    """Lock one e-mail."""
    row = await connection.fetchrow(SQL["find"], mail_id)
    return None if row is None else Changed(*row)


async def decide(
    connection: Connection, mail_id: UUID, status: str, cause: str | None, now: datetime, *, to_send: bool = False
) -> Changed:
    """Put down what a person says of an e-mail."""
    row: Any = await connection.fetchrow(SQL["decide"], mail_id, status, cause, to_send, now)
    return Changed(*row)


async def wake(connection: Connection) -> None:
    """Wake the notifiers when the transaction commits."""
    await connection.execute(SQL["wake"])


async def list_mails(connection: Connection, status: str | None, limit: int) -> list[dict[str, Any]]:
    """List e-mails with the columns of `read.mails`, the newest first."""
    return [dict(row) for row in await connection.fetch(SQL["list"], status, limit)]


async def show_mail(connection: Connection, mail_id: UUID) -> dict[str, Any] | None:
    """Give one e-mail with the columns of `read.mails`, and its `story`: what became of it, step by step."""
    row = await connection.fetchrow(SQL["show"], mail_id)
    if row is None:
        return None
    return {**row, "story": [dict(event) for event in await connection.fetch(SQL["story"], mail_id)]}


async def unsuppress(connection: Connection, address: str) -> bool:
    """Let an address be written to again; tells whether it was suppressed."""
    done: str = await connection.execute(SQL["unsuppress"], address)
    return done != "DELETE 0"


async def count_by_status(connection: Connection) -> dict[str, int]:
    """Count e-mails by status."""
    return {row["status"]: row["mails"] for row in await connection.fetch(SQL["counts"])}
