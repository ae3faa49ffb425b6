"""How e-mails stand: how many in which state and what that means; whether they ended as they must."""

from collections import Counter
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Column, Table

from infra.cli.demo.trouble import NO_SUCH_ADDRESS, Trouble
from infra.cli.output import Session

STATES = """
select status, cause, attempts, count(*)::int as mails from read.mails group by 1, 2, 3 order by status, attempts"""
MEANS = {
    "SENT": "the mail server took it",
    "RETRYING": "refused for now; tried again by a timer, each time later, for 72 hours",
    "FAILED": "refused for good; nothing more goes to an address that does not exist",
    "SUPPRESSED": "held back: the address does not exist",
    "UNKNOWN": "dropped after the final dot: sent or not? `guichet mail settle ID sent|not-sent`",
}


class Ended(NamedTuple):
    """How the e-mails ended, by status, and which messages the mail server has, how often each."""

    states: Counter[str]
    received: Counter[str]

    def document(self) -> dict[str, int]:
        """Give them as `--json` prints them."""
        return dict(self.states)

    def differs(self, trouble: Trouble) -> str | None:
        """Say which e-mail did not end as the mail server's trouble has it, or nothing."""
        refused = sum(said == NO_SUCH_ADDRESS for said in trouble.said.values())
        expected = Counter(SENT=trouble.mails - refused, FAILED=max(refused - 1, 0), SUPPRESSED=min(refused, 1))
        if +expected != self.states:
            return f"e-mails ended as {dict(self.states)}, not as {dict(expected)}"
        if len(self.received) != self.states["SENT"] or self.received.total() != self.states["SENT"]:
            return f"{self.states['SENT']} e-mails are SENT, the mail server has {self.received.total()} messages"
        return None


async def print_states(session: Session, console: Console, title: str) -> Counter[str]:
    """Print how many e-mails are in which state, and what that means; give how many by status."""
    table = Table(
        "status", Column("e-mails", justify="right"), Column("attempts", justify="right"), "cause", "which means",
        title=title, title_justify="left",
    )  # fmt: skip
    states: Counter[str] = Counter()
    for row in await session.connection.fetch(STATES):
        states[row["status"]] += row["mails"]
        table.add_row(*_cells(row))
    console.print(table)
    return states


def _cells(row: Any) -> tuple[str, ...]:
    means = MEANS[row["status"]]
    return row["status"], str(row["mails"]), str(row["attempts"]), row["cause"] or "", means
