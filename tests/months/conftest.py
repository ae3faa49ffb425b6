"""A stack whose clock may be turned, its client, and its command line."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from handlers.billing.months import closes_at
from tests.acceptance.builders import PRICES, organisation, tariff
from tests.acceptance.outside import Outside
from tests.cli.conftest import Done, Run
from tests.stacks import Stack, running_stack

Event = dict[str, Any]


@pytest.fixture(scope="package")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack."""
    with running_stack(Path(tmp_path_factory.mktemp("turned"))) as stack:
        yield stack


@pytest.fixture(scope="package")
def run(turned: Stack) -> Run:
    """Runs a command against the stack."""

    def command(*words: str) -> Done:
        env = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        line = [sys.executable, "-m", "infra.cli.main", *words]
        done = subprocess.run(line, check=False, env=env | turned.env, capture_output=True, text=True)
        return Done(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture(scope="package")
async def guichet(turned: Stack) -> AsyncIterator[Outside]:
    """The client, once every service has its first tariff."""
    database = await asyncpg.connect(turned.env["GUICHET_DATABASE"])
    outside = Outside(turned.env["GUICHET_KAFKA"], database)
    await outside.declare(
        *[tariff(kind, amount, "2020-01-01", taxable=kind != "LICENCE_VALIDITY") for kind, amount in PRICES.items()]
    )
    yield outside
    outside.close()
    await database.close()


class Months:
    """The open month, and the clock that ends it."""

    def __init__(self, database: asyncpg.Connection, run: Run) -> None:
        self._database = database
        self._run = run

    async def open(self) -> date:
        return date.fromisoformat(
            str(await self._database.fetchval("select month from core.periods where closed_at is null"))
        )

    def shown(self) -> datetime:
        """What the clock shows, UTC."""
        return datetime.fromisoformat(self._run("clock", "show", "--json").document["now"]).astimezone(UTC)

    def advance(self, by: timedelta) -> Event:
        """Turn the clock, by minutes at least."""
        done = self._run("clock", "advance", f"{by // timedelta(minutes=1) + 1}m", "--json")
        assert done.code == 0, done.err
        return dict(done.document)

    async def end(self) -> date:
        """Turn the clock past the end of the open month; gives that month."""
        month = await self.open()
        self.advance(closes_at(month) - self.shown())
        return month


@pytest.fixture
def months(guichet: Outside, run: Run) -> Months:
    return Months(guichet.sql, run)


@pytest.fixture
async def town(guichet: Outside) -> str:
    """The NEQ of an organisation of the test's own, entitled to everything."""
    declared = organisation(in_service_from="2020-01-01")
    await guichet.declare(declared)
    return str(declared["data"]["neq"])
