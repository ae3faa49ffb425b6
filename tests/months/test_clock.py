"""The turned clock is what inquiries are received by; it goes forward only."""

from datetime import timedelta

import pytest

from tests.acceptance.builders import inquiry, licence
from tests.acceptance.outside import Outside
from tests.months.conftest import Months, Run

INQUIRIES = "guichet.inquiries"


async def test_an_inquiry_is_received_when_the_clock_says(guichet: Outside, months: Months, town: str) -> None:
    months.advance(timedelta(hours=1))
    before = months.shown()
    asked = guichet.ask(town, "DRIVER_RECORD", {"licence": licence()})
    await guichet.answer(asked)
    after = months.shown()
    [row] = await guichet.rows("inquiries", asked)
    assert before - timedelta(seconds=1) <= row["received_at"] <= row["answered_at"] <= after
    assert [fact["type"] for fact in guichet.facts(asked)] == ["guichet.inquiry.answered.v1"]


@pytest.mark.parametrize(("minutes", "cause"), [(4, None), (6, "TIME")])
async def test_a_time_may_be_five_minutes_after_the_clock(
    guichet: Outside, months: Months, town: str, minutes: int, cause: str | None
) -> None:
    months.advance(timedelta(hours=1))
    time = (months.shown() + timedelta(minutes=minutes)).isoformat()
    asked = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town) | {"time": time}
    sent = guichet.send(asked)
    if cause is None:
        await guichet.answer(sent.id)
    else:
        assert await guichet.cause(sent) == cause


def test_it_goes_forward_by_what_is_asked(run: Run) -> None:
    before = run("clock", "show", "--json").document["offset_s"]
    shown = run("clock", "advance", "2h", "--json")
    assert (shown.code, shown.document["offset_s"]) == (0, before + 7_200)


@pytest.mark.parametrize("by", ["0d", "-1d", "1.5h", "21", "d", "21w", "", "9999999d"])
def test_nothing_else_is_taken(run: Run, by: str) -> None:
    done = run("clock", "advance", "--", by)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "as 21d" in done.err


def test_it_does_not_go_beyond_what_dates_can_hold(run: Run) -> None:
    done = run("clock", "advance", "999999d")
    assert done.code == 1
    assert done.err == "guichet: clock: that is beyond 2200; turn it less far\n"
