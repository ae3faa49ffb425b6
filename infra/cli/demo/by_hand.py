"""What a person does about e-mails: settles those of unknown end, tries some again (`guichet mail`)."""

from uuid import UUID

from rich.console import Console

from consumers.pipeline import utc_now
from infra.adapters.postgres.clock import read_clock
from infra.cli.demo.received import received
from infra.cli.demo.terminal import print_command
from infra.cli.output import Session
from infra.local_stack.home import Home
from notifier import by_hand

IN_STATE = "select mail_id from read.mails where status = $1 order by mail_id"
SAYS = "\nWhat a person would do now, the demonstration does: look into the mail server's folder, and type"
LIES_THERE = "the message lies in the folder: the connection was cut after it was taken"
NOT_THERE = "no such message is there: it was lost with the connection"
AGAIN = "so it may be sent again"
IN_VAIN = "its address does not exist, so it is held back until `guichet mail unsuppress`"


async def play_person(session: Session, console: Console, home: Home) -> None:
    """Settle what has no known end, by what the mail server has; try again what was not sent, and one refused."""
    has = received(home.mail)
    unknown, failed = await _in_state(session, "UNKNOWN"), await _in_state(session, "FAILED")
    console.print(SAYS, highlight=False)
    for mail_id in unknown:
        await _settle(session, console, mail_id, sent=str(mail_id) in has)
    if failed:
        await _retry(session, console, failed[0], IN_VAIN)


async def _in_state(session: Session, status: str) -> list[UUID]:
    return [row["mail_id"] for row in await session.connection.fetch(IN_STATE, status)]


async def _settle(session: Session, console: Console, mail_id: UUID, *, sent: bool) -> None:
    """Say of one whether it was sent; one that was not is tried again."""
    word, why = ("sent", LIES_THERE) if sent else ("not-sent", NOT_THERE)
    print_command(console, f"guichet mail settle {mail_id} {word}", why)
    async with session.connection.transaction():
        now = await read_clock(session.connection, utc_now())
        await by_hand.settle(session.connection, mail_id, now, sent=sent)
    if not sent:
        await _retry(session, console, mail_id, AGAIN)


async def _retry(session: Session, console: Console, mail_id: UUID, why: str) -> None:
    print_command(console, f"guichet mail retry {mail_id}", why)
    async with session.connection.transaction():
        await by_hand.retry(session.connection, mail_id, await read_clock(session.connection, utc_now()))
