"""What the demonstration holds against statements and e-mails that did not come out as they must."""

from collections import Counter
from decimal import Decimal

import pytest

from infra.cli.demo.mail_states import Ended
from infra.cli.demo.statements import Statement, Statements
from infra.cli.demo.trouble import FULL, NO_SUCH_ADDRESS, Trouble
from infra.local_stack.misbehaving import DROP

TROUBLE = Trouble(5, {"a": NO_SUCH_ADDRESS, "b": NO_SUCH_ADDRESS, "c": FULL, "d": DROP})
AS_PLANNED = Counter(SENT=3, FAILED=1, SUPPRESSED=1)
EACH_ONCE = Counter(("one", "two", "three"))


def statements(*subtotals: str) -> Statements:
    none = Decimal("0.00")
    return Statements([Statement("1195000006", "2026-11", Decimal(one), none, none, Decimal(one)) for one in subtotals])


def test_statements_come_to_what_was_billed() -> None:
    assert statements("1.50", "11.75").differs(Decimal("13.25")) is None
    assert statements("1.50").differs(Decimal("13.25")) is not None


def test_e_mails_end_as_the_mail_server_has_it() -> None:
    assert Ended(AS_PLANNED, EACH_ONCE).differs(TROUBLE) is None


@pytest.mark.parametrize(
    ("states", "received"),
    [
        (Counter(SENT=3, FAILED=2), EACH_ONCE),
        (AS_PLANNED + Counter(UNKNOWN=1), EACH_ONCE),
        (AS_PLANNED, EACH_ONCE + Counter(("one",))),
        (AS_PLANNED, Counter(("one", "two", "two"))),
        (AS_PLANNED, Counter(("one", "two"))),
    ],
)
def test_what_is_lost_double_or_left_is_said(states: Counter[str], received: Counter[str]) -> None:
    assert Ended(states, received).differs(TROUBLE) is not None
