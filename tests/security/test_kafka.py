"""Kafka with SASL over TLS, and with certificates: each client library comes in, and nobody else does."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from faststream.kafka import KafkaBroker

from infra.adapters.kafka.connection import for_aiokafka, for_faststream, for_librdkafka
from infra.adapters.kafka.lag import LagReader
from infra.adapters.kafka.topics import make_topics
from infra.local_stack.home import free_ports
from infra.local_stack.services import Service, answers
from producers import made_up
from schemas.topics import MAIL, OUTCOMES
from tests.acceptance.outside import wait_for
from tests.cli.conftest import Done, Run
from tests.security.broker import KINDS, PASSWORD, Secured
from tests.security.certificates import Authority

KEYS = {"GUICHET_DEAD_LETTER_KEY": "ab" * 32, "GUICHET_TOKEN_KEY": "cd" * 32}
SEED = ("--organisations", "1", "--drivers", "1", "--vehicles", "0")
QUESTION = ("LICENCE_VALIDITY", "--organisation", made_up.organisation(0)["neq"], "--blocks", "CONDITIONS")

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
by_each_kind = pytest.mark.parametrize("kind", KINDS)


async def count(secured: Secured, topic: str, kind: str = "SSL") -> int:
    """How many records a topic holds, as aiokafka is told."""
    async with LagReader(for_aiokafka(secured.settings(kind))) as reader:
        return sum((await reader.end_offsets(topic)).values())


@by_each_kind
async def test_librdkafka_publishes_and_aiokafka_reads(secured: Secured, kind: str) -> None:
    settings = secured.settings(kind)
    await make_topics(for_librdkafka(settings), 1, 1)
    before = await count(secured, MAIL, kind)
    producer = Producer(for_librdkafka(settings))
    producer.produce(MAIL, b"{}")
    assert producer.flush(20) == 0
    assert await count(secured, MAIL, kind) == before + 1


@by_each_kind
async def test_faststream_connects(secured: Secured, kind: str) -> None:
    async with KafkaBroker(**for_faststream(secured.settings(kind))) as broker:
        await broker.start()
        assert await broker.ping(timeout=20)


@pytest.fixture
def settings(secured: Secured, database: str) -> dict[str, str]:
    """What all of Guichet's processes need to work on this broker."""
    return secured.env("SCRAM-SHA-512") | KEYS | {"GUICHET_DATABASE": database}


async def told(secured: Secured) -> int:
    """Wait for facts; gives how many there are."""
    return await wait_for(lambda: count(secured, OUTCOMES), "a fact")


@pytest.fixture
def processes(settings: dict[str, str], guichet: Run, tmp_path: Path) -> Iterator[None]:
    """What an inquiry needs, under one process id."""
    assert guichet("migrate", "--local", **settings).code == 0
    [port], log = free_ports(1), tmp_path / "log"
    command = [sys.executable, "-m", "infra.cli.main", "run", "reference", "inquiries", "relay"]
    service = Service("all", command, port, settings | {"GUICHET_HTTP_PORT": str(port)})
    with (
        log.open("wb") as said,
        subprocess.Popen(command, env=os.environ | dict(service.env), stdout=said, stderr=said) as running,
    ):
        while not answers(service):
            assert running.poll() is None, log.read_text(encoding="utf-8")
        yield
        running.terminate()


def test_an_inquiry_is_answered(guichet: Run, secured: Secured, settings: dict[str, str], processes: None) -> None:
    assert guichet("seed", *SEED, **settings).code == 0
    done = guichet("ask", *QUESTION, "--json", made_up.licence(0), **settings)
    assert (done.code, done.document["status"]) == (0, "ANSWERED")
    assert asyncio.run(told(secured)) == 1


def assert_one_line(done: Done, said: str, code: int = 2) -> None:
    assert (done.code, done.err.count("\n")) == (code, 1), done
    assert said in done.err
    assert PASSWORD not in done.err


@pytest.fixture
def migrate(guichet: Run, database: str, secured: Secured) -> Run:
    """Runs `guichet migrate` with changes to the settings of a kind."""

    def run(kind: str, **changes: str) -> Done:
        return guichet("migrate", **secured.env(kind, **changes), GUICHET_DATABASE=database)

    return run


@pytest.mark.parametrize("change", [{"KAFKA_PASSWORD": "wrong"}, {"KAFKA_USERNAME": f"nobody-{uuid4()}"}], ids=str)
def test_a_wrong_password_is_one_line(migrate: Run, change: dict[str, str]) -> None:
    assert_one_line(migrate("SCRAM-SHA-512", **change), "KAFKA_USERNAME and KAFKA_PASSWORD")


@by_each_kind
def test_a_broker_whose_authority_is_not_ours_is_one_line(migrate: Run, tmp_path: Path, kind: str) -> None:
    other = Authority(tmp_path, "other")
    assert_one_line(migrate(kind, KAFKA_CA=str(other.certificate)), "check KAFKA_CA")


def test_a_certificate_that_the_broker_does_not_trust_is_one_line(
    migrate: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.adapters.kafka.topics.ANSWER_WITHIN_S", 3)
    theirs = Authority(tmp_path, "other").issue("stranger")
    done = migrate("SSL", KAFKA_CERT=str(theirs.certificate), KAFKA_KEY=str(theirs.key))
    assert_one_line(done, "check its address and KAFKA_CA, KAFKA_CERT", code=3)


@pytest.fixture
def run_with_authority(guichet: Run, secured: Secured, tmp_path: Path) -> Run:
    """Runs `guichet run` with a file as the authority."""

    def run(content: str | None) -> Done:
        path = tmp_path / "authority.pem"
        if content is not None:
            path.write_text(content, encoding="utf-8")
        settings = KEYS | {"GUICHET_DATABASE": "postgresql://127.0.0.1:1/none"}
        return guichet("run", "relay", **secured.env("SSL", KAFKA_CA=str(path)), **settings)

    return run


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "no certificate"])
def test_an_authority_that_is_none_is_named(run_with_authority: Run, content: str | None) -> None:
    assert_one_line(run_with_authority(content), "GUICHET_KAFKA_CA: ")
