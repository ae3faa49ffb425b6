"""Inquiries in PostgreSQL: what a batch must know, read by sets; its rows, written by COPY."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from handlers.decision import Arrival
from handlers.inquiries.known import Charged, Driver, Entitlement, Known, Organisation, Tariff, Vehicle
from handlers.inquiries.rows import AdjustmentRow, ChargeRow, ConsultationRow, InquiryRow, ResultRow
from infra.adapters.postgres.connection import Connection
from infra.adapters.postgres.road import columns, lock_aggregates
from infra.adapters.postgres.statements import statements
from schemas.events.inquiries import ChargeAdjusted, InquiryRequested, ResultViewed
from schemas.identifiers import is_neq

SQL = statements("inquiries")


async def load_inbox(connection: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """Give source number and digest of every id among these that `guichet.inquiries` has ever used."""
    rows = await connection.fetch(SQL["load_inbox"], list(ids))
    return {row[0]: (row[1], row[2]) for row in rows}


async def load(connection: Connection, arrivals: Sequence[Arrival]) -> Known:
    """Read what the batch needs, one query a table."""
    known = Known()
    inquiries = [a.event.data for a in arrivals if isinstance(a.event.data, InquiryRequested)]
    if inquiries:
        await _load_organisations(connection, known, {inquiry.organisation for inquiry in inquiries})
        await _load_tariffs(connection, known)
        await _load_items(connection, known, inquiries)
    if len(inquiries) < len(arrivals):
        known.followed = True
        await _load_followed(connection, known, arrivals)
    return known


async def _load_organisations(connection: Connection, known: Known, neqs: set[str]) -> None:
    rows = await connection.fetch(SQL["load_organisations"], [neq for neq in neqs if is_neq(neq)])
    unnamed = [neq for neq in neqs.difference(row["neq"] for row in rows) if is_neq(neq)]
    if unnamed:
        await connection.execute(SQL["add_parties"], unnamed)
        rows += await connection.fetch(SQL["load_organisations"], unnamed)
    known.party_numbers = {row["neq"]: row["org_no"] for row in rows}
    known.organisations = {
        row["neq"]: Organisation(
            row["org_no"], row["in_service_from"], row["billing_account_open"], _services(row["services"])
        )
        for row in rows
        if row["services"] is not None
    }


def _services(text: str) -> dict[str, Entitlement]:
    """Read the column `services`: a list of {service, channels, blocks}, as declared."""
    return {
        entry["service"]: Entitlement(frozenset(entry["channels"]), frozenset(entry.get("blocks") or ()))
        for entry in orjson.loads(text)
    }


async def _load_tariffs(connection: Connection, known: Known) -> None:
    tariffs: dict[str, list[Tariff]] = {}
    for row in await connection.fetch(SQL["load_tariffs"]):
        tariff = Tariff(row["tariff_no"], row["effective_from"], row["amount"])
        tariffs.setdefault(row["service"], []).append(tariff)
    known.tariffs = tariffs


async def _load_items(connection: Connection, known: Known, inquiries: Iterable[InquiryRequested]) -> None:
    items = [item for inquiry in inquiries for item in inquiry.items]
    licences = {item.licence for item in items if _searchable(item.licence)}
    plates = {item.plate for item in items if _searchable(item.plate)}
    vins = {item.vin for item in items if _searchable(item.vin)}
    if licences:
        rows = await connection.fetch(SQL["load_drivers"], list(licences))
        known.drivers = {row[0]: Driver(*row) for row in rows}
    if plates:
        rows = await connection.fetch(SQL["load_vehicles_by_plate"], list(plates))
        known.vehicles_by_plate = {row["plate"]: _vehicle(row) for row in rows}
    if vins:
        rows = await connection.fetch(SQL["load_vehicles_by_vin"], list(vins))
        known.vehicles_by_vin = {row["vin"]: _vehicle(row) for row in rows}


def _searchable(text: str | None) -> bool:
    """Leave out what is no identifier: too long, or with a NUL, which PostgreSQL does not take."""
    return text is not None and len(text) <= 17 and text.isalnum()  # noqa: PLR2004 -- the length of a VIN


def _vehicle(row: Any) -> Vehicle:
    return Vehicle(*row)._replace(uses=orjson.loads(row["uses"]))


async def _load_followed(connection: Connection, known: Known, arrivals: Sequence[Arrival]) -> None:
    events = [arrival.event.data for arrival in arrivals]
    viewed = {(e.result.inquiry, e.result.item) for e in events if isinstance(e, ResultViewed)}
    adjusted = {(e.charge.inquiry, e.charge.item) for e in events if isinstance(e, ChargeAdjusted)}
    if viewed:
        rows = await connection.fetch(SQL["load_results"], *columns(viewed))
        known.results = {(row[0], row[1]): row[2] for row in rows}
    if adjusted:
        await lock_aggregates(connection, {f"charge:{inquiry}:{item}" for inquiry, item in adjusted})
        rows = await connection.fetch(SQL["load_charges"], *columns(adjusted))
        known.charges = {(row[0], row[1]): Charged(row[2], row[3], row[4]) for row in rows}


async def write_inquiries(connection: Connection, rows: list[InquiryRow]) -> None:
    """Copy inquiries and follow-ups; a conflict means that another batch took the id in the same instant."""
    await _copy(connection, "inquiries", InquiryRow._fields, rows)


async def write_results(connection: Connection, rows: list[ResultRow]) -> None:
    """Copy frozen results."""
    await _copy(connection, "results", ResultRow._fields, rows)


async def write_charges(connection: Connection, rows: list[ChargeRow]) -> None:
    """Copy charges into the one open period; the inbox let each inquiry through once, so a conflict is a bug."""
    period_no = await _open_period(connection)
    await _copy(connection, "charges", (*ChargeRow._fields, "period_no"), [(*row, period_no) for row in rows])


async def write_adjustments(connection: Connection, rows: list[AdjustmentRow]) -> None:
    """Insert adjustments into the one open period."""
    period_no = await _open_period(connection)
    await connection.execute(SQL["insert_adjustments"], *columns(rows), period_no)


async def write_consultations(connection: Connection, rows: list[ConsultationRow]) -> None:
    """Insert consultations; their numbers come from a sequence."""
    await connection.execute(SQL["insert_consultations"], *columns(rows))


async def _open_period(connection: Connection) -> int:
    period_no: int = await connection.fetchval(SQL["charging_period"])
    return period_no


async def _copy(connection: Connection, table: str, columns: Sequence[str], rows: list[Any]) -> None:
    await connection.copy_records_to_table(table, schema_name="core", columns=columns, records=rows)


WRITERS: dict[type[Any], Callable[[Connection, list[Any]], Awaitable[None]]] = {
    InquiryRow: write_inquiries,
    ResultRow: write_results,
    ChargeRow: write_charges,
    AdjustmentRow: write_adjustments,
    ConsultationRow: write_consultations,
}
