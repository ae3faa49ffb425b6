"""What the checks of an audit look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.adapters.kafka.lag import LagReader
from infra.adapters.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Audited:
    """The services as one audit sees them.

    Attributes:
        snapshot: in one repeatable-read transaction, so that the laws speak of the same instant.
        live: outside of it.
        reader: offsets of topics and groups.
        kafka: aiokafka's connection settings.
        now: the present, UTC.
        from_start: do not trust the checkpoint of an earlier audit.
    """

    snapshot: Connection
    live: Connection
    reader: LagReader
    kafka: Mapping[str, Any]
    now: datetime
    from_start: bool
