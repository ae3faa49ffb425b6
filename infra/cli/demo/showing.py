"""The demonstration from its first event to its audit, and whether all of it came out as it must."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from infra.adapters.settings import Settings
from infra.cli.audit import lines
from infra.cli.demo.answer import print_answer
from infra.cli.demo.counts import print_counts, seen
from infra.cli.demo.events import play_events
from infra.cli.demo.mails import play_mails
from infra.cli.demo.months import close_month
from infra.cli.demo.statements import print_statements, write_pdf
from infra.cli.demo.trouble import make_trouble
from infra.cli.laws import judge_all
from infra.cli.output import session
from infra.local_stack.environment import environment
from infra.local_stack.home import Home
from producers.partners import tally


async def show(home: Home, events: int, console: Console) -> tuple[dict[str, Any], str]:
    """Let it all happen and show it; give what was found, and what is wrong or nothing."""
    async with session(Settings.of(environment(home))) as opened:
        expected = tally(await play_events(opened, events, console))
        found = await seen(opened.connection)
        print_counts(console, expected, found)
        await print_answer(console, opened)
        trouble = await make_trouble(opened, home)
        statements = await close_month(opened, console)
        print_statements(console, statements, expected.billed)
        await write_pdf(opened, console, statements, home)
        mails = await play_mails(opened, console, home, trouble)
        green = await _audit_green(console, opened.settings)
    document = found.document() | {"statements": statements.document(), "mails": mails.document()}
    wrong = (found.differs(expected), statements.differs(expected.billed), mails.differs(trouble))
    return document, next(_said(*wrong, None if green else "the audit is broken; see the law above"), "")


def _said(*wrong: str | None) -> Iterator[str]:
    return (one for one in wrong if one is not None)


async def _audit_green(console: Console, settings: Settings) -> bool:
    """Run the audit, print its lines, and tell whether no law is broken."""
    with console.status("auditing"):
        judged = await judge_all(settings, datetime.now(UTC), from_start=True)
    console.print("guichet audit", style="bold")
    for one in judged:
        console.print("\n".join(lines(one)), highlight=False, markup=False)
    return not any(one.verdict.breaches for one in judged)
