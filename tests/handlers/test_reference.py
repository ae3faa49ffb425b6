"""The newest snapshot of a key is held (contract §2, §3)."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.decision import Effect
from handlers.reference.decide import Held, Known, SnapshotRow
from tests.handlers.builders import NOON
from tests.handlers.snapshots import KEYS, decide, decide_all, snapshot, withdrawal

KEY = KEYS["driver"]
MICROSECOND = 1 / 60_000_000


def held(minutes=0, n=1):
    return Held(NOON + timedelta(minutes=minutes), UUID(int=n))


@pytest.mark.parametrize("kind", KEYS)
def test_a_first_snapshot_is_held_with_its_values(kind):
    arrival = snapshot(kind)
    (row,) = decide(arrival).rows
    assert row[:3] == (kind, KEYS[kind], held())
    assert row.values == arrival.event.data.model_dump(mode="json", by_alias=True)


def test_dates_and_amounts_are_held_as_texts():
    (row,) = decide(snapshot("tariff")).rows
    assert (row.values["amount"], row.values["effective_from"]) == ("12.50", "2026-12-01")


def test_a_use_is_held_under_the_contracts_name():
    (row,) = decide(snapshot("vehicle")).rows
    assert row.values["uses"] == [{"use": "PROMENADE", "from": "2020-05-01", "to": None}]


@pytest.mark.parametrize("kind", KEYS)
def test_a_tombstone_withdraws(kind):
    assert decide(withdrawal(kind)).rows == (SnapshotRow(kind, KEYS[kind], held(), None),)


@pytest.mark.parametrize("make", [snapshot, withdrawal])
@pytest.mark.parametrize(
    ("minutes", "n", "effect"),
    [
        (-1, 9, Effect.IGNORED),
        (-MICROSECOND, 9, Effect.IGNORED),
        (0, 4, Effect.IGNORED),
        (0, 5, Effect.IGNORED),
        (0, 6, Effect.EFFECT),
        (MICROSECOND, 1, Effect.EFFECT),
    ],
)
def test_the_later_time_counts_and_at_equal_times_the_greater_id(make, minutes, n, effect):
    decision = decide(make(minutes=minutes, n=n), Known({KEY: held(n=5)}))
    assert (decision.effect, len(decision.rows)) == (effect, 1 if effect is Effect.EFFECT else 0)


def test_what_is_ignored_tells_nothing():
    assert decide(snapshot(minutes=-1), Known({KEY: held()})).facts == ()


def test_an_older_snapshot_does_not_revive_what_is_withdrawn():
    assert decide_all(snapshot(), withdrawal(minutes=5), snapshot(minutes=3, n=9))[1] == {KEY: None}


def test_a_newer_snapshot_revives_what_is_withdrawn():
    assert decide_all(withdrawal(minutes=5), snapshot(minutes=6, first_name="Anne"))[1][KEY]["first_name"] == "Anne"


def test_another_key_is_another_snapshot():
    known = Known({KEYS["vehicle"]: held(minutes=9)})
    assert decide(snapshot("driver"), known).effect is Effect.EFFECT


INSTANTS = st.tuples(st.integers(-3, 3), st.integers(1, 4))
"""Minutes and ids: few, so that they meet."""
STREAMS = st.dictionaries(INSTANTS, st.none() | st.sampled_from(["Anne", "Zoé"]), min_size=1, max_size=12)


def told(stream):
    return [
        withdrawal(minutes=m, n=n) if name is None else snapshot("driver", m, n, first_name=name)
        for (m, n), name in stream
    ]


@given(STREAMS, st.randoms())
def test_any_order_of_snapshots_leaves_the_newest(stream, chance):
    newest, name = max(stream.items())
    mixed = chance.sample(sorted(stream.items(), key=str), len(stream))
    known, standing = decide_all(*told(mixed))
    assert known.held == {KEY: held(*newest)}
    assert (standing[KEY] and standing[KEY]["first_name"]) == name


@given(STREAMS, st.randoms())
def test_any_repetition_of_snapshots_changes_nothing(stream, chance):
    items = sorted(stream.items(), key=str)
    repeated = chance.choices(items, k=len(items)) + items
    assert decide_all(*told(repeated)) == decide_all(*told(items))
