"""One connection for one worker, opened when needed and again after it was lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.TransactionRollbackError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
)

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""PostgreSQL counts microseconds from here."""


class Database:
    """A worker's own connection; pools are for readers only (design §6)."""

    def __init__(self, url: str, name: str = "guichet") -> None:
        """Remember where to connect: `url` is a libpq URL, `name` is shown in pg_stat_activity."""
        self._url = url
        self._name = name
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        """Give the open connection, connecting first when there is none; raises what asyncpg raises."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url,
                timeout=10,
                command_timeout=60,
                server_settings={"application_name": self._name, "jit": "off", "timezone": "UTC"},
            )
            await self._connection.set_type_codec(
                "timestamptz", schema="pg_catalog", format="tuple", encoder=_sent, decoder=_read
            )
        return self._connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Run a block in one transaction: committed at its end, rolled back when it raises."""
        connection = await self.connection()
        async with connection.transaction():
            yield connection

    async def close(self) -> None:
        """Close the connection; a later use opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close(timeout=5)


@lru_cache(maxsize=4096)
def _sent(instant: datetime) -> tuple[int]:
    """Encode an instant once: the rows of a batch share most of theirs, and asyncpg's own way is slow."""
    return ((instant - EPOCH) // timedelta.resolution,)


def _read(sent: tuple[int]) -> datetime:
    return EPOCH + timedelta(microseconds=sent[0])
