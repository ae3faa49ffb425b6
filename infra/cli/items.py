"""Items as they are written on the command line (contract §6)."""

from typing import Any

from schemas.events.inquiries import InquiryKind

KEYS = ("licence", "plate", "vin")
OF_DRIVERS = frozenset({InquiryKind.DRIVER_RECORD, InquiryKind.LICENCE_VALIDITY})
VIN_LENGTH = 17
ATTESTATION_PARTS = 4


def read_item(kind: InquiryKind, text: str) -> dict[str, Any]:
    """Read an item: `plate=…`, `vin=…`, `licence=…`, or a bare identifier whose key follows from kind and length.

    An attestation's is `LAW/ARTICLE/DATE/plate=…`, where the law may hold no slash.

    Raises:
        ValueError: the text has not this form; says how to write it, without the text.
    """
    if kind is not InquiryKind.ATTESTATION:
        return _identifier(kind, text)
    parts = text.split("/", ATTESTATION_PARTS - 1)
    if len(parts) != ATTESTATION_PARTS or "=" not in parts[-1]:
        raise ValueError("an attestation's item is LAW/ARTICLE/DATE/plate=… (or vin=…, licence=…)")
    law, article, as_of, identifier = parts
    return {"law": law, "article": article, "as_of": as_of, **_identifier(kind, identifier)}


def _identifier(kind: InquiryKind, text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        return {_key(kind, text): text}
    if key not in KEYS or not value:
        raise ValueError("an item is a bare identifier, or plate=…, vin=… or licence=…")
    return {key: value}


def _key(kind: InquiryKind, text: str) -> str:
    if kind in OF_DRIVERS:
        return "licence"
    return "vin" if len(text) == VIN_LENGTH else "plate"
