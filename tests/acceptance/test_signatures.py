"""Sources with a key sign each record, in both modes (contract §2)."""

from collections.abc import Callable

import pytest

from tests.acceptance.builders import Event, driver, inquiry, licence, source
from tests.acceptance.outside import INQUIRIES, REFERENCE, SECRET, Outside, binary, dump, signature

TYPES = ["guichet.inquiry.requested.v1", "guichet.driver.declared.v1"]


@pytest.fixture(scope="module")
async def signer(guichet: Outside) -> str:
    """The URI of a source that must sign."""
    declared = source(types=TYPES, roles=["PARTNER", "SAAQ"], key_ref="partner")
    await guichet.declare(declared)
    return str(declared["data"]["uri"])


def question(town: str, signer: str) -> Event:
    attributes = {"source": signer, "subject": "dossier-é"}
    return inquiry("DRIVER_RECORD", {"licence": licence()}, organisation=town, attributes=attributes)


async def test_a_signed_structured_event_is_answered(guichet: Outside, town: str, signer: str) -> None:
    asked = question(town, signer)
    guichet.send_bytes(INQUIRIES, dump(asked), None, [signature(dump(asked))])
    await guichet.answer(asked["id"])


async def test_a_signed_binary_event_is_answered(guichet: Outside, town: str, signer: str) -> None:
    asked = question(town, signer)
    guichet.send_binary(asked, signed_with=SECRET)
    await guichet.answer(asked["id"])


async def test_a_header_that_is_not_the_envelopes_is_not_signed(guichet: Outside, town: str, signer: str) -> None:
    asked = question(town, signer)
    value, headers = binary(asked)
    guichet.send_bytes(INQUIRIES, value, None, [("trace", b"x"), *reversed(headers), signature(value, headers)])
    await guichet.answer(asked["id"])


WRONG: dict[str, Callable[[bytes], list[tuple[str, bytes]]]] = {
    "missing": lambda _: [],
    "another key": lambda value: [signature(value, key=b"\x01" * 32)],
    "another value": lambda value: [signature(value + b" ")],
    "not hex": lambda _: [("guichet-signature", b"\xff\xfe")],
    "empty": lambda _: [("guichet-signature", b"")],
}


@pytest.mark.parametrize("way", WRONG)
async def test_a_wrong_or_missing_signature_is_a_dead_letter(
    guichet: Outside, town: str, signer: str, way: str
) -> None:
    asked = question(town, signer)
    sent = guichet.send_bytes(INQUIRIES, dump(asked), None, WRONG[way](dump(asked)))
    assert await guichet.cause(sent) == "SIGNATURE"
    assert await guichet.rows("inquiries", asked["id"]) == []


async def test_a_binary_signature_covers_the_envelope(guichet: Outside, town: str, signer: str) -> None:
    value, headers = binary(question(town, signer))
    signed = signature(value, headers)
    forged = [(name, b"another" if name == "ce_subject" else text) for name, text in headers]
    for wrong in ([*forged, signed], [*headers, signature(value)], headers):
        assert await guichet.cause(guichet.send_bytes(INQUIRIES, value, None, wrong)) == "SIGNATURE"


async def test_snapshots_and_tombstones_are_signed_too(guichet: Outside, town: str, signer: str) -> None:
    declared = driver({"source": signer})
    assert await guichet.cause(guichet.send(declared, REFERENCE)) == "SIGNATURE"
    await guichet.applied(guichet.send_binary(declared, REFERENCE, signed_with=SECRET))
    question = {"licence": declared["data"]["licence"]}
    found = guichet.ask(town, "DRIVER_RECORD", question)
    assert (await guichet.answer(found))["items"][0]["outcome"] == "FOUND"

    withdrawal = driver({"source": signer}, licence=declared["data"]["licence"])
    assert await guichet.cause(guichet.send_tombstone(withdrawal)) == "SIGNATURE"
    _, headers = binary(withdrawal)
    key = f"driver:{declared['data']['licence']}"
    await guichet.applied(guichet.send_bytes(REFERENCE, None, key, [*headers, signature(None, headers)]))
    gone = guichet.ask(town, "DRIVER_RECORD", question)
    assert (await guichet.answer(gone))["items"][0]["outcome"] == "NOT_FOUND"
