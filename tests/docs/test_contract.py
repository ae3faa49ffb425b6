"""docs/contract.md: its examples are taken as the page says, signed as it says, and name nobody who exists."""

import re
import subprocess
import sys
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from msgspec.structs import astuple

from handlers.inquiries.answers import DRIVER_CONTENTS, VEHICLE_CONTENTS
from handlers.inquiries.known import Driver, Vehicle
from handlers.reference.decide import KEY_FORMS
from schemas.envelope import Event, Record, decode, fact, signature_matches, signed_bytes
from schemas.events import IN, MODELS, OUT
from schemas.events.inquiries import Block, InquiryKind, InquiryRequested
from schemas.events.reference import KEY_PREFIX, key
from schemas.identifiers import derived_id, made_up_licence, made_up_neq, made_up_plate, made_up_vin
from schemas.topics import INQUIRIES, REFERENCE, TYPE_TOPIC
from tests.conftest import Stack
from tests.docs.pages import ROOT, blocks, marked_table, quoted, text

PAGE = "docs/contract.md"
EVENTS = blocks(PAGE, "json event")
BORN = (date(1980, 1, 1), date(1991, 7, 14))


def only(kind: str) -> str:
    """The one block of a kind, without the line feed at its end."""
    [block] = blocks(PAGE, kind)
    return block.removesuffix("\n")


def taken(record: Record) -> Event:
    decoded = decode(record, MODELS)
    assert isinstance(decoded, Event), decoded
    assert decoded.invalid is None
    return decoded


def structured(value: str) -> Record:
    return Record(TYPE_TOPIC[orjson.loads(value)["type"]], 0, 0, 0, None, value.encode(), ())


def headers(lines: list[str]) -> tuple[tuple[str, bytes | None], ...]:
    return tuple((name, value.encode()) for name, _, value in (line.partition(":") for line in lines))


def binary() -> Record:
    *attributes, value = only("text binary").split("\n")
    return Record(INQUIRIES, 0, 0, 0, None, value.encode(), headers(attributes))


def example(name: str) -> dict[str, Any]:
    """The data of the example of a snapshot."""
    found = [event["data"] for event in map(orjson.loads, EVENTS) if event["type"] == f"guichet.{name}.v1"]
    data: dict[str, Any] = found[0]
    return data


@pytest.mark.parametrize("value", [*EVENTS, only("text structured")])
def test_an_example_of_an_event_is_taken(value: str) -> None:
    taken(structured(value))


def test_every_type_that_is_served_has_an_example() -> None:
    assert {orjson.loads(value)["type"] for value in EVENTS} == set(IN)


def test_every_kind_of_inquiry_has_an_example() -> None:
    asked = [taken(structured(value)).data for value in EVENTS]
    assert {inquiry.kind for inquiry in asked if isinstance(inquiry, InquiryRequested)} == set(InquiryKind) - {
        InquiryKind.ATTESTATION
    }


def test_no_two_examples_have_one_id() -> None:
    ids = [orjson.loads(value)["id"] for value in EVENTS]
    assert len(set(ids)) == len(ids)


def test_both_modes_of_the_first_example_make_the_same_event() -> None:
    assert astuple(taken(binary()))[1:] == astuple(taken(structured(EVENTS[0])))[1:]


@pytest.mark.parametrize(
    ("place", "record"), list(enumerate([structured(only("text structured")), binary()])), ids=["structured", "binary"]
)
def test_the_signature_of_an_example_is_right(place: int, record: Record) -> None:
    shown = re.findall(r"`([0-9a-f]{64})`", text(PAGE))[place]
    assert signature_matches(bytes.fromhex(only("text key")), signed_bytes(record), shown)


def test_the_signed_bytes_in_binary_mode_are_those_shown() -> None:
    assert signed_bytes(binary()) == only("text binary").encode()


def test_the_tombstone_is_taken_under_the_key_of_the_snapshot_that_it_withdraws() -> None:
    [(record_key, lines)] = re.findall(r"^```text tombstone (.+?)\n(.*?)\n```$", text(PAGE), re.M | re.S)
    event = taken(Record(REFERENCE, 0, 0, 0, record_key.encode(), None, headers(lines.split("\n"))))
    prefix = KEY_PREFIX[event.envelope.type]
    assert event.data is None
    assert KEY_FORMS[prefix](record_key.removeprefix(prefix))
    assert record_key == key(taken(structured(EVENTS[2])).data)


@pytest.mark.parametrize("row", marked_table(PAGE, "type"), ids=lambda row: row[0])
def test_the_key_of_a_snapshot_is_made_as_the_table_says(row: list[str]) -> None:
    [event_type], form = quoted(row[0]), quoted(row[1])[0]
    event = next(value for value in EVENTS if orjson.loads(value)["type"] == event_type)
    data = orjson.loads(event)["data"]
    assert re.sub(r"<(\w+)>", lambda name: data[name[1]], form) == key(taken(structured(event)).data)


def test_the_example_of_a_fact_is_what_guichet_writes() -> None:
    told = orjson.loads(only("json fact"))
    cause = UUID(told["causationid"])
    OUT[told["type"]].model_validate(told["data"])
    written = fact(
        derived_id(cause, told["type"]),
        told["type"],
        datetime.fromisoformat(told["time"]),
        told["aggregate"],
        told["version"],
        cause,
        UUID(told["correlationid"]),
        told["data"],
    )
    assert orjson.loads(written) == told


@pytest.mark.parametrize("row", marked_table(PAGE, "fact"), ids=lambda row: row[0])
def test_the_data_of_a_fact_is_of_its_model_and_has_no_more(row: list[str]) -> None:
    [event_type], data = quoted(row[0]), [orjson.loads(one) for one in quoted(row[2]) if one.startswith("{")]
    if row[2] == "as above":
        data = [orjson.loads(only("json fact"))["data"]]
    [told] = data
    assert told.keys() <= OUT[event_type].model_fields.keys()
    OUT[event_type].model_validate(told)


def contents() -> dict[InquiryKind, list[str]]:
    """The members of each kind's content, about the driver and the vehicle of the page, all blocks asked."""
    driver = Driver(**{name: example("driver.declared")[name] for name in Driver._fields})
    driver = driver._replace(valid_until=date.fromisoformat(example("driver.declared")["valid_until"]))
    vehicle = Vehicle(**{name: example("vehicle.declared")[name] for name in Vehicle._fields})
    drivers = {kind: list(show(driver, list(Block), date.min)) for kind, show in DRIVER_CONTENTS.items()}
    return drivers | {kind: list(show(vehicle)) for kind, show in VEHICLE_CONTENTS.items()}


def test_the_content_of_each_kind_has_the_members_named() -> None:
    assert {row[0]: quoted(row[2]) for row in marked_table(PAGE, "kind")} == contents()


def test_everybody_named_is_made_up() -> None:
    people = {made_up_licence(n + 1, name, born) for n, (name, born) in enumerate(zip("TG", BORN, strict=True))}
    page = text(PAGE)
    assert set(re.findall(r"\b[A-Z]\d{12}\b", page)) == people
    assert set(re.findall(r"\b\d{10}\b", page)) == {made_up_neq(0)}
    assert set(re.findall(r'"plate": ?"(\w+)"', page)) == {made_up_plate(1)}
    assert set(re.findall(r'"vin": ?"(\w+)"', page)) == {made_up_vin(1)}


def test_the_example_in_python_runs_as_it_stands(stack: Stack) -> None:
    [program] = blocks(PAGE, "python")
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=stack.env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"[0-9a-f-]{36} \d+ \d+\n", done.stdout)
