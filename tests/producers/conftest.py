"""A stack of its own, with made-up data: its tariffs must be the made-up ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cli.data import load, reference_applied
from producers.seed import Seeded
from tests.stacks import Stack, running_stack

HMAC_KEYS = '{"example-partner": "' + "ab" * 32 + '"}'
SEEDED = Seeded(organisations=40, drivers=2_000, vehicles=1_000)


@pytest.fixture(scope="package")
def fresh_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack without data, which knows the secret of the made-up partner that signs."""
    with running_stack(Path(tmp_path_factory.mktemp("upstream")), HMAC_KEYS=HMAC_KEYS) as stack:
        yield stack


@pytest.fixture(scope="package")
async def seeded_stack(fresh_stack: Stack) -> Stack:
    """The same stack once made-up data is applied."""
    await load(fresh_stack.settings, SEEDED, reference_applied)
    return fresh_stack
