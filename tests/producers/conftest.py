"""A local stack of its own, with made-up data: its tariffs must be the made-up ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.adapters.settings import Settings
from infra.cli.data import load, reference_applied
from infra.local_stack import api
from infra.local_stack.environment import environment
from infra.local_stack.home import Home
from producers.seed import Seeded
from tests.conftest import Stack

HMAC_KEYS = '{"example-partner": "' + "ab" * 32 + '"}'
SEEDED = Seeded(organisations=40, drivers=2_000, vehicles=1_000)


@pytest.fixture(scope="package")
def fresh_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack without data, which knows the secret of the made-up partner that signs."""
    home = Home.at(Path(tmp_path_factory.mktemp("upstream")))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home.path)
        patch.setenv("GUICHET_HMAC_KEYS", HMAC_KEYS)
        try:
            api.up(home, lambda _doing: None)
            env = environment(home)
            values = {name.removeprefix("GUICHET_").lower(): value for name, value in env.items()}
            yield Stack(home, env, Settings(_env_file=None, **values))
        finally:
            api.down(home)


@pytest.fixture(scope="package")
async def seeded_stack(fresh_stack: Stack) -> Stack:
    """The same stack once made-up data is applied."""
    await load(fresh_stack.settings, SEEDED, reference_applied)
    return fresh_stack
