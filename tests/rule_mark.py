"""`@rule("P-10")`: says which of the business rules a test shows."""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

RULES = Path(__file__).parent.parent / "docs" / "rules.csv"


class Rule(NamedTuple):
    """A rule: its number, what it says, its words in the document, and `upstream` when a portal keeps it."""

    number: str
    rule: str
    phrase: str
    where: str

    @property
    def counts(self) -> bool:
        """Tell whether it is one of the 226; X rules only say which of those belong together."""
        return not self.number.startswith("X-")


@cache
def rules() -> dict[str, Rule]:
    """Read the rules by number."""
    with RULES.open(encoding="utf-8", newline="") as file:
        return {row["number"]: Rule(**row) for row in csv.DictReader(file)}


def rule(*numbers: str) -> pytest.MarkDecorator:
    """Mark a test with the rules that it shows; collection refuses a number that is no rule's."""
    return pytest.mark.rule(*numbers)


def check_numbers(numbers: Iterable[str], where: str) -> None:
    """Refuse numbers of no rule.

    Raises:
        pytest.UsageError: names the test and the number.
    """
    for number in numbers:
        if number not in rules():
            raise pytest.UsageError(f"{where}: there is no rule {number}; docs/rules.csv lists them")
