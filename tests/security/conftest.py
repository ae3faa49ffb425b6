"""A broker that asks who one is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local_stack.home import Home
from tests.cli.conftest import guichet  # noqa: F401 -- a fixture: runs a command line
from tests.security.broker import Secured, secured_broker


@pytest.fixture(scope="package")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_broker(Home.at(Path(tmp_path_factory.mktemp("secured")))) as broker:
        yield broker
