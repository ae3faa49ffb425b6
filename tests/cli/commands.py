"""Every command with arguments that are right, for the tests that hold for all."""

from typing import NamedTuple

ID = "019ab0c2-7d4e-8a51-9c11-3f0d5a6b7c8d"
NEQ = "1195000006"
SECRET = "B000018226401"  # a licence: what no message may repeat


class Command(NamedTuple):
    """A command line without what the test adds.

    Attributes:
        words: the command's name, of one word or two.
        arguments: what it needs at least.
        services: whether it works against Kafka or PostgreSQL.
    """

    words: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    services: bool = True

    @property
    def line(self) -> tuple[str, ...]:
        return self.words + self.arguments

    def __str__(self) -> str:
        return " ".join(self.words)


COMMANDS = (
    Command(("up",), services=False),
    Command(("down",), services=False),
    Command(("env",)),
    Command(("status",)),
    Command(("run",), ("relay",), services=False),
    Command(("migrate",)),
    Command(("source", "add"), ("urn:example:x", "--type", "inquiry.requested", "--organisation", NEQ)),
    Command(("source", "list")),
    Command(("seed",)),
    Command(("ask",), ("DRIVER_RECORD", SECRET, "--organisation", NEQ)),
    Command(("result",), (ID, "1")),
    Command(("bill", "show"), (NEQ,)),
    Command(("bill", "close"), ("2026-01",)),
    Command(("clock", "show")),
    Command(("clock", "advance"), ("21d",)),
    Command(("audit",)),
    Command(("rebuild",), ("activity",)),
    Command(("dlq", "list")),
    Command(("dlq", "show"), (ID,)),
    Command(("dlq", "redrive"), (ID,)),
    Command(("dlq", "discard"), (ID, "--reason", "sent again")),
    Command(("schemas",), ("--out", "schemas"), services=False),
    Command(("demo",), services=False),
)
