"""The mail server's trouble: which addresses it refuses, for good or for now, and where it drops the connection."""

from collections import Counter
from typing import NamedTuple

from infra.adapters.postgres.months import load_billed
from infra.cli.demo.months import open_month
from infra.cli.output import Session
from infra.local_stack.home import Home
from infra.local_stack.misbehaving import DROP, TAKE_DROP, misbehave

NO_SUCH_ADDRESS, FULL = "550 5.1.1 no such address", "452 4.2.2 mailbox full"
SAID = (NO_SUCH_ADDRESS, NO_SUCH_ADDRESS, FULL, FULL, FULL, DROP, TAKE_DROP)


class Trouble(NamedTuple):
    """What the mail server says.

    Attributes:
        mails: how many e-mails a closed month makes.
        said: to which address what; all others are taken.
    """

    mails: int
    said: dict[str, str]

    def told(self) -> str:
        """Say it to a person."""
        counts = Counter(self.said.values())
        dropped = counts[DROP] + counts[TAKE_DROP]
        return (
            f"The mail server refuses {counts[NO_SUCH_ADDRESS]} addresses for good (550 5.1.1), calls {counts[FULL]} "
            f"mailboxes full (452 4.2.2), drops {dropped} connections after the final dot, and takes all the others."
        )


async def make_trouble(session: Session, home: Home) -> Trouble:
    """Let the mail server misbehave to some of those that will get a statement."""
    billed = await load_billed(session.connection, await open_month(session))
    addresses = sorted(one.billing_email for one in billed if one.billing_email is not None)
    trouble = Trouble(len(addresses), dict(zip(addresses, SAID, strict=False)))
    misbehave(home.mail, trouble.said)
    return trouble
