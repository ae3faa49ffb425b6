"""What must come of each planned record, and of all together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from producers.cloud_events import Prepared


class Outcome(StrEnum):
    """What comes of a record."""

    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    DEAD_LETTER = "DEAD_LETTER"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class Planned:
    """A record and what must come of it.

    Attributes:
        code: the refusal's code or the dead letter's cause; empty for others.
        found: for each item answered, whether something is found; empty for others.
        billed: what the answer costs, CAD; 0.00 in environment T.
    """

    record: Prepared
    outcome: Outcome
    code: str = ""
    found: tuple[bool, ...] = ()
    billed: Decimal = Decimal("0.00")
    environment: str = "P"


@dataclass(slots=True)
class Tally:
    """What must come of a plan: `items` and `billed` are of environment P, `answered` and `refused` of both."""

    published: int = 0
    answered: int = 0
    answered_in_test: int = 0
    items: int = 0
    found: int = 0
    not_found: int = 0
    billed: Decimal = Decimal("0.00")
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)

    def add(self, planned: Planned) -> None:
        """Count one record."""
        self.published += 1
        match planned.outcome:
            case Outcome.ANSWERED:
                self._add_answer(planned)
            case Outcome.REFUSED:
                self.refused[planned.code] += 1
            case Outcome.DEAD_LETTER:
                self.dead_letters[planned.code] += 1
            case Outcome.DUPLICATE:
                self.duplicates += 1

    def _add_answer(self, planned: Planned) -> None:
        self.answered += 1
        if planned.environment == "T":
            self.answered_in_test += 1
            return
        self.items += len(planned.found)
        self.found += sum(planned.found)
        self.not_found += len(planned.found) - sum(planned.found)
        self.billed += planned.billed

    def as_dict(self) -> dict[str, Any]:
        """Give the counts for JSON, money as text, codes in order."""
        return {
            "published": self.published,
            "answered": self.answered,
            "answered_in_test": self.answered_in_test,
            "items": self.items,
            "found": self.found,
            "not_found": self.not_found,
            "billed": f"{self.billed:.2f}",
            "duplicates": self.duplicates,
            "refused": dict(sorted(self.refused.items())),
            "dead_letters": dict(sorted(self.dead_letters.items())),
        }


def tally(planned: Iterable[Planned]) -> Tally:
    """Add up what must come of a plan."""
    total = Tally()
    for one in planned:
        total.add(one)
    return total
