"""Adding an event type touches its model, its topic, its decision, its rows and their SQL: none may be forgotten."""

import inspect

import pytest

from consumers.desks import INPUTS, desks
from consumers.inquiries import DECISIONS
from handlers.inquiries import rows as inquiry_rows
from handlers.reference.decide import KEY_FORMS, SnapshotRow
from infra.adapters.postgres.statements import statements
from infra.cli.running import PROCESSES
from schemas.events import IN, INSIDE
from schemas.events.reference import KEY_PREFIX
from schemas.topics import GROUPS, TYPE_TOPIC

DESKS = desks(b"k" * 32)
KINDS = [prefix.rstrip(":") for prefix in KEY_PREFIX.values()]


def test_each_event_that_is_served_stands_on_the_desk_of_its_topic() -> None:
    places = {event_type: desk.topic for desk in DESKS.values() for event_type in desk.models}
    assert places == {event_type: TYPE_TOPIC[event_type] for event_type in IN | INSIDE}


def test_each_desk_is_a_group_with_its_own_topic_and_process() -> None:
    assert [(desk.group, desk.topic) for desk in DESKS.values()] == list(INPUTS)
    assert {group.removeprefix("guichet.") for group in DESKS} <= PROCESSES.keys()
    assert all(GROUPS[group] == desk.topic for group, desk in DESKS.items())


def test_each_event_about_inquiries_has_its_decision() -> None:
    assert DECISIONS.keys() == DESKS["guichet.inquiries"].models.keys()


def test_each_row_has_a_writer() -> None:
    classes = [row for _, row in inspect.getmembers(inquiry_rows, inspect.isclass)]
    made = {row for row in classes if row.__module__ == inquiry_rows.__name__}
    assert made == DESKS["guichet.inquiries"].writers.keys()
    assert DESKS["guichet.reference"].writers.keys() == {SnapshotRow}


@pytest.mark.parametrize("kind", KINDS)
def test_each_snapshot_can_be_put_and_withdrawn_and_has_a_form_of_key(kind: str) -> None:
    assert {f"put_{kind}", f"withdraw_{kind}"} <= statements("reference").keys()
    assert f"{kind}:" in KEY_FORMS
