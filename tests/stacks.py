"""A running stack: the local one, or with GUICHET_TEST_STACK=containers Kafka and PostgreSQL in containers."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.adapters.settings import Settings
from infra.local_stack import api
from infra.local_stack.environment import environment
from infra.local_stack.home import Home
from infra.local_stack.postgresql import superuser_url

LOCAL, CONTAINERS = "local", "containers"
KAFKA_IMAGE, POSTGRESQL_IMAGE = "apache/kafka:4.1.0", "postgres:17"
CHOICES = (LOCAL, CONTAINERS)
CHOSEN = os.environ.get("GUICHET_TEST_STACK", LOCAL)


@dataclass(frozen=True)
class Stack:
    """A running stack: its folder, its `GUICHET_*` variables and what they mean."""

    home: Home
    env: dict[str, str]
    settings: Settings
    superuser_elsewhere: str = ""

    @property
    def superuser(self) -> str:
        """The address of the cluster's superuser, for what only a test does."""
        return self.superuser_elsewhere or superuser_url(self.home)

    def database(self, name: str) -> str:
        """The address of another database of the cluster, as the role that owns it."""
        return self.env["GUICHET_DATABASE"].rpartition("/")[0] + f"/{name}"


@contextmanager
def running_stack(folder: Path, **given: str) -> Iterator[Stack]:
    """Run a stack in a folder, with the settings given and no others, and stop it in the end."""
    home = Home.at(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GUICHET_")]:
            patch.delenv(name)
        for name, value in given.items():
            patch.setenv(f"GUICHET_{name}", value)
        patch.chdir(home.path)
        with _chosen()(home) as stack:
            yield stack


def _chosen() -> Callable[[Home], AbstractContextManager[Stack]]:
    """Give what runs a stack; what containers need is imported only for them."""
    if CHOSEN == LOCAL:
        return on_this_machine
    from tests.containers import on_containers

    return on_containers


@contextmanager
def on_this_machine(home: Home) -> Iterator[Stack]:
    """Run everything as `guichet up` does."""
    try:
        api.up(home, lambda _doing: None)
        env = environment(home)
        yield Stack(home, env, Settings.of(env))
    finally:
        api.down(home)
