"""Who may come in: known sources, right signatures, valid data, clocks not too far ahead (contract §2)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from handlers.decision import Arrival, Source, dead
from handlers.timeline import Timeline
from schemas.envelope import Cause, Dead, Event, signature_matches, signature_of, signed_bytes
from schemas.events.reference import OrganisationDeclared, SourceDeclared

AHEAD = timedelta(minutes=5)


def admit(
    event: Event | Dead, sources: Mapping[str, Source], hmac_keys: Mapping[str, bytes], timeline: Timeline
) -> Arrival | Dead:
    """Let a decoded event in, or say why not: SOURCE, SIGNATURE, DATA or TIME, in this order."""
    if isinstance(event, Dead):
        return event
    source = sources.get(event.envelope.source)
    if source is None:
        return dead(
            event,
            Cause.SOURCE,
            "source: is not declared; declare it with source.declared or `guichet source add`",
        )
    refused = _source_refused(event, source) or _signature_refused(event, source, hmac_keys)
    if refused is not None:
        return refused
    if event.invalid is not None:
        return dead(event, Cause.DATA, event.invalid)
    if refused := _organisation_refused(event, source):
        return refused
    received_at, received_on = timeline.reception(event.record.timestamp_ms)
    if event.envelope.time - received_at > AHEAD:
        return dead(event, Cause.TIME, "time: more than 5 minutes after reception; set the source's clock")
    return Arrival(event, source, received_at, received_on)


def _source_refused(event: Event, source: Source) -> Dead | None:
    if event.envelope.type in source.types or "*" in source.types:
        return None
    return dead(event, Cause.SOURCE, "source: may not send this type; add it to the source's types")


def _organisation_refused(event: Event, source: Source) -> Dead | None:
    if source.speaks_for_all or all(map(source.speaks_for, _spoken_for(event))):
        return None
    detail = "source: may not speak for this organisation; add it to the source's organisations"
    return dead(event, Cause.SOURCE, detail)


def _spoken_for(event: Event) -> Sequence[str]:
    """Give the organisations that an event names: in its data, or as a tombstone in its key.

    A source that is declared may be given no organisation that the one who declares it has not.
    """
    match event.data:
        case None:
            prefix, _, name = (event.record.key or b"").decode("utf-8", "replace").partition(":")
            return [name] if prefix == "organisation" else []
        case SourceDeclared(organisations=organisations):
            return organisations
        case OrganisationDeclared(neq=neq):
            return [neq]
        case data:
            named = getattr(data, "organisation", None)
            return [] if named is None else [named]


def _signature_refused(event: Event, source: Source, hmac_keys: Mapping[str, bytes]) -> Dead | None:
    if source.key_ref is None:
        return None
    key = hmac_keys.get(source.key_ref)
    if key is None:
        detail = "the source's key_ref names no key in GUICHET_HMAC_KEYS; add it and redrive"
        return dead(event, Cause.SIGNATURE, detail)
    signature = signature_of(event.record)
    if signature is None:
        return dead(
            event,
            Cause.SIGNATURE,
            "header guichet-signature: missing; sign each record with the source's key",
        )
    if not signature_matches(key, signed_bytes(event.record), signature):
        return dead(
            event,
            Cause.SIGNATURE,
            "header guichet-signature: wrong; it is hex HMAC-SHA256 as contract §2 says",
        )
    return None
