"""Events from one part of Guichet to another: signed, since nobody else may write on their topics."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from infra.adapters.packing import OutgoingRecord
from schemas.envelope import SOURCE, sign


def inside(key: bytes, event_id: UUID, event_type: str, time: datetime, aggregate: str, data: Any) -> OutgoingRecord:
    """Write an event for `guichet.internal` or `guichet.mail`.

    Args:
        key: signs it.
        data: whatever orjson writes, fragments of JSON included.
    """
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": event_type,
        "time": time,
        "data": data,
    }
    value = orjson.dumps(event, option=orjson.OPT_UTC_Z)
    return OutgoingRecord(aggregate.encode(), value, (("guichet-signature", sign(key, value).encode()),))
