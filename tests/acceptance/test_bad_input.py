"""Every byte string gets a dead letter with a cause, or a refusal; nothing stops its partition and nothing is lost."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.acceptance.builders import Event, driver, inquiry, licence, now, source
from tests.acceptance.outside import INQUIRIES, REFERENCE, Outside, Sent, binary, dump
from tests.rule_mark import rule

Headers = list[tuple[str, bytes]]
HERE = 7


class Bad(NamedTuple):
    """A record and what may become of it: causes, refusal codes, or ANSWERED where it is only strange."""

    ends: str
    value: Callable[[Event], bytes | None]
    headers: Callable[[Event], Headers] = lambda _: []
    key: Callable[[Event], bytes | str | None] = lambda event: event["id"]


def text(replaced: str, by: str) -> Callable[[Event], bytes]:
    """Write the event with one piece of its JSON replaced."""

    def write(event: Event) -> bytes:
        whole = dump(event).decode()
        assert replaced in whole
        return whole.replace(replaced, by, 1).encode("utf-8", "surrogatepass")

    return write


def member(name: str, value: Any) -> Callable[[Event], bytes]:
    """Write the event with one member of its data replaced."""
    return lambda event: json.dumps(event | {"data": event["data"] | {name: value}}).encode()


def attribute(name: str, value: Any) -> Callable[[Event], bytes]:
    return lambda event: json.dumps(event | {name: value}).encode()


def latin(name: str) -> Callable[[Event], Headers]:
    """The headers of binary mode with one that is not UTF-8."""
    return lambda event: [(known, b"\xe9\xff" if known == name else value) for known, value in binary(event)[1]]


def data(event: Event) -> bytes:
    return binary(event)[0]


DEEP = 500_000
BAD = {
    "empty value": Bad("DECODE", lambda _: b""),
    "no value": Bad("DECODE ENVELOPE", lambda _: None),
    "no value in binary mode": Bad("DECODE DATA", lambda _: None, lambda event: binary(event)[1]),
    "null key": Bad("ANSWERED", dump, key=lambda _: None),
    "key that is not UTF-8": Bad("ANSWERED", dump, key=lambda _: b"\xff\x00"),
    "1 MiB of open brackets": Bad("DECODE", lambda _: b"[" * (2 * DEEP)),
    "1 MiB of nesting": Bad("DECODE", lambda _: b"[" * DEEP + b"]" * DEEP),
    "nesting in an unknown member": Bad("DECODE", text('"kind"', f'"x": {"[" * DEEP}{"]" * DEEP}, "kind"')),
    "not JSON": Bad("DECODE", lambda _: b"{'id': 1}"),
    "null": Bad("DECODE ENVELOPE", lambda _: b"null"),
    "a list": Bad("DECODE ENVELOPE", lambda _: b"[]"),
    "a number": Bad("DECODE ENVELOPE", lambda _: b"7"),
    "wrong UTF-8": Bad("DECODE", text('"reference": "D-1"', '"reference": "\udcff"')),
    "bytes of every value": Bad("DECODE", lambda _: bytes(range(256))),
    "byte order mark": Bad("DECODE ANSWERED", lambda event: b"\xef\xbb\xbf" + dump(event)),
    "UTF-16": Bad("DECODE", lambda event: dump(event).decode().encode("utf-16")),
    "NUL in a text": Bad("ITEM_FORM", member("reference", "a\x00b")),
    "NUL in an item": Bad("ITEM_FORM", member("items", [{"licence": "Z00011725809\x00"}])),
    "NUL in the employee": Bad("ITEM_FORM", member("employee", "\x00")),
    "NUL in the organisation": Bad("ORGANISATION ITEM_FORM DATA", member("organisation", "\x00")),
    "NUL in the subject": Bad("ENVELOPE", attribute("subject", "\x00")),
    "NUL in the source": Bad("ENVELOPE SOURCE", attribute("source", "urn:\x00")),
    "lone surrogate in a text": Bad("DECODE DATA ITEM_FORM", member("reference", "\ud800")),
    "lone surrogate in the type": Bad("DECODE ENVELOPE TYPE", attribute("type", "\ud800")),
    "number as text": Bad("DATA", member("items", "1")),
    "text as number": Bad("DATA", member("organisation", 1143920115)),
    "date that does not exist": Bad("ENVELOPE", attribute("time", "2026-02-30T10:00:00Z")),
    "hour that does not exist": Bad("ENVELOPE", attribute("time", "2026-02-03T25:00:00Z")),
    "year 0": Bad("ENVELOPE", attribute("time", "0000-01-01T00:00:00Z")),
    "0 items": Bad("DATA", member("items", [])),
    "101 items": Bad("DATA", member("items", [{"licence": "Z000117258099"}] * 101)),
    "items of nothing": Bad("DATA", member("items", [None])),
    "a member given twice, badly": Bad("DATA", text('"items": [', '"items": [{"plate": "A1"}], "items": [0, ')),
    "a member given twice": Bad("ANSWERED", text('"kind": ', '"kind": "NOTHING", "kind": ')),
    "NaN": Bad("DECODE", text('"reference": "D-1"', '"reference": NaN')),
    "infinity": Bad("DECODE", text('"reference": "D-1"', '"reference": -Infinity')),
    "number out of range": Bad("DECODE", text('"reference": "D-1"', '"x": 1e999')),
    "huge integer": Bad("DECODE", text('"reference": "D-1"', '"x": ' + "9" * 5000)),
    "huge integer as an item": Bad("DECODE DATA", text('"items": [', '"items": [' + "9" * 400 + ", ")),
    "header that is not UTF-8": Bad("ANSWERED", dump, lambda _: [("x", b"\xff\xfe")]),
    "subject header that is not UTF-8": Bad(
        "ENVELOPE", data, lambda event: [*binary(event)[1], ("ce_subject", b"\xe9\xff")]
    ),
    "id header that is not UTF-8": Bad("ENVELOPE", data, latin("ce_id")),
    "type header that is not UTF-8": Bad("ENVELOPE TYPE", data, latin("ce_type")),
    "time header that is not UTF-8": Bad("ENVELOPE", data, latin("ce_time")),
    "source header that is not UTF-8": Bad("ENVELOPE SOURCE", data, latin("ce_source")),
    "header without a name": Bad("ANSWERED", dump, lambda _: [("", b"x")]),
    "id in capitals": Bad("ANSWERED", lambda event: dump(event | {"id": event["id"].upper()})),
    "id in braces": Bad("ENVELOPE", lambda event: dump(event | {"id": "{" + event["id"] + "}"})),
    "wrong topic": Bad("WRONG_TOPIC", attribute("type", "guichet.driver.declared.v1")),
    "clock 10 minutes ahead": Bad("TIME", lambda event: dump(event | {"time": now(minutes=10)})),
    "clock at the end of time": Bad("TIME ENVELOPE", attribute("time", "9999-12-31T23:59:59-23:59")),
    "unknown source": Bad("SOURCE", attribute("source", "urn:example:nobody")),
    "50,000 members": Bad("ANSWERED", text('"kind": ', "".join(f'"m{n}": {n}, ' for n in range(50_000)) + '"kind": ')),
}  # fmt: skip


async def end(guichet: Outside, sent: Sent, event: Event) -> str | None:
    """What became of a record, once one sent after it on its partition is answered."""
    if letters := guichet.dead_letters(sent):
        return letters[0].header("guichet-cause")
    if facts := guichet.facts(event["id"]):
        return str(facts[0]["data"].get("code", "ANSWERED"))
    return None


async def good_one_passes(guichet: Outside, town: str, at: int) -> None:
    after = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town)
    guichet.send(after, at=at)
    await guichet.answer(after["id"])


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_ends_somewhere_and_the_next_is_answered(guichet: Outside, town: str, name: str) -> None:
    bad = BAD[name]
    event = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town, reference="D-1")
    sent = guichet.send_bytes(INQUIRIES, bad.value(event), bad.key(event), bad.headers(event), at=HERE)
    await good_one_passes(guichet, town, HERE)
    if bad.ends in {"ANSWERED", "ITEM_FORM"}:
        await guichet.fact(event["id"])
    elif " " not in bad.ends:
        await guichet.dead_letter(sent)
    assert await end(guichet, sent, event) in bad.ends.split()


async def test_a_source_with_a_wrong_key_is_turned_away_and_the_next_is_answered(guichet: Outside, town: str) -> None:
    partner = source(key_ref="partner")
    await guichet.declare(partner)
    event = inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town) | {"source": partner["data"]["uri"]}
    sent = guichet.send_binary(event, signed_with=b"\x00" * 32)
    await good_one_passes(guichet, town, sent.partition)
    assert await guichet.cause(sent) == "SIGNATURE"


REFERENCE_BAD: dict[str, tuple[str, Callable[[Event], bytes | None]]] = {
    "empty value": ("DECODE", lambda _: b""),
    "no value": ("ENVELOPE", lambda _: None),
    "open brackets": ("DECODE", lambda _: b"[" * 1_000_000),
    "wrong UTF-8": ("DECODE", lambda _: b'{"id": "\xff"}'),
    "NUL in a name": ("DATA", member("family_name", "a\x00b")),
    "line end in a name": ("DATA", member("family_name", "a\nb")),
    "lone surrogate in a name": ("DECODE DATA", member("family_name", "\ud800")),
    "date that does not exist": ("DATA", member("birth_date", "1980-02-30")),
    "date with a time": ("DATA", member("birth_date", "1980-02-03T00:00:00Z")),
    "number as a date": ("DATA", member("birth_date", 19800203)),
    "NaN": ("DECODE", lambda event: dump(event | {"x": float("nan")})),
    "no data": ("ENVELOPE DATA", lambda event: dump({name: event[name] for name in event if name != "data"})),
}


@rule("P-21")
@pytest.mark.parametrize("name", REFERENCE_BAD)
async def test_a_bad_snapshot_ends_somewhere_and_the_next_counts(guichet: Outside, town: str, name: str) -> None:
    ends, write = REFERENCE_BAD[name]
    bad, good = driver(), driver()
    sent = guichet.send_bytes(REFERENCE, write(bad), f"driver:{bad['data']['licence']}", at=HERE)
    await guichet.applied(guichet.send(good, REFERENCE, at=HERE))
    assert await guichet.cause(sent) in ends.split()
    items = [{"licence": one["data"]["licence"]} for one in (bad, good)]
    asked = guichet.ask(town, "LICENCE_VALIDITY", *items)
    assert [one["outcome"] for one in (await guichet.answer(asked))["items"]] == ["NOT_FOUND", "FOUND"]
