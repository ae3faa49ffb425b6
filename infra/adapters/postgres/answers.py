"""One inquiry's answer, as its asker sees it: by the read stores only."""

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.statements import statements

SQL = statements("answers")


class DeadLetterSeen(NamedTuple):
    """Why an event was not taken."""

    cause: str
    detail: str


async def find_end(connection: Connection, inquiry_id: UUID) -> dict[str, Any] | DeadLetterSeen | None:
    """Give what became of an inquiry: its row of `read.inquiries` with `results` and `total`, or its dead letter."""
    row = await connection.fetchrow(SQL["inquiry"], inquiry_id)
    if row is None:
        letter = await connection.fetchrow(SQL["dead_letter"], inquiry_id)
        return DeadLetterSeen(letter["cause"], letter["detail"]) if letter else None
    results = [dict(result) for result in await connection.fetch(SQL["results"], inquiry_id)]
    total = sum((result["amount"] for result in results), Decimal("0.00"))
    return dict(row) | {"results": results, "total": total}


async def list_items(connection: Connection, inquiry_id: UUID) -> list[int]:
    """Give the numbers of an inquiry's items that have a result."""
    return [row["item"] for row in await connection.fetch(SQL["items"], inquiry_id)]


async def view_content(connection: Connection, inquiry_id: UUID, item: int, employee: str | None) -> Any:
    """Give a result's content, and log the consultation in the same call; None when there is none to show."""
    content: bytes | str | None = await connection.fetchval(SQL["content"], inquiry_id, item, employee)
    return None if content is None else orjson.loads(content)
