"""Numbered SQL migrations, each in its own transaction, one migrator at a time."""

from hashlib import sha256
from importlib.resources import files

import asyncpg

LOCK = 4_155_001
TABLE = """
create table if not exists public.guichet_migrations (
    number     int primary key,
    name       text not null,
    sha256     text not null,
    applied_at timestamptz not null default clock_timestamp()
)"""


class MigrationError(Exception):
    """The database was made by other migrations than these."""


async def migrate(connection: asyncpg.Connection) -> list[str]:
    """Apply the migrations that are missing, in order, and return their names.

    Raises:
        MigrationError: one that was applied has changed since.
    """
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    try:
        await connection.execute(TABLE)
        applied = {row["number"]: row["sha256"] for row in await connection.fetch("table public.guichet_migrations")}
        return [name for number, name, text in _migrations() if await _apply(connection, applied, number, name, text)]
    finally:
        await connection.execute("select pg_advisory_unlock($1)", LOCK)


def _migrations() -> list[tuple[int, str, str]]:
    folder = files(__package__).joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name[:4]), name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]


async def _apply(connection: asyncpg.Connection, applied: dict[int, str], number: int, name: str, text: str) -> bool:
    digest = sha256(text.encode()).hexdigest()
    if number in applied:
        if applied[number] != digest:
            raise MigrationError(f"DATABASE: {name} has changed since it was applied; add a new migration instead")
        return False
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute(
            "insert into public.guichet_migrations (number, name, sha256) values ($1, $2, $3)",
            number,
            name,
            digest,
        )
    return True
