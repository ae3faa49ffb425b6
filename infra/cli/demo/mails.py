"""The e-mails about the statements: tried, tried again by timers, settled by a person, sent once at most."""

import asyncio
from datetime import timedelta

from rich.console import Console

from infra.cli.clock import turn
from infra.cli.demo.by_hand import play_person
from infra.cli.demo.mail_states import Ended, print_states
from infra.cli.demo.received import print_mail, received
from infra.cli.demo.terminal import bars, print_command
from infra.cli.demo.trouble import Trouble
from infra.cli.output import Refused, Session
from infra.local_stack.home import Home
from infra.local_stack.misbehaving import behave

MOVING = "select count(*)::int from core.mails where to_send or status in ('REQUESTED', 'SENDING')"
TRIED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1


async def play_mails(session: Session, console: Console, home: Home, trouble: Trouble) -> Ended:
    """Let e-mails meet a mail server in trouble until all of them have ended."""
    console.print(trouble.told(), highlight=False)
    await _tried(session, console, "e-mails are tried", trouble.mails)
    await print_states(session, console, "E-mails about the statements")
    await _turn(session, console, 1, "the timers of second attempts; the mail server still says the same", trouble)
    behave(home.mail)
    await _turn(session, console, 2, "the mail server is well again; third attempts leave", trouble)
    await play_person(session, console, home)
    await _tried(session, console, "e-mails are tried", trouble.mails)
    states = await print_states(session, console, "How the e-mails ended")
    return _ended(console, Ended(states, received(home.mail)), home)


def _ended(console: Console, ended: Ended, home: Home) -> Ended:
    console.print(
        f"{ended.states['SENT']} e-mails are SENT; the mail server has {ended.received.total()} messages, "
        f"{sum(count > 1 for count in ended.received.values())} of them twice. One of them:",
        highlight=False,
    )
    print_mail(console, home.mail)
    return ended


async def _turn(session: Session, console: Console, minutes: int, why: str, trouble: Trouble) -> None:
    print_command(console, f"guichet clock advance {minutes}m", why)
    await turn(session, timedelta(minutes=minutes))
    await _tried(session, console, "e-mails are tried again", trouble.mails)


async def _tried(session: Session, console: Console, what: str, total: int) -> None:
    """Wait until each e-mail that may be sent was tried."""
    try:
        with bars(console) as progress:
            task = progress.add_task(what, total=total)
            async with asyncio.timeout(TRIED_WITHIN_S):
                while moving := await session.connection.fetchval(MOVING):
                    progress.update(task, completed=total - moving)
                    await asyncio.sleep(LOOK_EVERY_S)
            progress.update(task, completed=total)
    except TimeoutError:
        raise Refused(f"demo: not all e-mails were tried within {TRIED_WITHIN_S:.0f} s") from None
