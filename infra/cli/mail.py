"""`guichet mail list|show|retry|settle|unsuppress`: e-mails, looked at and settled (contract §10)."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from infra.cli.output import Json, Refused, ids_of, needs, print_json, print_table

MailId = Annotated[str, typer.Argument(help="its id, as `mail list` shows it")]
COLUMNS = ("mail_id", "template", "recipient_masked", "status", "attempts", "cause")

app = typer.Typer(help="E-mails: what was sent to whom, and what was not.", no_args_is_help=True)


class Status(StrEnum):
    """The states of an e-mail."""

    REQUESTED = "REQUESTED"
    SENDING = "SENDING"
    SENT = "SENT"
    RETRYING = "RETRYING"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"
    UNKNOWN = "UNKNOWN"


class Word(StrEnum):
    """What a person found out of an e-mail."""

    SENT = "sent"
    NOT_SENT = "not-sent"


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="mail")


@app.command("list", epilog="Example: guichet mail list --status UNKNOWN")
def list_(
    status: Annotated[Status | None, typer.Option(help="only those in this state")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="at most so many")] = 1000,
    as_json: Json = False,
) -> None:
    """List e-mails, the newest first; recipients are masked."""
    from infra.adapters.postgres.mails import list_mails

    async def work() -> list[dict[str, Any]]:
        async with needs("DATABASE") as session:
            return await list_mails(session.connection, status, limit)

    rows = asyncio.run(work())
    if as_json:
        print_json(rows)
    else:
        print_table(f"{len(rows)} e-mails", COLUMNS, rows)


@app.command(epilog="Example: guichet mail show 019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d")
def show(mail: MailId, as_json: Json = False) -> None:
    """Show one e-mail and what became of it."""
    from infra.adapters.postgres.mails import show_mail

    (mail_id,) = ids_of([mail])

    async def work() -> dict[str, Any] | None:
        async with needs("DATABASE") as session:
            return await show_mail(session.connection, mail_id)

    row = asyncio.run(work())
    if row is None:
        raise Refused("mail: there is no e-mail of this id; see `guichet mail list`")
    _print(row, as_json)


@app.command(epilog="Example: guichet mail retry 019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d")
def retry(mail: MailId, as_json: Json = False) -> None:
    """Try an e-mail once more at once; refused for one that was sent, or may have been."""
    _by_hand(mail, None, as_json)


@app.command(epilog="Example: guichet mail settle 019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d not-sent")
def settle(
    mail: MailId, word: Annotated[Word, typer.Argument(help="sent, or not-sent")], as_json: Json = False
) -> None:
    """Say what became of an e-mail in state UNKNOWN; ask the mail server's log, or its recipient."""
    _by_hand(mail, word, as_json)


def _by_hand(mail: str, word: Word | None, as_json: bool) -> None:
    from consumers.pipeline import utc_now
    from infra.adapters.postgres.clock import read_clock
    from infra.adapters.postgres.mails import show_mail
    from notifier import by_hand

    (mail_id,) = ids_of([mail])

    async def work() -> dict[str, Any] | None:
        async with needs("DATABASE") as session, session.connection.transaction():
            now = await read_clock(session.connection, utc_now())
            if word is None:
                await by_hand.retry(session.connection, mail_id, now)
            else:
                await by_hand.settle(session.connection, mail_id, now, sent=word is Word.SENT)
            return await show_mail(session.connection, mail_id)

    try:
        row = asyncio.run(work())
    except by_hand.RefusedByHandError as error:
        raise Refused(f"mail: {error}") from None
    _print(row or {}, as_json)


@app.command(epilog="Example: guichet mail unsuppress guylaine@example.org")
def unsuppress(
    address: Annotated[str, typer.Argument(help="the address, as the organisation declares it")],
    as_json: Json = False,
) -> None:
    """Let an address be written to again, of which a server said that it does not exist."""
    from infra.adapters.postgres import mails

    async def work() -> bool:
        async with needs("DATABASE") as session:
            return await mails.unsuppress(session.connection, address)

    if not asyncio.run(work()):
        raise Refused("mail: nothing keeps e-mails from this address; see `guichet mail list --status SUPPRESSED`")
    if as_json:
        print_json({"unsuppressed": True})
    else:
        typer.echo("e-mails go to this address again; send those that were held back with `guichet mail retry`")


def _print(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    story = row.pop("story")
    print_table("e-mail", ("column", "value"), [{"column": name, "value": value} for name, value in row.items()])
    print_table("what became of it" if story else "nothing became of it yet", ("at", "status", "cause"), story)
