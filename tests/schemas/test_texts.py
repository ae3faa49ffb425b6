"""Texts, names, dates, instants and e-mail addresses (contract §2)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.texts import Day, Email, Instant, Name, Text, instant, is_day, is_printable

CC = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
"""Every character of category Cc."""


def takes(kind, value):
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", [Text, Name])
def test_no_text_has_a_control_character(kind):
    assert [sign for sign in CC if takes(kind, f"a{sign}b")] == []


@pytest.mark.parametrize(
    "sign", ["é", "œ", "’", "\xa0", "\xad", "\u200b", "\u2028", "\u202e", "\ufeff", "🚗", "字", "\ue000"]
)
def test_every_other_character_is_taken(sign):
    assert is_printable(f"a{sign}b")
    assert takes(Name, sign)


@given(st.text())
def test_a_text_is_printable_when_it_has_none_of_the_65(text):
    assert is_printable(text) is not any(sign in CC for sign in text)


@pytest.mark.parametrize(("length", "right"), [(0, False), (1, True), (300, True), (301, False)])
def test_a_name_has_1_to_300_characters(length, right):
    assert takes(Name, "é" * length) is right


@pytest.mark.parametrize("kind", [Text, Name, Email, Day, Instant])
@pytest.mark.parametrize("value", [None, 5, 5.0, True, ["a"], {}, b"a"])
def test_nothing_else_is_read_as_a_text(kind, value):
    assert not takes(kind, value)


@pytest.mark.parametrize(
    "address",
    [
        "greffe@ville.example",
        "a@b.ca",
        "o'neil+paie@sous.domaine.ville.example",
        "!#$%&'*+-/=?^_`{|}~@ville.example",
        "1@2.example",
        "greffe@xn--montral-fya.example",
        "zoé@montréal.example",
        "用户@例子.广告",
        "коля@пример.рф",
        "θσερ@εχαμπλε.ψομ",
        "संपर्क@डाटामेल.भारत",
        "zoe\u0301@montre\u0301al.example",
        '"john doe"@ville.example',
        '"a@b, \\"c\\""@ville.example',
        "greffe@intranet",
        "greffe@[192.0.2.1]",
    ],
)
def test_an_address_is_taken(address):
    assert takes(Email, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ville.example",
        "@ville.example",
        "greffe@",
        "a@b@ville.example",
        ".a@ville.example",
        "a.@ville.example",
        "a..b@ville.example",
        "a@ville..example",
        "a@.ville.example",
        "a@-ville.example",
        "a@ville-.example",
        "a b@ville.example",
        "a@ville .example",
        " a@ville.example",
        "a@ville.example ",
        "a,b@ville.example",
        "a@ville.example,b@ville.example",
        "a@ville.example;b@ville.example",
        "<a@ville.example>",
        "Greffe <a@ville.example>",
        "mailto:a@ville.example",
        "a(greffe)@ville.example",
        "a\\@ville.example",
        '"a@ville.example',
        'a"b@ville.example',
        '"a"b@ville.example',
        "a@ville_de.example",
        "a@[192.0.2.1",
        "a@ville.example\xa0",
        "a@ville.example\u3000",
    ],
)
def test_anything_but_one_address_is_refused(text):
    assert not takes(Email, text)


def test_an_address_has_no_control_character():
    for place in ("a{}b@ville.example", "a@vil{}le.example", "{}a@ville.example", "a@ville.example{}"):
        assert [sign for sign in CC if takes(Email, place.format(sign))] == []


def test_no_header_can_be_made_by_an_address():
    assert not takes(Email, "a@ville.example\r\nBcc: b@ville.example")


@pytest.mark.parametrize(("length", "right"), [(254, True), (255, False)])
def test_an_address_has_at_most_254_characters(length, right):
    domain = "@" + ".".join(["d" * 60] * 3) + ".example"
    assert takes(Email, "a" * (length - len(domain)) + domain) is right


@pytest.mark.parametrize("text", ["2026-11-24", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
def test_a_date_that_exists_is_taken(text):
    assert is_day(text)
    assert TypeAdapter(Day).validate_python(text) == date.fromisoformat(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-02-29",
            "2100-02-29",
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-11-00",
            "2026-11-31",
            "0000-01-01",
        ),
        *(
            "",
            "20261124",
            "2026-11-24T00:00:00Z",
            "2026-11-24 ",
            " 2026-11-24",
            "2026-11-24\n",
            "26-11-24",
            "24-11-2026",
        ),
        *("2026-W48-2", "2026-1-1", "٢٠٢٦-11-24", "10000-01-01", "-2026-11-24"),
    ],
)
def test_anything_else_is_no_date(text):
    assert not is_day(text)
    assert not takes(Day, text)


@given(st.dates())
def test_every_date_is_written_as_it_was_read(day):
    adapter = TypeAdapter(Day)
    assert adapter.dump_python(adapter.validate_python(day.isoformat())) == day.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T17:00:00Z",
        "2026-11-24t17:00:00z",
        "2026-11-24 17:00:00Z",
        "2026-11-24T17:00:00.000Z",
        "2026-11-24T17:00:00+00:00",
        "2026-11-24T17:00:00-00:00",
        "2026-11-24T12:00:00-05:00",
        "2026-11-25T02:30:00+09:30",
        "2026-11-25T16:59:00+23:59",
        "2026-11-24T17:00:00.0000009Z",
    ],
)
def test_an_instant_is_read_as_utc(text):
    assert instant(text) == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("fraction", "microseconds"), [("1", 100_000), ("000001", 1), ("9999999", 999_999), ("123456789", 123_456)]
)
def test_a_fraction_counts_to_the_microsecond(fraction, microseconds):
    assert instant(f"2026-11-24T17:00:00.{fraction}Z").microsecond == microseconds


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_any_offset_gives_the_same_instant(moment, minutes):
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{moment.isoformat(timespec='microseconds')}{sign}{hours:02}:{rest:02}"
    try:
        expected = (moment - timedelta(minutes=minutes)).replace(tzinfo=UTC)
    except OverflowError:
        expected = None
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-11-24",
            "2026-11-24T17:00:00",
            "2026-11-24T17:00Z",
            "2026-11-24T17:00:00+0000",
            "2026-11-24T17:00:00+00",
        ),
        *("2026-11-24T24:00:00Z", "2026-11-24T17:60:00Z", "2026-12-31T23:59:60Z", "2026-02-29T17:00:00Z"),
        *("2026-11-24T17:00:00+24:00", "2026-11-24T17:00:00+01:60", "2026-11-24T17:00:00.Z", "2026-11-24T17:00:00,5Z"),
        *(
            "2026-11-24_17:00:00Z",
            "2026-11-24T17:00:00 Z",
            "2026-11-24T17:00:00Z ",
            "2026-11-24T17:00:00Z\n",
            "1764000000",
        ),
        *("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"),
    ],
)
def test_anything_else_is_no_instant(text):
    assert instant(text) is None
    assert not takes(Instant, text)
