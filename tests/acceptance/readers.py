"""Organisations to look at, and database roles that look: bound to one, to another, or to none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg

from tests.acceptance.builders import adjusted, licence, organisation, viewed
from tests.acceptance.outside import Outside
from tests.conftest import Stack

STORES = ("inquiries", "results", "charges", "consultations")
DENIED = asyncpg.InsufficientPrivilegeError
PASSWORD = "made-up"


class Place:
    """An organisation with an answered inquiry: adjusted, looked at, under a reference of its own."""

    def __init__(self, neq: str, inquiry: str) -> None:
        self.neq, self.inquiry = neq, inquiry


async def place(guichet: Outside) -> Place:
    declared = organisation()
    neq = declared["data"]["neq"]
    await guichet.declare(declared)
    inquiry = guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}, reference="dossier secret")
    await guichet.answer(inquiry)
    guichet.send(adjusted(inquiry, "-1.00"))
    await guichet.fact(guichet.send(viewed(str(uuid4()))).id)  # refused, and after it the row below is there
    await guichet.content_text(inquiry)
    return Place(neq, inquiry)


async def new_role(guichet: Outside) -> str:
    name = f"reader_{uuid4().hex}"
    await guichet.sql.execute(f"create role {name} login password '{PASSWORD}'")
    return name


@asynccontextmanager
async def logged_in(stack: Stack, role: str) -> AsyncIterator[asyncpg.Connection]:
    where = stack.env["GUICHET_DATABASE"].partition("@")[2]
    connection = await asyncpg.connect(f"postgresql://{role}:{PASSWORD}@{where}")
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def bound(stack: Stack, guichet: Outside, *neqs: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of a new role, bound to one organisation after the other."""
    role = await new_role(guichet)
    for neq in neqs:
        await guichet.sql.execute("select core.reader_scope($1, $2)", role, neq)
    async with logged_in(stack, role) as connection:
        yield connection


@asynccontextmanager
async def acting_as(stack: Stack, role: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the role of `guichet env` that has become another."""
    connection = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    try:
        await connection.execute(f"set role {role}")
        yield connection
    finally:
        await connection.close()


async def seen(connection: asyncpg.Connection, store: str) -> set[str | None]:
    """The organisations whose rows a reader sees in a store."""
    return {row["organisation"] for row in await connection.fetch(f"select organisation from read.{store}")}


async def content(connection: asyncpg.Connection, inquiry: str) -> Any:
    return await connection.fetchval("select read.result_content($1, 1, 'ABC1234')", inquiry)
