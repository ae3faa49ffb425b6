"""Who may ask: refused at entry, so neither answered nor billed (contract §4)."""

from typing import Any

import pytest

from tests.acceptance.builders import (
    ALL_SERVICES,
    BLOCKS,
    KINDS,
    Event,
    licence,
    neq,
    organisation,
    plate,
    service,
    session,
    today,
    vin,
)
from tests.acceptance.conftest import BAD_ITEM
from tests.acceptance.outside import REFERENCE, Outside
from tests.rule_mark import rule

QUESTION = {"licence": "Z000117258099"}
IDLE = {"idle_minutes": 16}


async def neighbour(guichet: Outside, **data: Any) -> str:
    """Declare an organisation; gives its NEQ."""
    declared = organisation(**data)
    await guichet.declare(declared)
    return str(declared["data"]["neq"])


async def assert_refused(guichet: Outside, inquiry: str, code: str) -> None:
    """An inquiry is refused with a code, and leaves a row but no result and no charge."""
    assert await guichet.refusal(inquiry) == code
    [row] = await guichet.rows("inquiries", inquiry)
    assert (row["status"], row["code"], row["answered_at"]) == ("REFUSED", code, None)
    assert await guichet.rows("results", inquiry) == []
    assert await guichet.rows("charges", inquiry) == []


@rule("P-02", "P-10")
async def test_an_organisation_that_is_not_declared_is_refused_until_it_is(guichet: Outside) -> None:
    newcomer = organisation()
    asker = newcomer["data"]["neq"]
    await assert_refused(guichet, guichet.ask(asker, "DRIVER_RECORD", QUESTION), "ORGANISATION")
    await guichet.declare(newcomer)
    await guichet.answer(guichet.ask(asker, "DRIVER_RECORD", QUESTION))


@rule("P-02")
async def test_an_organisation_that_is_withdrawn_is_refused(guichet: Outside) -> None:
    declared = organisation()
    await guichet.declare(declared)
    await guichet.applied(guichet.send_tombstone(organisation(neq=declared["data"]["neq"])))
    asked = guichet.ask(declared["data"]["neq"], "DRIVER_RECORD", QUESTION)
    await assert_refused(guichet, asked, "ORGANISATION")


@rule("E-24")
@pytest.mark.parametrize(("in_service_from", "days"), [("none", None), ("tomorrow", 1)])
async def test_before_its_start_an_organisation_is_refused(
    guichet: Outside, in_service_from: str, days: int | None
) -> None:
    asker = await neighbour(guichet, in_service_from=None if days is None else today(days))
    await assert_refused(guichet, guichet.ask(asker, "DRIVER_RECORD", QUESTION), "NOT_IN_SERVICE")


@rule("E-24")
async def test_from_the_day_of_its_start_an_organisation_is_served(guichet: Outside) -> None:
    asker = await neighbour(guichet, in_service_from=today())
    await guichet.answer(guichet.ask(asker, "DRIVER_RECORD", QUESTION))


@rule("E-15")
async def test_without_an_open_billing_account_nothing_is_answered_or_billed(guichet: Outside) -> None:
    asker = await neighbour(guichet, billing_account_open=False)
    await assert_refused(guichet, guichet.ask(asker, "DRIVER_RECORD", QUESTION), "NO_BILLING_ACCOUNT")


@rule("P-06", "E-18")
@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_services_of_the_agreement_are_open(guichet: Outside, kind: str) -> None:
    asker = await neighbour(guichet, services=[one for one in ALL_SERVICES if one["service"] != kind])
    item = {"plate": plate()} if kind in {"VEHICLE_RECORD", "OWNERSHIP_HISTORY"} else QUESTION
    await assert_refused(guichet, guichet.ask(asker, kind, item), "NOT_ENTITLED")
    other = "LICENCE_VALIDITY" if kind == "DRIVER_RECORD" else "DRIVER_RECORD"
    await guichet.answer(guichet.ask(asker, other, QUESTION))


@rule("P-06")
async def test_a_change_of_the_agreement_counts_at_once(guichet: Outside) -> None:
    declared = organisation(services=[service("VEHICLE_RECORD")])
    await guichet.declare(declared)
    asker = declared["data"]["neq"]
    assert await guichet.refusal(guichet.ask(asker, "DRIVER_RECORD", QUESTION)) == "NOT_ENTITLED"
    await guichet.declare(organisation(neq=asker, services=[service("DRIVER_RECORD")]))
    await guichet.answer(guichet.ask(asker, "DRIVER_RECORD", QUESTION))
    assert await guichet.refusal(guichet.ask(asker, "VEHICLE_RECORD", {"plate": plate()})) == "NOT_ENTITLED"


@rule("E-18")
@pytest.mark.parametrize("channels", [(), ("FILE", "FORM")])
async def test_a_service_is_open_by_its_channels_only(guichet: Outside, channels: tuple[str, ...]) -> None:
    asker = await neighbour(guichet, services=[service("DRIVER_RECORD", channels), service("LICENCE_VALIDITY")])
    await assert_refused(guichet, guichet.ask(asker, "DRIVER_RECORD", QUESTION), "NOT_ENTITLED")
    await guichet.answer(guichet.ask(asker, "LICENCE_VALIDITY", QUESTION))


@rule("P-22")
@pytest.mark.parametrize("block", BLOCKS)
async def test_a_block_that_the_agreement_does_not_allow_is_refused(guichet: Outside, block: str) -> None:
    allowed = tuple(one for one in BLOCKS if one != block)
    asker = await neighbour(guichet, services=[service("LICENCE_VALIDITY", blocks=allowed)])
    asked = guichet.ask(asker, "LICENCE_VALIDITY", QUESTION, blocks=[*allowed, block])
    await assert_refused(guichet, asked, "NOT_ENTITLED")
    await guichet.answer(guichet.ask(asker, "LICENCE_VALIDITY", QUESTION, blocks=list(allowed)))


async def test_an_attestation_is_not_open_to_who_has_no_such_service(guichet: Outside, town: str) -> None:
    item = {"law": "CSR", "article": "516", "as_of": today(-1), **QUESTION}
    await assert_refused(guichet, guichet.ask(town, "ATTESTATION", item), "NOT_ENTITLED")


@rule("P-50")
async def test_a_session_idle_for_more_than_15_minutes_is_refused(guichet: Outside, town: str) -> None:
    asked = guichet.ask(town, "DRIVER_RECORD", QUESTION, session=session(idle_minutes=15.1))
    await assert_refused(guichet, asked, "SESSION")


@rule("P-50")
async def test_a_session_idle_for_15_minutes_exactly_is_served(guichet: Outside, town: str) -> None:
    at = "2026-01-05T12:00:00-05:00"
    asked = guichet.ask(
        town, "DRIVER_RECORD", QUESTION, session=session(idle_minutes=15, at=at), attributes={"time": at}
    )
    await guichet.answer(asked)


@pytest.mark.parametrize("environment", ["P", "T"])
@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("DRIVER_RECORD", {"licence": "Z12345"}),
        ("DRIVER_RECORD", {"licence": licence().lower()}),
        ("LICENCE_VALIDITY", {"licence": f" {licence()}"}),
        ("LICENCE_VALIDITY", {"licence": ""}),
        ("VEHICLE_RECORD", {"plate": "ABCDEFGHJ"}),
        ("VEHICLE_RECORD", {"plate": "abc 123"}),
        ("OWNERSHIP_HISTORY", {"vin": vin()[:16]}),
        ("OWNERSHIP_HISTORY", {"vin": "0GCHTMAD0IOQ00001"}),
        ("VEHICLE_RECORD", {"vin": "1M8GDM9A0KP042788"}),  # its check digit is X
        ("DRIVER_RECORD", {"plate": plate()}),
        ("LICENCE_VALIDITY", {"vin": vin()}),
        ("VEHICLE_RECORD", {"licence": licence()}),
        ("OWNERSHIP_HISTORY", {"licence": licence()}),
        ("DRIVER_RECORD", {}),
    ],
)
async def test_one_item_of_a_wrong_form_refuses_the_whole_inquiry(
    guichet: Outside, town: str, kind: str, item: Event, environment: str
) -> None:
    good = {"plate": plate()} if kind in {"VEHICLE_RECORD", "OWNERSHIP_HISTORY"} else QUESTION
    asked = guichet.ask(town, kind, good, item, environment=environment)
    await assert_refused(guichet, asked, "ITEM_FORM")


async def test_without_a_tariff_an_inquiry_is_refused(before_tariffs: dict[str, str]) -> None:
    assert before_tariffs["good"] == "NO_TARIFF"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("NOT_IN_SERVICE", {"in_service_from": None, "billing_account_open": False, "services": []}),
        ("NO_BILLING_ACCOUNT", {"billing_account_open": False, "services": []}),
        ("NOT_ENTITLED", {"services": []}),
        ("SESSION", {}),
    ],
)
async def test_the_first_reason_in_the_contracts_order_counts(guichet: Outside, code: str, wrong: Event) -> None:
    asker = await neighbour(guichet, **wrong)
    asked = guichet.ask(asker, "VEHICLE_RECORD", BAD_ITEM, session=session(**IDLE))
    assert await guichet.refusal(asked) == code


async def test_an_unknown_organisation_comes_before_every_other_reason(guichet: Outside) -> None:
    asked = guichet.ask(neq(), "VEHICLE_RECORD", BAD_ITEM, session=session(**IDLE))
    assert await guichet.refusal(asked) == "ORGANISATION"


async def test_a_missing_tariff_comes_after_the_session_and_before_the_items(before_tariffs: dict[str, str]) -> None:
    told = {name: before_tariffs[name] for name in ("not entitled", "idle session, bad item", "bad item")}
    assert list(told.values()) == ["NOT_ENTITLED", "SESSION", "NO_TARIFF"]


async def test_a_refused_inquiry_stays_refused_when_the_reason_is_gone(guichet: Outside) -> None:
    newcomer = organisation()
    asked = guichet.ask(newcomer["data"]["neq"], "DRIVER_RECORD", QUESTION)
    await assert_refused(guichet, asked, "ORGANISATION")
    await guichet.applied(guichet.send(newcomer, REFERENCE))
    await assert_refused(guichet, asked, "ORGANISATION")
