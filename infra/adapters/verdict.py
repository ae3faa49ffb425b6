"""What an audit says of one law."""

from dataclasses import dataclass
from typing import NamedTuple


class Breach(NamedTuple):
    """What breaks a law: what and where, and what to do about it, one line each."""

    what: str
    todo: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a law stands.

    Attributes:
        summary: what was compared, with counts; one line.
        breaches: the first things that break it; none when it holds.
        notes: what is worth knowing and breaks nothing.
        looked: False while nothing that the law speaks of exists.
    """

    summary: str
    breaches: tuple[Breach, ...] = ()
    notes: tuple[str, ...] = ()
    looked: bool = True

    @property
    def state(self) -> str:
        """OK, BROKEN or NOTHING_YET."""
        if self.breaches:
            return "BROKEN"
        return "OK" if self.looked else "NOTHING_YET"
