"""Money: a text with two decimals in events, a Decimal inside, CAD (contract §2)."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

TARIFF_PATTERN = "(0|[1-9][0-9]{0,4})[.][0-9]{2}"
SIGNED_PATTERN = "-?(0|[1-9][0-9]{0,9})[.][0-9]{2}"
_TARIFF = re.compile(TARIFF_PATTERN)
_SIGNED = re.compile(SIGNED_PATTERN)


@lru_cache(maxsize=4096)
def money_text(amount: Decimal) -> str:
    """Write an amount with two decimals; it must have no more."""
    return f"{amount:.2f}"


def _parse(text: Any, pattern: re.Pattern[str]) -> Decimal:
    if not isinstance(text, str) or pattern.fullmatch(text) is None:
        raise ValueError('must be a text with two decimals, such as "12.50"')
    return Decimal(text)


def _tariff(text: Any) -> Decimal:
    return _parse(text, _TARIFF)


def _not_zero(text: Any) -> Decimal:
    amount = _parse(text, _SIGNED)
    if not amount:
        raise ValueError("must not be zero")
    return amount


Amount = Annotated[
    Decimal,
    BeforeValidator(_tariff),
    PlainSerializer(money_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{TARIFF_PATTERN}$"}),
]
"""A price: "0.00" to "99999.99"."""

SignedAmount = Annotated[
    Decimal,
    BeforeValidator(_not_zero),
    PlainSerializer(money_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{SIGNED_PATTERN}$", "not": {"pattern": "^-?0[.]00$"}}),
]
"""A correction: not zero, at most 9999999999.99 either way."""
