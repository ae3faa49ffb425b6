"""In service and priced by the day of reception in Toronto (contract §2), also when clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.handlers.builders import NEQ, code, inquiry, known, organisation, price
from tests.rule_mark import rule

INSTANT = timedelta(milliseconds=1)
MIDNIGHTS = {
    date(2026, 7, 1): datetime(2026, 7, 1, 4, tzinfo=UTC),
    date(2026, 11, 24): datetime(2026, 11, 24, 5, tzinfo=UTC),
    date(2027, 1, 1): datetime(2027, 1, 1, 5, tzinfo=UTC),
    date(2026, 3, 8): datetime(2026, 3, 8, 5, tzinfo=UTC),
    date(2026, 3, 9): datetime(2026, 3, 9, 4, tzinfo=UTC),
    date(2026, 11, 1): datetime(2026, 11, 1, 4, tzinfo=UTC),
    date(2026, 11, 2): datetime(2026, 11, 2, 5, tzinfo=UTC),
    date(2028, 2, 29): datetime(2028, 2, 29, 5, tzinfo=UTC),
}
"""When days begin in Toronto; clocks go forward on 8 March 2026 and back on 1 November."""
DAYS = pytest.mark.parametrize(("day", "begins"), list(MIDNIGHTS.items()))


@rule("P-02", "E-24")
@DAYS
def test_service_starts_with_its_day_in_toronto(day, begins):
    meets = known(organisations={NEQ: organisation(in_service_from=day)}, tariffs={"DRIVER_RECORD": [OLD]})
    assert code(inquiry(received_at=begins - INSTANT), meets) == "NOT_IN_SERVICE"
    assert code(inquiry(received_at=begins), meets) is None


@DAYS
def test_a_first_tariff_starts_with_its_day_in_toronto(day, begins):
    organisations = {NEQ: organisation(in_service_from=OLD.effective_from)}
    meets = known(organisations=organisations, tariffs={"DRIVER_RECORD": [price("9.00", day)]})
    assert code(inquiry(received_at=begins - INSTANT), meets) == "NO_TARIFF"
    assert code(inquiry(received_at=begins), meets) is None


@rule("E-24")
def test_the_time_of_the_event_does_not_bring_the_start_forward():
    meets = known(organisations={NEQ: organisation(in_service_from=date(2026, 11, 24))})
    begins = MIDNIGHTS[date(2026, 11, 24)]
    early = inquiry(received_at=begins - INSTANT, time=begins + timedelta(minutes=1))
    assert code(early, meets) == "NOT_IN_SERVICE"


@rule("E-24")
def test_an_organisation_without_a_start_is_not_in_service():
    meets = known(organisations={NEQ: organisation(in_service_from=None)})
    assert code(inquiry(), meets) == "NOT_IN_SERVICE"


OLD = price("1.00", date(2000, 1, 1))
