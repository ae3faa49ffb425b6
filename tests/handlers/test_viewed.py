"""A portal tells that a result was seen (P-09, X-05)."""

from datetime import timedelta

import pytest

from handlers.decision import Effect
from handlers.inquiries.follow_ups import decide_viewed
from handlers.inquiries.rows import ConsultationRow, InquiryRow
from tests.handlers.builders import ID, NEQ, NOON, OTHER_NEQ, known, session, source
from tests.handlers.follow_ups import ASKED, ITEM, cause, told, viewed
from tests.rule_mark import rule

MINUTES_15 = timedelta(minutes=15)
SEEN = known(results={(ASKED, 2): NEQ})
TOO_LATE = session(idle=MINUTES_15 + timedelta(microseconds=1))
REFUSED = "guichet.result.view-refused.v1"


def decide(arrival, meets=SEEN):
    return decide_viewed(arrival, meets, NOON)


def consultations(decision):
    return [row for row in decision.rows if isinstance(row, ConsultationRow)]


@rule("P-09", "X-05")
@pytest.mark.parametrize("action", ["VIEW", "DOWNLOAD"])
def test_a_consultation_says_who_saw_what_when_and_by_whom_it_was_told(action):
    decision = decide(viewed(action=action, received_at=NOON - timedelta(minutes=1)))
    told_at = NOON - timedelta(minutes=1)
    assert consultations(decision) == [ConsultationRow(told_at, ASKED, 2, "E1", action, "urn:essai")]


def test_a_consultation_is_an_effect_without_a_fact():
    decision = decide(viewed())
    assert (decision.effect, decision.facts) == (Effect.EFFECT, ())


@pytest.mark.parametrize("meets", [SEEN, known()])
def test_the_event_takes_its_id_in_the_inquiries_space(meets):
    arrival = viewed()
    (row,) = [row for row in decide(arrival, meets).rows if isinstance(row, InquiryRow)]
    assert (row.inquiry_id, row.source_no, row.digest) == (ID, 7, arrival.event.digest)
    assert (row.status, row.kind, row.items) == ("FOLLOW_UP", None, 0)


@pytest.mark.parametrize("other", [{"item": 1}, {"item": 3}, {"inquiry": str(ID)}])
def test_a_result_that_is_unknown_is_refused(other):
    decision = decide(viewed(result=ITEM | other))
    assert told(decision) == (REFUSED, ITEM | other | {"code": "RESULT"})
    assert (decision.effect, consultations(decision)) == (Effect.REFUSAL, [])


def test_the_inquirys_id_may_be_in_capitals():
    decision = decide(viewed(result={"inquiry": str(ASKED).upper(), "item": 2}))
    assert [row.inquiry_id for row in consultations(decision)] == [ASKED]


@pytest.mark.parametrize("roles", [(), ("PARTNER", "ANALYST", "SAAQ")])
@pytest.mark.parametrize("meets", [SEEN, known()])
def test_only_a_portal_may_tell_it(roles, meets):
    assert cause(decide(viewed(source(roles=roles)), meets)) == "SOURCE"


def test_a_portal_speaks_for_its_organisations_only():
    assert cause(decide(viewed(source(organisations=[OTHER_NEQ])))) == "SOURCE"


def test_a_portal_may_speak_for_the_organisation_that_asked():
    assert len(consultations(decide(viewed(source(organisations=[OTHER_NEQ, NEQ]))))) == 1


@rule("P-50")
def test_a_session_idle_for_15_minutes_is_still_open():
    assert len(consultations(decide(viewed(session=session(MINUTES_15))))) == 1


@rule("P-50")
@pytest.mark.parametrize("meets", [SEEN, known()])
def test_a_session_idle_for_longer_is_over(meets):
    decision = decide(viewed(session=TOO_LATE), meets)
    assert told(decision) == (REFUSED, ITEM | {"code": "SESSION"})
    assert consultations(decision) == []


def test_an_employee_with_control_characters_is_refused():
    decision = decide(viewed(employee="E\0"))
    assert told(decision)[0] == REFUSED
    assert consultations(decision) == []


def test_a_refusal_is_told_under_the_events_own_id():
    (fact,) = decide(viewed(), known()).facts
    assert (fact.aggregate, fact.version) == (str(ID), 1)
