"""Records that Guichet cannot take, by the cause that their dead letter must have (contract §2)."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from producers.cloud_events import CloudEvent, Prepared
from producers.made_up.organisations import NARROW_SOURCE, OPEN_SOURCE, SIGNED_SOURCE
from producers.partners.world import Data, Desk, write

LOCAL_SOURCE = "urn:guichet:local"


def _question(desk: Desk) -> Data:
    return desk.question(desk.organisation(), "DRIVER_RECORD")


def _good(desk: Desk) -> Prepared:
    return write(desk.event(_question(desk)))


def _valued(make: Callable[[bytes], bytes | None]) -> Callable[[Desk], Prepared]:
    def spoil(desk: Desk) -> Prepared:
        record = _good(desk)
        return record._replace(value=make(record.value or b""))

    return spoil


def _without_key(desk: Desk) -> Prepared:
    return _good(desk)._replace(key=None, value=b"[1, 2, 3]")


def _changed(changes: Data) -> Callable[[Desk], Prepared]:
    return lambda desk: write(desk.event(_question(desk) | changes))


def _said_by(source: str, kind: str = "guichet.inquiry.requested.v1") -> Callable[[Desk], Prepared]:
    return lambda desk: write(desk.event(_question(desk), source, kind))


def _of_another(desk: Desk) -> Prepared:
    return write(desk.event(desk.question(desk.organisation(1), "DRIVER_RECORD"), NARROW_SOURCE))


def _wrong_signature(desk: Desk) -> Prepared:
    wrong = random.Random(desk.random.random()).randbytes(32)  # noqa: S311 -- no secret
    return write(desk.event(_question(desk), SIGNED_SOURCE), wrong, binary_mode=desk.random.random() < 1 / 2)


def _ahead(desk: Desk) -> Prepared:
    return write(desk.event(_question(desk), ahead=timedelta(hours=1)))


def _too_many(desk: Desk) -> Prepared:
    return write(desk.event(desk.question(desk.organisation(), "LICENCE_VALIDITY", (True,) * 101)))


def _other_type(kind: str) -> Callable[[Desk], Prepared]:
    return _said_by(OPEN_SOURCE, kind)


SPOILINGS: tuple[tuple[str, Callable[[Desk], Prepared]], ...] = (
    ("DECODE", _valued(lambda value: value[:-9])),
    ("ENVELOPE", _valued(lambda value: value.replace(b'"specversion":"1.0",', b""))),
    ("TYPE", _other_type("guichet.inquiry.whispered.v1")),
    ("WRONG_TOPIC", _other_type("guichet.notice.submitted.v1")),
    ("SOURCE", _said_by("urn:example:stranger")),
    ("SIGNATURE", _wrong_signature),
    ("DATA", _changed({"kind": "HOROSCOPE"})),
    ("TIME", _ahead),
    ("DECODE", _valued(lambda value: value.replace(b"dossier", b"\xff\xfe"))),
    ("ENVELOPE", _without_key),
    ("SOURCE", _of_another),
    ("SIGNATURE", _said_by(SIGNED_SOURCE)),
    ("DATA", _changed({"items": []})),
    ("DECODE", _valued(lambda _: None)),
    ("SOURCE", _said_by(OPEN_SOURCE, "guichet.charge.adjusted.v1")),
    ("ENVELOPE", _valued(lambda value: value.replace(b'"id":"0', b'"id":"x'))),
    ("DATA", _too_many),
    ("DECODE", _valued(lambda value: value[:-1] + b',"n":NaN}')),
    ("DATA", _changed({"items": "licence"})),
)
"""Each cause with a way to get it, in the order in which partners make these mistakes."""


def conflicting(desk: Desk, event: CloudEvent) -> CloudEvent:
    """Give an event other content, or another source, under its old id."""
    if desk.random.random() < 2 / 3:
        return replace(event, data=event.data | {"reference": f"autre {desk.random.randrange(10**8):08d}"})
    return replace(event, source=LOCAL_SOURCE if event.source == OPEN_SOURCE else OPEN_SOURCE)
