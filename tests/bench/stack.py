"""One local stack for a bench: Kafka and PostgreSQL in a home of its own, with people loaded."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from infra.local_stack import api
from infra.local_stack.environment import PROCESSES, environment, write_copies
from infra.local_stack.home import Home
from tests.bench.topics import Kafka
from tests.bench.usage import listening_on


class Stack:
    """Services that run, seen from outside."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        """Use the services that the `GUICHET_*` variables of `environment` name."""
        self.home = home
        self.environment = environment
        self.kafka = Kafka(environment["GUICHET_KAFKA"])
        self.services: dict[str, list[int]] = {
            "PostgreSQL": [listening_on(environment["GUICHET_DATABASE"])],
            "Kafka": [listening_on(environment["GUICHET_KAFKA"])],
        }
        self._loop = asyncio.new_event_loop()

    def _connect(self) -> Any:
        return self._loop.run_until_complete(asyncpg.connect(self.environment["GUICHET_DATABASE"]))

    @contextmanager
    def sql(self, *statements: str) -> Iterator[None]:
        """Execute statements on one connection, closed when the block ends, and with it its locks."""
        connection = self._connect()
        try:
            for statement in statements:
                self._loop.run_until_complete(connection.execute(statement))
            yield
        finally:
            self._loop.run_until_complete(connection.close())

    def execute(self, *statements: str) -> None:
        """Execute statements."""
        with self.sql(*statements):
            pass

    def commit(self, *statements: str) -> float:
        """Execute statements in one transaction; gives the monotonic time at which its commit began."""
        connection = self._connect()
        try:
            for statement in ("begin", *statements):
                self._loop.run_until_complete(connection.execute(statement))
            began_s = time.monotonic()
            self._loop.run_until_complete(connection.execute("commit"))
            return began_s
        finally:
            self._loop.run_until_complete(connection.close())

    def row(self, query: str, *arguments: object) -> tuple[Any, ...]:
        """Give the only row of a query."""
        connection = self._connect()
        try:
            return tuple(self._loop.run_until_complete(connection.fetchrow(query, *arguments)))
        finally:
            self._loop.run_until_complete(connection.close())

    def copy(self, table: str, rows: Iterable[tuple[Any, ...]], columns: Sequence[str] | None = None) -> None:
        """Copy rows into a table, by default with all of its columns."""
        schema, _, name = table.partition(".")
        connection = self._connect()
        try:
            self._loop.run_until_complete(
                connection.copy_records_to_table(name, schema_name=schema, records=rows, columns=columns)
            )
        finally:
            self._loop.run_until_complete(connection.close())

    def close(self) -> None:
        """Let go of the services; they go on."""
        self.kafka.close()
        self._loop.close()


@contextmanager
def stack_at(path: Path) -> Iterator[Stack]:
    """Start the services alone, without a process of Guichet, in the folder `path`; they end with the block."""
    home = Home.at(path)
    write_copies(home, dict.fromkeys(PROCESSES, 0))
    try:
        api.up(home, lambda _doing: None)
        stack = Stack(home.path, environment(home))
        try:
            yield stack
        finally:
            stack.close()
    finally:
        api.down(home)
