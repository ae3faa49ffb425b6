"""Fixtures: one stack for the whole run, a fresh database where a test wants one of its own."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from infra.adapters.postgres.migrate import migrate
from tests.rule_mark import check_numbers
from tests.stacks import CHOICES, CHOSEN, CONTAINERS, LOCAL, Stack, running_stack

__all__ = ["Stack"]

ONLY_ON = {"local_stack": LOCAL, "containers": CONTAINERS}
REASONS = {
    "local_stack": "is about the local stack itself; it runs without GUICHET_TEST_STACK",
    "containers": "needs containers; it runs with GUICHET_TEST_STACK=containers",
}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole stack: Kafka, PostgreSQL and Guichet's processes; locally a mail sink too."""
    keys = json.dumps({"partner": "ab" * 32})
    with running_stack(Path(tmp_path_factory.mktemp("guichet")), HMAC_KEYS=keys) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def template(stack: Stack) -> str:
    """The name of a database with all migrations, of which others are copies."""
    name = f"template_{uuid4().hex}"
    superuser = await asyncpg.connect(stack.superuser)
    await superuser.execute(f"create database {name} owner guichet")
    await superuser.close()
    connection = await asyncpg.connect(stack.database(name))
    try:
        await migrate(connection)
        await connection.execute("insert into core.periods (month) values (date_trunc('month', current_date))")
    finally:
        await connection.close()
    return name


@pytest_asyncio.fixture
async def database(stack: Stack, template: str) -> AsyncIterator[str]:
    """A fresh database with all migrations, owned by the role `guichet`; gives its address."""
    name = f"test_{uuid4().hex}"
    superuser = await asyncpg.connect(stack.superuser)
    await superuser.execute(f"create database {name} owner guichet template {template}")
    yield stack.database(name)
    await superuser.execute(f"drop database {name} with (force)")
    await superuser.close()


def pytest_configure() -> None:
    """Refuse a stack that nobody knows."""
    if CHOSEN not in CHOICES:
        raise pytest.UsageError(f"GUICHET_TEST_STACK: {CHOSEN} is unknown; use one of {', '.join(CHOICES)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that carries the number of no rule; leave out what the chosen stack cannot show."""
    for item in items:
        for rule in item.iter_markers("rule"):
            check_numbers(rule.args, item.nodeid)
        for mark, only_on in ONLY_ON.items():
            if item.get_closest_marker(mark) and only_on != CHOSEN:
                item.add_marker(pytest.mark.skip(REASONS[mark]))
