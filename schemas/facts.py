"""Facts read back from `guichet.outcomes`: of those that are counted the members that count, of others the envelope."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from schemas.envelope import Cause, Dead, Envelope, Event, Record
from schemas.events.reference import Service

Version = Annotated[int, Meta(ge=1, lt=2**31)]
Money = Annotated[str, Meta(pattern=r"^-?[0-9]{1,10}\.[0-9]{2}$")]


class Item(Struct, frozen=True):
    """An item of an answer; there are as many as were accepted."""


class Answered(Struct, frozen=True):
    """An inquiry was answered; `day` is missing in facts told before it was added."""

    kind: Service
    items: Annotated[list[Item], Meta(max_length=100)]
    total: Money
    organisation: str
    day: date | None = None
    environment: Literal["T"] | None = None


class Refused(Struct, frozen=True):
    """An inquiry was refused at entry, perhaps for an organisation that is none."""

    kind: Service
    organisation: str | None = None
    day: date | None = None
    environment: Literal["T"] | None = None


class Adjusted(Struct, frozen=True):
    """A line was added on a charge; `service` and `day` are missing in facts told before they were added."""

    amount: Money
    organisation: str
    service: Service | None = None
    day: date | None = None
    environment: None = None


Counted: TypeAlias = Answered | Refused | Adjusted


class Told(Struct, frozen=True):
    """What a counted fact tells: of the event with this id, in this version of its aggregate."""

    event_id: UUID
    version: int
    data: Counted


class _Fact(Struct):
    """The envelope of a fact (contract §4)."""

    id: UUID
    source: str
    type: str
    time: Annotated[datetime, Meta(tz=True)]
    causationid: UUID
    version: Version
    data: Raw


_fact = msgspec.json.Decoder(_Fact)
_counted: Mapping[str, msgspec.json.Decoder[Counted]] = {
    "guichet.inquiry.answered.v1": msgspec.json.Decoder(Answered),
    "guichet.inquiry.refused.v1": msgspec.json.Decoder(Refused),
    "guichet.charge.adjusted.v1": msgspec.json.Decoder(Adjusted),
}


def read_fact(record: Record, _models: Mapping[str, Any]) -> Event | Dead:
    """Read a fact: an event whose data is what a counted one tells, None for all others. Never raises.

    The models of facts are not asked: this is the road of each inquiry once more, and they would cost more than it.
    """
    try:
        fact = _fact.decode(record.value or b"")
    except msgspec.ValidationError as error:
        return Dead(Cause.ENVELOPE, f"{_place(error)}: is not as in a fact; only Guichet writes here")
    except (msgspec.DecodeError, ValueError, RecursionError):
        return Dead(Cause.DECODE, "value: is no JSON document; only Guichet writes here")
    told, invalid = None, None
    if (decoder := _counted.get(fact.type)) is not None:
        try:
            told = Told(fact.causationid, fact.version, decoder.decode(fact.data))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            invalid = f"data{_place(error)}: does not fit its type; only Guichet writes here"
    return Event(record, Envelope(fact.id, fact.source, fact.type, fact.time), told, b"", invalid)


def _place(error: Exception) -> str:
    """Name the member at which decoding stopped, without its value, which the error's own words may hold."""
    return str(error).rpartition("`$")[2].rstrip("`") if "`$" in str(error) else ""
