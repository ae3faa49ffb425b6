"""Whether a process can do its work: live always, ready unless a service it needs is away (contract §9)."""


class Health:
    """What a process waits for; each part of it reports here."""

    def __init__(self) -> None:
        """Start with nothing away."""
        self._away: set[str] = set()

    def away(self, service: str) -> None:
        """Note that a service does not answer, or that a start is not over."""
        self._away.add(service)

    def back(self, service: str) -> None:
        """Note that it answers again."""
        self._away.discard(service)

    @property
    def waiting_for(self) -> list[str]:
        """What is away, sorted; empty when ready."""
        return sorted(self._away)
