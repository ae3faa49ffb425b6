"""Command lines, run in this process; and one stack with made-up data for those that need one."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from infra.cli.data import load, reference_applied
from infra.cli.main import main
from producers.seed import Seeded
from tests.stacks import Stack, running_stack

SEEDED = Seeded(organisations=5, drivers=50, vehicles=50)


class Done(NamedTuple):
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def guichet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line as a new user does: in an empty folder, with no settings but those given."""
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*words: object, **settings: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["guichet", *map(str, words)])
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture(scope="package")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack of its own with made-up data."""
    with running_stack(Path(tmp_path_factory.mktemp("cli"))) as stack:
        asyncio.run(load(stack.settings, SEEDED, reference_applied))
        yield stack


@pytest.fixture
def on_stack(guichet: Run, seeded: Stack) -> Run:
    """Runs a command line with the settings that `guichet env` gives."""

    def run(*words: object, **settings: str) -> Done:
        return guichet(*words, **(seeded.env | settings))

    return run


@pytest.fixture
def sql(seeded: Stack) -> Callable[..., list[dict[str, Any]]]:
    """Runs a statement as the role of `guichet env`; gives its rows."""

    async def fetch(statement: str, *values: object) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(seeded.env["GUICHET_DATABASE"])
        try:
            return [dict(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    return lambda statement, *values: asyncio.run(fetch(statement, *values))
