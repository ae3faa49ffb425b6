"""What cannot be understood becomes a dead letter with a cause, byte for byte (contract §1, §2)."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.builders import Event, driver, event, inquiry, licence, now, organisation, plate, source, vehicle
from tests.acceptance.outside import INQUIRIES, REFERENCE, Outside, Sent, binary, dump
from tests.rule_mark import rule


def question(town: str, **attributes: Any) -> Event:
    return inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town) | attributes


async def test_a_dead_letter_keeps_the_record_byte_for_byte_and_says_what_happened(guichet: Outside) -> None:
    value, key = b'{"specversion": "1.0", \xff\x00 not JSON', b"\xfe key"
    headers = [("trace", b"\xff\x00"), ("trace", b"second"), ("x", b""), ("y", None), ("guichet-signature", b"none")]
    sent = guichet.send_bytes(INQUIRIES, value, key, headers, at=4)
    letter = await guichet.dead_letter(sent)
    assert (letter.value, letter.key, letter.headers[: len(headers)]) == (value, key, headers)
    added = {name: letter.header(name) for name, _ in letter.headers[len(headers) :]}
    assert added.keys() == {f"guichet-{name}" for name in ("cause", "detail", "topic", "partition", "offset", "at")}
    assert (added["guichet-cause"], added["guichet-topic"]) == ("DECODE", INQUIRIES)
    assert (added["guichet-partition"], added["guichet-offset"]) == (str(sent.partition), str(sent.offset))
    assert added["guichet-detail"]
    assert str(added["guichet-at"])[:2] == "20"


async def test_a_binary_event_keeps_its_headers_too(guichet: Outside, town: str) -> None:
    value, headers = binary(question(town, type="guichet.nothing.happened.v1"))
    sent = guichet.send_bytes(INQUIRIES, value, "any", headers)
    letter = await guichet.dead_letter(sent)
    assert letter.header("guichet-cause") == "TYPE"
    assert (letter.value, letter.headers[: len(headers)]) == (value, headers)


async def test_operators_see_each_dead_letter_once(guichet: Outside, town: str) -> None:
    dead = question(town, type="guichet.nothing.happened.v1")
    sent = guichet.send(dead)
    await guichet.dead_letter(sent)
    rows = await guichet.sql.fetch("select * from read.dead_letters where event_id = $1", dead["id"])
    expected = {
        "consumer_group": "guichet.inquiries", "topic": INQUIRIES, "partition": sent.partition, "offset": sent.offset,
        "event_type": dead["type"], "cause": "TYPE", "state": "OPEN",
    }  # fmt: skip
    assert [{name: row[name] for name in expected} for row in rows] == [expected]
    assert len(guichet.dead_letters(sent)) == 1


ENVELOPES = [
    {"specversion": "0.3"},
    {"specversion": None},
    {"id": "not a uuid"},
    {"id": None},
    {"id": 7},
    {"source": ""},
    {"source": None},
    {"type": None},
    {"time": "2026-02-30T12:00:00Z"},
    {"time": "2026-01-05T12:00:00"},
    {"time": "yesterday"},
    {"time": None},
    {"correlationid": "not a uuid"},
]


@pytest.mark.parametrize("topic", [INQUIRIES, REFERENCE])
@pytest.mark.parametrize("wrong", ENVELOPES, ids=str)
async def test_a_wrong_envelope(guichet: Outside, town: str, wrong: Event, topic: str) -> None:
    good = question(town) if topic == INQUIRIES else driver()
    given = {name: value for name, value in (good | wrong).items() if value is not None}
    assert await guichet.cause(guichet.send_bytes(topic, dump(given), "any")) == "ENVELOPE"


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": []},
        {"items": [{"licence": licence()}] * 101},
        {"items": {"licence": licence()}},
        {"items": None},
        {"kind": "EVERYTHING"},
        {"kind": None},
        {"organisation": None},
        {"organisation": 1143920115},
        {"environment": "X"},
        {"blocks": "CONDITIONS"},
        {"session": {"id": str(uuid4())}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_wrong_data_of_an_inquiry(guichet: Outside, town: str, wrong: Event) -> None:
    good = question(town)
    data = {name: value for name, value in (good["data"] | wrong).items() if value is not None}
    assert await guichet.cause(guichet.send(good | {"data": data})) == "DATA"
    assert await guichet.rows("inquiries", good["id"]) == []


@pytest.mark.parametrize(
    "declared",
    [
        driver(birth_date="2023-02-30"),
        driver(valid_until="31-12-2030"),
        driver(status="BON"),
        driver(family_name=""),
        driver(family_name="A" * 301),
        driver(first_name="a\x00b"),
        driver(classes="5"),
        driver(licence="bad"),
        vehicle(model_year="2019"),
        vehicle(cylinders="4"),
        vehicle(owners="2"),
        organisation(email="two@a.example, b@b.example"),
        organisation(email="a" * 255 + "@a.example"),
        organisation(kind="CLUB"),
        organisation(billing_account_open="yes"),
        organisation(services=[{"service": "EVERYTHING", "channels": [], "blocks": []}]),
        organisation(neq="1143920116"),
        source(roles=["KING"]),
    ],
    ids=lambda declared: declared["type"].split(".")[1],
)
async def test_wrong_data_of_a_snapshot(guichet: Outside, declared: Event) -> None:
    assert await guichet.cause(guichet.send(declared, REFERENCE)) == "DATA"


@pytest.mark.parametrize("key", ["", "driver:", "driver:Z000117258099", "organisation:1143920115", b"\xff"])
async def test_a_snapshots_key_must_agree_with_its_data(guichet: Outside, key: str | bytes) -> None:
    assert await guichet.cause(guichet.send_bytes(REFERENCE, dump(driver()), key)) == "KEY"


@pytest.mark.parametrize("topic", [INQUIRIES, REFERENCE])
async def test_an_unknown_type(guichet: Outside, topic: str) -> None:
    for name in ("guichet.inquiry.requested.v2", "guichet.inquiry.forgotten.v1"):
        unknown = event("inquiry.requested", {}) | {"type": name}
        assert await guichet.cause(guichet.send(unknown, topic, key="any")) == "TYPE"


async def test_an_event_on_a_topic_that_is_not_its_own(guichet: Outside, town: str) -> None:
    assert await guichet.cause(guichet.send(driver(), INQUIRIES)) == "WRONG_TOPIC"
    assert await guichet.cause(guichet.send(question(town), REFERENCE, key="any")) == "WRONG_TOPIC"
    answered = question(town, type="guichet.inquiry.answered.v1")
    assert await guichet.cause(guichet.send(answered, INQUIRIES)) == "WRONG_TOPIC"


async def test_a_clock_that_goes_more_than_5_minutes_ahead(guichet: Outside, town: str) -> None:
    assert await guichet.cause(guichet.send(question(town, time=now(minutes=10)))) == "TIME"
    ahead = driver({"time": now(minutes=10)})
    assert await guichet.cause(guichet.send(ahead, REFERENCE)) == "TIME"
    within = question(town, time=now(minutes=4))
    guichet.send(within)
    await guichet.answer(within["id"])


@rule("P-06")
async def test_a_source_speaks_only_as_it_was_declared(guichet: Outside, town: str) -> None:
    here = source(organisations=[town])
    elsewhere = source(organisations=["1143920115"])
    snapshots = source(types=["guichet.result.viewed.v1"])
    await guichet.declare(here, elsewhere, snapshots)
    for uri in (elsewhere["data"]["uri"], snapshots["data"]["uri"], "urn:example:nobody"):
        assert await guichet.cause(guichet.send(question(town, source=uri))) == "SOURCE"
    good = question(town, source=here["data"]["uri"])
    guichet.send(good)
    await guichet.answer(good["id"])
    stranger = driver({"source": here["data"]["uri"]})
    assert await guichet.cause(guichet.send(stranger, REFERENCE)) == "SOURCE"


async def test_a_source_that_is_withdrawn_is_unknown_again(guichet: Outside, town: str) -> None:
    partner = source()
    await guichet.declare(partner)
    await guichet.applied(guichet.send_tombstone(source(uri=partner["data"]["uri"])))
    assert await guichet.cause(guichet.send(question(town, source=partner["data"]["uri"]))) == "SOURCE"


async def test_only_the_saaq_adjusts_a_charge(guichet: Outside, town: str) -> None:
    partner = source(roles=["PARTNER", "PORTAL", "ANALYST"])
    await guichet.declare(partner)
    asked = guichet.ask(town, "VEHICLE_RECORD", {"plate": plate()})
    await guichet.answer(asked)
    data = {"charge": {"inquiry": asked, "item": 1}, "amount": "-8.05", "reason": "Erreur"}
    change = event("charge.adjusted", data, source=partner["data"]["uri"])
    assert await guichet.cause(guichet.send(change)) == "SOURCE"
    assert len(await guichet.rows("charges", asked)) == 1


async def test_a_dead_letters_words_name_nobody(guichet: Outside, town: str) -> None:
    wrong = driver(family_name="Quesnelindiscret", birth_date="Quesnelindiscret")
    letters: list[Sent] = [guichet.send(wrong, REFERENCE)]
    letters.append(
        guichet.send_bytes(REFERENCE, dump(driver(family_name="Quesnelindiscret")), "driver:Quesnelindiscret")
    )
    for sent in letters:
        letter = await guichet.dead_letter(sent)
        assert "Quesnelindiscret" not in str(letter.header("guichet-detail"))
        assert "Quesnelindiscret" in json.loads(letter.value or b"")["data"]["family_name"]
    details = await guichet.sql.fetch("select detail from read.dead_letters where detail like '%indiscret%'")
    assert details == []


async def test_what_came_compressed_and_is_larger_than_a_topic_takes_is_kept_whole(guichet: Outside) -> None:
    value, headers = b"x" * 3_000_000, [("long", b"y" * 100_000)]
    sent = guichet.send_compressed(INQUIRIES, value, "any", headers)
    letter = await guichet.dead_letter(sent)
    assert letter.header("guichet-cause") == "DECODE"
    assert (letter.value, letter.headers[:1]) == (value, headers)


@pytest.mark.parametrize("missing", ["cylinders", "fuel", "colour", "uses"])
async def test_a_vehicle_without_one_of_its_members_is_a_dead_letter(guichet: Outside, missing: str) -> None:
    declared = vehicle()
    del declared["data"][missing]
    assert await guichet.cause(guichet.send(declared, REFERENCE)) == "DATA"


async def test_a_driver_without_a_term_is_a_dead_letter(guichet: Outside) -> None:
    declared = driver()
    del declared["data"]["valid_until"]
    assert await guichet.cause(guichet.send(declared, REFERENCE)) == "DATA"
