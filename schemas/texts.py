"""Texts, dates and instants as the contract writes them (contract §2)."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any
from unicodedata import category

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ATOM = r"[^\s\"(),.:;<>@\[\]\\]+"
_LABEL = r"(?!-)[^\s\"(),.:;<>@\[\]\\_!#$%&'*+/=?^`{|}~]+(?<!-)"
EMAIL = re.compile(
    rf"({_ATOM}(\.{_ATOM})*|\"([^\"\\]|\\.)*\")@({_LABEL}(\.{_LABEL})*|\[[^\s\[\]\\]+\])",
)
"""An addr-spec of RFC 5322 without comments and folding, international as in RFC 6532."""
MAX_NAME = 300
MAX_EMAIL = 254


def is_printable(text: str) -> bool:
    """Tell whether a text holds no character of category Cc."""
    return text.isprintable() or all(category(character) != "Cc" for character in text)


def instant(value: Any) -> datetime | None:
    """Read an RFC 3339 instant with its offset as UTC; None when it is none. Digits after microseconds are cut."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        return None
    try:
        read = datetime.fromisoformat(value.upper())
        return read if read.tzinfo is UTC else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _instant(value: Any) -> datetime:
    if (read := instant(value)) is None:
        raise ValueError("must be an RFC 3339 instant with an offset")
    return read


def _date(value: Any) -> date:
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise ValueError("must be a date AAAA-MM-JJ")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date that exists") from None


def is_day(text: str) -> bool:
    """Tell whether a text is a date AAAA-MM-JJ that exists."""
    try:
        return bool(_date(text))
    except ValueError:
        return False


def _printable(value: str) -> str:
    if not is_printable(value):
        raise ValueError("must not hold control characters")
    return value


def _email(value: str) -> str:
    if not EMAIL.fullmatch(value):
        raise ValueError("must be one e-mail address")
    return value


def is_email(text: str) -> bool:
    """Tell whether a text is an e-mail address as the contract takes them."""
    return len(text) <= MAX_EMAIL and is_printable(text) and EMAIL.fullmatch(text) is not None


Day = Annotated[
    date,
    BeforeValidator(_date),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Text = Annotated[str, StringConstraints(strict=True), AfterValidator(_printable)]
Code = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME)]
Email = Annotated[Text, StringConstraints(max_length=MAX_EMAIL), AfterValidator(_email)]
