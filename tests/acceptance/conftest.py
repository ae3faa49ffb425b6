"""One stack, one client from outside, tariffs for every service and one organisation for all tests."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.acceptance.builders import PRICES, organisation, service, session, tariff
from tests.acceptance.outside import Outside
from tests.acceptance.readers import Place, bound, place
from tests.conftest import Stack

BAD_ITEM = {"plate": "not a plate"}


@pytest.fixture(scope="session")
async def client(stack: Stack) -> AsyncIterator[Outside]:
    database = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    outside = Outside(stack.env["GUICHET_KAFKA"], database)
    yield outside
    outside.close()
    await database.close()


@pytest.fixture(scope="session")
async def before_tariffs(client: Outside) -> dict[str, str]:
    """What became of inquiries asked when no service had a tariff yet: the codes, and ANSWERED."""
    entitled, other = organisation(), organisation(services=[service("DRIVER_RECORD")])
    await client.declare(entitled, other)
    asker, stranger = entitled["data"]["neq"], other["data"]["neq"]
    kind = "OWNERSHIP_HISTORY"
    asked = {
        "good": client.ask(asker, kind, {"plate": "FAKE123"}),
        "bad item": client.ask(asker, kind, BAD_ITEM),
        "idle session, bad item": client.ask(asker, kind, BAD_ITEM, session=session(idle_minutes=16)),
        "not entitled": client.ask(stranger, kind, BAD_ITEM, session=session(idle_minutes=16)),
        "T": client.ask(asker, kind, {"plate": "FAKE123"}, environment="T"),
    }
    facts = {name: await client.fact(id_) for name, id_ in asked.items()}
    return {name: fact["data"].get("code", "ANSWERED") for name, fact in facts.items()}


@pytest.fixture(scope="session")
async def guichet(client: Outside, before_tariffs: dict[str, str]) -> Outside:
    """The client, once every service has its first tariff."""
    await client.declare(
        *[tariff(kind, amount, "2020-01-01", taxable=kind != "LICENCE_VALIDITY") for kind, amount in PRICES.items()]
    )
    return client


@pytest.fixture(scope="session")
async def town(guichet: Outside) -> str:
    """The NEQ of an organisation that may ask everything."""
    declared = organisation()
    await guichet.declare(declared)
    return str(declared["data"]["neq"])


@pytest.fixture(scope="session")
async def ours(guichet: Outside) -> Place:
    """An organisation with an answer that somebody looked at."""
    return await place(guichet)


@pytest.fixture(scope="session")
async def theirs(guichet: Outside) -> Place:
    """Another one."""
    return await place(guichet)


@pytest.fixture(scope="session")
async def reader(stack: Stack, guichet: Outside, ours: Place) -> AsyncIterator[asyncpg.Connection]:
    """A connection of a role that is bound to our organisation."""
    async with bound(stack, guichet, ours.neq) as connection:
        yield connection
