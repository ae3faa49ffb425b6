"""`guichet seed` on a real stack."""

import asyncpg
import orjson
import pytest
import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from typer.testing import CliRunner

from infra.adapters.settings import SettingsError
from infra.cli import data
from infra.cli.output import ServiceAway
from producers.seed import Seeded
from schemas.topics import REFERENCE
from tests.producers.conftest import SEEDED

PROGRESS = """
select sum(effects) as effects, sum(ignored) as ignored, sum(refusals) as refusals
from core.progress where topic = $1"""


@pytest.fixture
def guichet(fresh_stack, monkeypatch, tmp_path):
    """Runs a command line in the stack's environment; gives its result."""
    app = typer.Typer()
    app.callback()(lambda: None)
    data.register(app)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **env):
        return CliRunner().invoke(app, arguments, env=fresh_stack.env | env)

    return run


async def committed_and_ends(kafka):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        committed = {
            place: one.offset for place, one in (await admin.list_consumer_group_offsets("guichet.reference")).items()
        }
    finally:
        await admin.close()
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
        places = [TopicPartition(REFERENCE, partition) for partition in consumer.partitions_for_topic(REFERENCE) or ()]
        ends = await consumer.end_offsets(places or list(committed))
    return committed, ends


async def test_seed_returns_once_everything_is_applied(fresh_stack):
    await data.load(fresh_stack.settings, SEEDED, data.reference_applied)
    committed, ends = await committed_and_ends(fresh_stack.env["GUICHET_KAFKA"])
    assert committed == {place: end for place, end in ends.items() if end}


async def counts(stack):
    """What became of the records of guichet.reference so far."""
    connection = await asyncpg.connect(stack.env["GUICHET_DATABASE"])
    try:
        return await connection.fetchrow(PROGRESS, REFERENCE)
    finally:
        await connection.close()


async def test_seeding_twice_changes_and_refuses_nothing(fresh_stack):
    await data.load(fresh_stack.settings, SEEDED, data.reference_applied)
    before = await counts(fresh_stack)
    await data.load(fresh_stack.settings, SEEDED, data.reference_applied)
    after = await counts(fresh_stack)
    assert after["ignored"] == before["ignored"] + sum(SEEDED)
    assert (after["effects"], after["refusals"]) == (before["effects"], 0)


def test_seed_counts_what_it_loaded(guichet):
    done = guichet("seed", "--organisations", "2", "--drivers", "3", "--vehicles", "4", "--json")
    assert done.exit_code == 0
    assert orjson.loads(done.stdout) == Seeded(2, 3, 4)._asdict()


def test_seed_tells_a_person_too(guichet):
    assert (
        "2 organisations, 3 drivers, 4 vehicles"
        in guichet("seed", "--organisations", "2", "--drivers", "3", "--vehicles", "4").stdout
    )


def test_seed_without_kafka_says_what_to_do(guichet, monkeypatch):
    monkeypatch.setattr("producers.sending.CONNECT_WITHIN_S", 0.5)
    error = guichet("seed", GUICHET_KAFKA="127.0.0.1:1").exception
    assert isinstance(error, ServiceAway)
    assert "does not answer" in str(error)


def test_seed_without_settings_names_the_one_that_is_missing(guichet):
    error = guichet("seed", GUICHET_KAFKA="").exception
    assert isinstance(error, SettingsError)
    assert str(error).startswith("GUICHET_KAFKA: is not set")


@pytest.mark.parametrize("option", ["--organisations", "--drivers", "--vehicles"])
def test_a_negative_number_is_wrong_usage(guichet, option):
    assert guichet("seed", option, "-1").exit_code == 2


async def test_a_reference_process_that_does_not_apply_is_named(fresh_stack, monkeypatch):
    monkeypatch.setattr(data, "APPLIED_WITHIN_S", 0.5)
    monkeypatch.setattr(data, "REFERENCE_GROUP", "nobody")
    with pytest.raises(ServiceAway, match="reference: has not applied"):
        await data.reference_applied(fresh_stack.settings)
