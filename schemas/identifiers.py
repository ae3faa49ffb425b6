"""Identifiers: their forms and check digits, safe made-up ones, and ids derived from a cause."""

import re
import unicodedata
from datetime import date
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

FORMS = ("11", "22", "33", "88")
"""The first two digits of a NEQ: legal persons, sole proprietorships, groups, public authorities."""

NEQ_PATTERN = "[0-9]{10}"
LICENCE_PATTERN = "[A-Z][0-9]{12}"
PLATE_PATTERN = "[A-Z0-9]{2,8}"
VIN_PATTERN = "[A-HJ-NPR-Z0-9]{17}"
_NEQ = re.compile(NEQ_PATTERN)
_LICENCE = re.compile(LICENCE_PATTERN)
_PLATE = re.compile(PLATE_PATTERN)
_VIN = re.compile(VIN_PATTERN)
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_REMAINDERS = "0123456789X"


def luhn_ok(digits: str) -> bool:
    """Tell whether the last digit is the Luhn check digit of those before it."""
    return _luhn_sum(digits) % 10 == 0


def _luhn_sum(digits: str) -> int:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return doubled + sum(int(digit) for digit in digits[-1::-2])


def is_neq(text: str) -> bool:
    """Tell whether a text is a NEQ: 10 digits, a known form, Luhn over the last 8."""
    return _NEQ.fullmatch(text) is not None and text[:2] in FORMS and luhn_ok(text[2:])


def is_licence(text: str) -> bool:
    """Tell whether a text has the compact form of a driver's licence number: a capital and 12 digits."""
    return _LICENCE.fullmatch(text) is not None


def is_plate(text: str) -> bool:
    """Tell whether a text has the form of a plate: 2 to 8 capitals and digits."""
    return _PLATE.fullmatch(text) is not None


def has_vin_form(text: str) -> bool:
    """Tell whether a text is 17 capitals and digits without I, O and Q."""
    return _VIN.fullmatch(text) is not None


def is_vin(text: str) -> bool:
    """Tell whether a text is a VIN with a right check digit, which stands at position 9."""
    return has_vin_form(text) and text[8] == _vin_check(text)


def _vin_check(text: str) -> str:
    total = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(text, _VIN_WEIGHTS, strict=True))
    return _VIN_REMAINDERS[total % 11]


def made_up_neq(n: int) -> str:
    """Make a NEQ that no firm has (serials from 9500000 on); different for each n below 1,500,000."""
    serial = f"{9_500_000 + n // 3 % 500_000:07d}"
    return ("11", "33", "88")[n % 3] + serial + str(-_luhn_sum(f"{serial}0") % 10)


def made_up_licence(n: int, family_name: str, birth_date: date) -> str:
    """Make a licence number that nobody has (month + 20); different for each n below 1,000,000."""
    first = unicodedata.normalize("NFKD", family_name)[:1].upper()
    letter = first if first.isascii() and first.isalpha() else "X"
    born = f"{birth_date.day:02d}{birth_date.month + 20:02d}{birth_date.year % 100:02d}"
    return f"{letter}{n // 100 % 10_000:04d}{born}{n % 100:02d}"


def made_up_plate(n: int) -> str:
    """Make a plate that no vehicle has (its Q is never issued); different for each n below 13,824,000."""
    letters = "ABCDEFGHJKLMNPRSTVWXYZ23"
    high = n // 1000
    return f"{n % 1000:03d}Q{letters[high // 576 % 24]}{letters[high // 24 % 24]}{letters[high % 24]}"


def made_up_vin(n: int) -> str:
    """Make a VIN that no vehicle has (no maker's code begins with 0); different for each n below 100,000,000."""
    text = f"0GCHTMAD0{n % 100_000_000:08d}"
    return f"{text[:8]}{_vin_check(text)}{text[9:]}"


UUID_CHARACTERS = 36
_V7 = (0x7 << 76) | (0x2 << 62)


def uuid(text: Any) -> UUID | None:
    """Read a UUID in its canonical form of 36 characters, whatever the case of its letters; None for all else."""
    if not isinstance(text, str) or len(text) != UUID_CHARACTERS:
        return None
    try:
        return msgspec.convert(text, UUID)
    except msgspec.ValidationError:
        return None


def derived_id(cause: UUID, name: str) -> UUID:
    """Derive a UUIDv8 from a cause: the first 48 bits of its id, so that it sorts by time, and a hash.

    Args:
        name: what the id is for; the same cause and name always give the same id.
    """
    origin = cause.bytes
    made = bytearray(origin[:6] + blake2b(origin + name.encode(), digest_size=10).digest())
    made[6] = made[6] & 0x0F | 0x80
    made[8] = made[8] & 0x3F | 0x80
    return msgspec.convert(made, UUID)


def uuid7(now_ms: int, random_bits: int) -> UUID:
    """Make a UUIDv7 from Unix milliseconds and 74 random bits."""
    tail = (random_bits >> 62 & 0xFFF) << 64 | random_bits & ((1 << 62) - 1)
    return UUID(int=now_ms << 80 | tail | _V7)
