"""Refused at entry (contract §4): who may ask what."""

from datetime import timedelta
from itertools import combinations

import pytest

from handlers.inquiries.decide import decide_inquiry
from tests.handlers.builders import (
    BLOCKS,
    KINDS,
    LICENCE,
    NEQ,
    NOON,
    OTHER_NEQ,
    code,
    entitlement,
    inquiry,
    known,
    organisation,
    price,
    session,
)
from tests.rule_mark import rule

MINUTES_15 = timedelta(minutes=15)
MICROSECOND = timedelta(microseconds=1)
TOO_LATE = session(idle=MINUTES_15 + MICROSECOND)
FAULTS = {
    "ORGANISATION": {"asked": {"organisation": OTHER_NEQ}},
    "NOT_IN_SERVICE": {"organisation": {"in_service_from": None}},
    "NO_BILLING_ACCOUNT": {"organisation": {"billing_account_open": False}},
    "NOT_ENTITLED": {"organisation": {"services": {}}},
    "SESSION": {"asked": {"session": TOO_LATE}},
    "NO_TARIFF": {"known": {"tariffs": {}}},
    "ITEM_FORM": {"asked": {"items": [{"licence": "X"}]}},
}
"""What is enough for each code, in the order of the contract."""
REAL_ONLY = ("NOT_IN_SERVICE", "NO_BILLING_ACCOUNT", "NO_TARIFF")


def refused(*codes, environment="P"):
    """Refuse an inquiry in which all that these codes stand for is wrong."""
    asked, meets, whose = ({}, {}, {})
    for one in codes:
        asked |= FAULTS[one].get("asked", {})
        meets |= FAULTS[one].get("known", {})
        whose |= FAULTS[one].get("organisation", {})
    organisations = {NEQ: organisation(**whose)}
    return code(inquiry(environment=environment, **asked), known(organisations=organisations, **meets))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_right_is_not_refused(kind):
    assert code(inquiry(kind), known()) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "ORGANISATION",
        pytest.param("NOT_IN_SERVICE", marks=rule("P-02", "E-24")),
        pytest.param("NO_BILLING_ACCOUNT", marks=rule("E-15")),
        pytest.param("NOT_ENTITLED", marks=rule("P-06")),
        pytest.param("SESSION", marks=rule("P-50")),
        "NO_TARIFF",
        "ITEM_FORM",
    ],
)
def test_each_thing_that_is_wrong_has_its_code(wrong):
    assert refused(wrong) == wrong


@pytest.mark.parametrize(("first", "second"), list(combinations(FAULTS, 2)))
def test_the_first_code_in_the_contracts_order_counts(first, second):
    assert refused(first, second) == first


def test_of_everything_wrong_the_unknown_organisation_counts():
    assert refused(*FAULTS) == "ORGANISATION"


@pytest.mark.parametrize("skipped", REAL_ONLY)
def test_environment_t_skips_what_concerns_bills_only(skipped):
    assert refused(skipped, environment="T") is None


@pytest.mark.parametrize("wrong", [wrong for wrong in FAULTS if wrong not in REAL_ONLY])
def test_environment_t_is_refused_for_everything_else(wrong):
    assert refused(wrong, *REAL_ONLY, environment="T") == wrong


@rule("P-06")
@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_is_not_in_the_agreement_is_refused(kind):
    others = {other: entitlement() for other in KINDS if other != kind}
    assert code(inquiry(kind), known(organisations={NEQ: organisation(services=others)})) == "NOT_ENTITLED"


@rule("E-18")
@pytest.mark.parametrize(
    ("channels", "expected"),
    [((), "NOT_ENTITLED"), (("FILE", "FORM"), "NOT_ENTITLED"), (("EVENT",), None), (("FILE", "EVENT"), None)],
)
def test_an_event_needs_the_channel_event(channels, expected):
    services = {"DRIVER_RECORD": entitlement(channels)}
    assert code(inquiry("DRIVER_RECORD"), known(organisations={NEQ: organisation(services=services)})) == expected


@rule("P-22")
@pytest.mark.parametrize("asked", [[block] for block in BLOCKS] + [list(BLOCKS), [], None])
@pytest.mark.parametrize("allowed", [(), ("MENTIONS",), BLOCKS])
def test_every_block_asked_must_be_in_the_agreement(asked, allowed):
    services = {"LICENCE_VALIDITY": entitlement(blocks=allowed)}
    meets = known(organisations={NEQ: organisation(services=services)})
    expected = None if set(asked or ()) <= set(allowed) else "NOT_ENTITLED"
    assert code(inquiry("LICENCE_VALIDITY", blocks=asked), meets) == expected


def test_an_attestation_is_not_offered_yet():
    items = [{"law": "C-24.2", "article": "327", "as_of": "2026-11-01", "licence": LICENCE}]
    assert code(inquiry("ATTESTATION", items), known()) == "NOT_ENTITLED"


@rule("P-50")
@pytest.mark.parametrize(
    ("idle", "expected"),
    [(timedelta(0), None), (MINUTES_15, None), (MINUTES_15 + MICROSECOND, "SESSION"), (timedelta(days=1), "SESSION")],
)
def test_a_session_is_over_after_more_than_15_minutes(idle, expected):
    assert code(inquiry(session=session(idle)), known()) == expected


@rule("P-50")
def test_the_events_own_time_and_not_its_reception_ends_a_session():
    asked = inquiry(session=session(at=NOON), time=NOON, received_at=NOON + timedelta(hours=1))
    assert code(asked, known()) is None


def test_no_session_is_no_reason_to_refuse():
    assert code(inquiry(session=None), known()) is None


def test_a_tariff_of_another_service_does_not_help():
    meets = known(tariffs={"VEHICLE_RECORD": [price("1.00")]})
    assert code(inquiry("DRIVER_RECORD"), meets) == "NO_TARIFF"


def test_a_refusal_is_neither_answered_nor_billed():
    decision = decide_inquiry(inquiry(organisation=OTHER_NEQ), known(), NOON)
    assert [type(row).__name__ for row in decision.rows] == ["InquiryRow"]
    assert [fact.type for fact in decision.facts] == ["guichet.inquiry.refused.v1"]
