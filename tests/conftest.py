"""Fixtures: one local stack for the whole run, a fresh database where a test wants one of its own."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from infra.adapters.postgres.migrate import migrate
from infra.adapters.settings import Settings
from infra.local_stack import api
from infra.local_stack.environment import environment
from infra.local_stack.home import Home
from infra.local_stack.postgresql import superuser_url
from tests.rule_mark import check_numbers


@dataclass(frozen=True)
class Stack:
    """A running local stack: its folder, its `GUICHET_*` variables and what they mean."""

    home: Home
    env: dict[str, str]
    settings: Settings

    @property
    def superuser(self) -> str:
        """The address of the cluster's superuser, for what only a test does."""
        return superuser_url(self.home)

    def database(self, name: str) -> str:
        """The address of another database of the cluster, as the role that owns it."""
        return self.env["GUICHET_DATABASE"].rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole local stack: Kafka, PostgreSQL, mail sink and Guichet's processes."""
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        del os.environ[name]
    home = Home.at(Path(tmp_path_factory.mktemp("guichet")))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home.path)
        patch.setenv("GUICHET_HMAC_KEYS", json.dumps({"partner": "ab" * 32}))
        try:
            api.up(home, lambda _doing: None)
            env = environment(home)
            yield Stack(home, env, Settings.of(env))
        finally:
            api.down(home)


@pytest_asyncio.fixture
async def database(stack: Stack) -> AsyncIterator[str]:
    """A fresh database with all migrations, owned by the role `guichet`; gives its address."""
    name = f"test_{uuid4().hex}"
    superuser = await asyncpg.connect(stack.superuser)
    await superuser.execute(f"create database {name} owner guichet")
    url = stack.database(name)
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection)
        await connection.execute("insert into core.periods (month) values (date_trunc('month', current_date))")
    finally:
        await connection.close()
    yield url
    await superuser.execute(f"drop database {name} with (force)")
    await superuser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that carries the number of no rule."""
    for item in items:
        for mark in item.iter_markers("rule"):
            check_numbers(mark.args, item.nodeid)
