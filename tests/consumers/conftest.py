"""A road on a fresh database, where the local source may speak; with what an inquiry needs, or empty."""

from collections.abc import AsyncIterator

import pytest

from infra.adapters.preparing import LOCAL, LOCAL_SOURCE, LOCAL_STACK
from tests.acceptance.builders import PRICES, driver, organisation, tariff
from tests.consumers.road import Road


@pytest.fixture
async def empty_road(database: str) -> AsyncIterator[Road]:
    road = Road(database)
    connection = await road.database.connection()
    await connection.execute(LOCAL_STACK)
    await connection.execute(LOCAL, LOCAL_SOURCE)
    yield road
    await road.close()


@pytest.fixture
def town() -> str:
    """The NEQ of the organisation that the road knows."""
    return str(TOWN["data"]["neq"])


@pytest.fixture
def known_licence() -> str:
    return str(DRIVER["data"]["licence"])


@pytest.fixture
async def road(empty_road: Road) -> Road:
    await empty_road.declare(TOWN, DRIVER, *TARIFFS)
    return empty_road


TOWN, DRIVER = organisation(), driver()
TARIFFS = [tariff(kind, amount, "2020-01-01") for kind, amount in PRICES.items()]
