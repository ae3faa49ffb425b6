import pytest

from producers.client import Publisher
from producers.seed import DECLARED_AT, SOURCE, Seeded, snapshots
from schemas.envelope import Record, decode
from schemas.events import MODELS
from schemas.events.reference import key
from schemas.topics import REFERENCE

COUNTS = Seeded(organisations=25, drivers=60, vehicles=250)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher("nowhere:1", SOURCE)


def test_each_snapshot_is_valid_and_under_its_own_key(publisher):
    for prepared in snapshots(publisher, COUNTS):
        event = decode(Record(REFERENCE, 0, 0, 0, prepared.key, prepared.value, prepared.headers), MODELS)
        assert event.invalid is None
        assert prepared.key == key(event.data).encode()


def test_there_are_as_many_snapshots_as_counted(publisher):
    keys = [prepared.key for prepared in snapshots(publisher, COUNTS)]
    assert len(set(keys)) == len(keys) == sum(COUNTS)


def test_seeding_again_says_the_same_so_that_it_changes_nothing(publisher):
    assert list(snapshots(publisher, COUNTS)) == list(snapshots(publisher, COUNTS))


def test_a_bigger_seed_begins_with_the_smaller_one(publisher):
    bigger = set(snapshots(publisher, Seeded(30, 100, 300)))
    assert set(snapshots(publisher, COUNTS)) < bigger


def test_what_comes_later_wins_over_made_up_data(publisher):
    first = next(snapshots(publisher, COUNTS))
    event = decode(Record(REFERENCE, 0, 0, 0, first.key, first.value, first.headers), MODELS)
    assert event.envelope.time == DECLARED_AT
