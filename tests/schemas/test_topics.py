"""Every topic, what it is made with, and where each type belongs (contract §1)."""

import pytest

from schemas.events import IN, OUT
from schemas.topics import GROUPS, OUTCOMES, TOPICS, TYPE_TOPIC, dlq

MIB = 1024 * 1024
WEEK = str(7 * 24 * 3600 * 1000)
INPUTS = ["reference", "submissions", "notices", "inquiries", "subscriptions"]
GROUP_NAMES = [
    *("reference", "reception", "files", "notices", "inquiries", "subscriptions", "internal", "projections", "notifier")
]
CONFIG = {spec.name: spec.config() for spec in TOPICS}


def test_there_are_these_topics_and_no_other():
    own = [f"guichet.{name}" for name in (*INPUTS, "outcomes", "mail", "internal")]
    assert [spec.name for spec in TOPICS] == own + [f"guichet.{name}.dlq" for name in GROUP_NAMES]


def test_there_are_these_groups_and_no_other():
    assert list(GROUPS) == [f"guichet.{name}" for name in GROUP_NAMES]


@pytest.mark.parametrize(
    ("group", "topic"),
    [
        ("reference", "reference"),
        ("reception", "submissions"),
        ("files", "submissions"),
        ("notices", "notices"),
        ("inquiries", "inquiries"),
        ("subscriptions", "subscriptions"),
        ("internal", "internal"),
        ("projections", "outcomes"),
        ("notifier", "mail"),
    ],
)
def test_each_group_reads_its_topic(group, topic):
    assert GROUPS[f"guichet.{group}"] == f"guichet.{topic}"


def test_dead_letters_are_named_after_their_group():
    assert dlq("guichet.inquiries") == "guichet.inquiries.dlq"


@pytest.mark.parametrize("name", CONFIG)
def test_every_topic_stamps_the_log_append_time(name):
    assert CONFIG[name]["message.timestamp.type"] == "LogAppendTime"


def test_only_reference_is_compacted():
    assert [name for name, config in CONFIG.items() if config["cleanup.policy"] != "delete"] == ["guichet.reference"]
    assert CONFIG["guichet.reference"]["cleanup.policy"] == "compact"


def test_outcomes_are_kept_for_ever():
    assert (CONFIG[OUTCOMES]["retention.ms"], CONFIG[OUTCOMES]["retention.bytes"]) == ("-1", "-1")


@pytest.mark.parametrize("name", [name for name in CONFIG if name not in {OUTCOMES, "guichet.reference"}])
def test_everything_else_is_kept_7_days_whatever_its_size(name):
    assert (CONFIG[name]["retention.ms"], CONFIG[name]["retention.bytes"]) == (WEEK, "-1")


@pytest.mark.parametrize("name", [f"guichet.{name}" for name in INPUTS])
def test_an_input_takes_a_record_of_1_mib_but_not_of_2(name):
    assert MIB < int(CONFIG[name]["max.message.bytes"]) < 2 * MIB


@pytest.mark.parametrize("name", [OUTCOMES, *(f"guichet.{name}.dlq" for name in GROUP_NAMES)])
def test_outcomes_and_dead_letters_take_2_mib(name):
    assert 2 * MIB < int(CONFIG[name]["max.message.bytes"]) < 3 * MIB


def test_a_type_is_named_as_the_contract_says():
    assert [name for name in TYPE_TOPIC if not name.startswith("guichet.") or not name.endswith(".v1")] == []


@pytest.mark.parametrize(
    ("topic", "things"),
    [
        ("reference", "organisation.declared driver.declared vehicle.declared tariff.declared provision.declared"),
        ("reference", "source.declared"),
        ("submissions", "file.submitted"),
        ("notices", "notice.submitted"),
        ("inquiries", "inquiry.requested attestation.analysed attestation.posted attestation.corrected"),
        ("inquiries", "result.viewed charge.adjusted"),
        ("outcomes", "file.received file.refused file.acknowledged file.failed notice.accepted notice.rejected"),
        ("outcomes", "sanction.raised sanction.lifted inquiry.answered inquiry.refused inquiry.late"),
        ("outcomes", "attestation.pending attestation.issued attestation.overdue attestation.refused"),
        ("outcomes", "statement.issued tariff.refused charge.adjustment-refused result.view-refused"),
        ("outcomes", "mail.sent mail.failed mail.unknown"),
    ],
)
def test_a_type_is_sent_to_its_topic(topic, things):
    assert {TYPE_TOPIC[f"guichet.{thing}.v1"] for thing in things.split()} == {f"guichet.{topic}"}


@pytest.mark.parametrize("event_type", OUT)
def test_a_fact_that_is_served_has_the_topic_of_facts_or_an_inputs_name(event_type):
    assert event_type in IN or TYPE_TOPIC[event_type] == OUTCOMES
