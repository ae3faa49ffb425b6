"""Ids are derived from their cause, so that doing the work again gives the same (contract §4, design §1)."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import derived_id, uuid7

CAUSE = UUID("0190b4c1-7e2a-7c3d-8e4f-5a6b7c8d9e0f")
IDS, NAMES = st.uuids(), st.text(max_size=30)


def test_a_derived_id_stays_what_it_was():
    assert derived_id(CAUSE, "guichet.inquiry.answered.v1") == UUID("0190b4c1-7e2a-8662-8963-c189c7cb6134")


@given(IDS, NAMES)
def test_a_derived_id_is_a_uuid_of_version_8(cause, name):
    derived = derived_id(cause, name)
    assert (derived.version, derived.variant) == (8, RFC_4122)


@given(IDS, NAMES)
def test_a_derived_id_begins_as_its_cause(cause, name):
    assert derived_id(cause, name).bytes[:6] == cause.bytes[:6]


@given(IDS, NAMES, NAMES)
def test_another_name_gives_another_id(cause, name, other):
    assert (derived_id(cause, name) == derived_id(cause, other)) is (name == other)


@pytest.mark.parametrize("bit", range(80))
def test_each_bit_of_its_cause_counts_in_a_derived_id(bit):
    assert derived_id(UUID(int=CAUSE.int ^ 1 << bit), "n") != derived_id(CAUSE, "n")


@given(IDS)
def test_a_derived_id_is_not_its_cause(cause):
    assert derived_id(cause, "") != cause


MOMENTS, RANDOM = st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1)


@given(MOMENTS, RANDOM)
def test_a_new_id_is_a_uuid_of_version_7(now_ms, random_bits):
    made = uuid7(now_ms, random_bits)
    assert (made.version, made.variant, made.int >> 80) == (7, RFC_4122, now_ms)


@pytest.mark.parametrize("bit", range(74))
def test_each_of_the_74_random_bits_of_a_new_id_counts(bit):
    assert uuid7(0, 1 << bit) != uuid7(0, 0)
