"""The local stack's services alone: real Kafka and real PostgreSQL, tables and topics made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(home: Path) -> Iterator[dict[str, str]]:
    """Start the services in `home`, give their `GUICHET_*` variables, stop them in the end."""
    raise NotImplementedError(home)
    yield {}
