"""PostgreSQL over TLS, its certificate checked: in a container, since the local stack's server knows no TLS."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.adapters.postgres.connection import Database
from tests.cli.conftest import Run
from tests.security.certificates import Authority
from tests.stacks import POSTGRESQL_IMAGE

TURN_ON = """
cp /tls/server.crt /tls/server.key "$PGDATA"
chmod 600 "$PGDATA/server.key"
echo "ssl = on" >>"$PGDATA/postgresql.conf"
"""

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300)]


class Server(NamedTuple):
    """A server with TLS, and the authority behind its certificate."""

    address: str
    authority: Authority

    def checked(self, authority: Authority) -> str:
        """Its address for one who trusts an authority."""
        return f"{self.address}?sslmode=verify-full&sslrootcert={authority.certificate}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from testcontainers.community.postgres import PostgresContainer

    folder = Path(tmp_path_factory.mktemp("tls"))
    authority, script = Authority(folder, "authority"), folder / "tls.sh"
    issued = authority.issue("server")
    script.write_text(TURN_ON, encoding="utf-8")
    files = {issued.certificate: "/tls/server.crt", issued.key: "/tls/server.key"}
    files |= {script: "/docker-entrypoint-initdb.d/tls.sh"}
    volumes = [(str(here), there, "ro") for here, there in files.items()]
    with PostgresContainer(POSTGRESQL_IMAGE, volumes=volumes, driver=None) as container:
        yield Server(container.get_connection_url(), authority)


async def test_a_connection_goes_over_tls(server: Server) -> None:
    database = Database(server.checked(server.authority))
    connection = await database.connection()
    assert await connection.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
    await database.close()


@pytest.mark.parametrize("words", ["migrate", "source list"])
def test_a_server_whose_authority_is_not_ours_is_one_line(
    server: Server, guichet: Run, tmp_path: Path, words: str
) -> None:
    other = Authority(tmp_path, "other")
    settings = {"GUICHET_DATABASE": server.checked(other), "GUICHET_KAFKA": "127.0.0.1:1"}
    done = guichet(*words.split(), **settings)
    assert (done.code, done.err.count("\n")) == (2, 1), done
    assert "check sslmode and sslrootcert" in done.err
