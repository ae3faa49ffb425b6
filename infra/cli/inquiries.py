"""`guichet ask` and `guichet result`: one inquiry from the command line, the contents of its answer (contract §6)."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
import typer

from infra.cli.items import read_item
from infra.cli.output import Json, Refused, ServiceAway, ids_of, needs, print_json, print_table
from schemas.events.inquiries import MOST_LINES, Block, InquiryKind
from schemas.topics import INQUIRIES

if TYPE_CHECKING:
    from infra.adapters.settings import Settings

REFUSED = 1
MOST_ITEMS = 100
POLL_S = 0.05
TO_DO = {
    "ORGANISATION": "declare the organisation on guichet.reference, or check its NEQ",
    "NOT_IN_SERVICE": "its service has not started; see in_service_from of its snapshot",
    "NO_BILLING_ACCOUNT": "open its billing account first",
    "NOT_ENTITLED": "the agreement has not this service, channel or block",
    "SESSION": "the session is over; sign in again",
    "NO_TARIFF": "no tariff is in force for this service; declare one",
    "ITEM_FORM": "an item, or reference or employee, is not well formed; correct it and ask again",
    "NOT_ATTESTABLE": "no attestation is made of this provision on that day",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ask", epilog="Example: guichet ask VEHICLE_RECORD --organisation 1195000004 A12BCD plate=B34CDE")(ask)
    app.command("result", epilog="Example: guichet result 019ab0c2-7d4e-7a51-9c11-3f0d5a6b7c8d 1 --employee AG001")(
        result
    )


def ask(
    kind: Annotated[InquiryKind, typer.Argument(help="what is asked")],
    items: Annotated[list[str], typer.Argument(help="licence, plate or VIN, or plate=…, vin=…, licence=…; 1 to 100")],
    organisation: Annotated[str, typer.Option(help="NEQ of the organisation that asks and pays")],
    employee: Annotated[str | None, typer.Option(help="code of the employee who asks")] = None,
    reference: Annotated[str | None, typer.Option(help="the asker's own reference")] = None,
    blocks: Annotated[list[Block] | None, typer.Option(help="for LICENCE_VALIDITY; once for each block")] = None,
    environment: Annotated[str, typer.Option(help="P, or T: a test, answered without content or bill")] = "P",
    wait: Annotated[float, typer.Option(min=0.1, help="seconds to wait for the answer")] = 30.0,
    as_json: Json = False,
) -> None:
    """Publish one inquiry and wait for its answer. Exits 1 when it is refused."""
    if len(items) > MOST_ITEMS:
        raise typer.BadParameter(f"at most {MOST_ITEMS}; ask several times", param_hint="items")
    if environment not in {"P", "T"}:
        raise typer.BadParameter("must be P or T", param_hint="--environment")
    try:
        asked = [read_item(kind, item) for item in items]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="items") from None
    data: dict[str, Any] = {"organisation": organisation, "employee": employee, "kind": kind.value, "items": asked}
    data |= {"reference": reference, "blocks": [block.value for block in blocks] if blocks else None}
    data |= {"environment": environment}
    answer = asyncio.run(_ask({name: value for name, value in data.items() if value is not None}, wait))
    if as_json:
        print_json(answer)
    else:
        _print_answer(answer)
    if answer["status"] == "REFUSED":
        typer.echo(f"guichet: refused, {answer['code']}: {TO_DO[answer['code']]}", err=True)
        raise typer.Exit(REFUSED)


async def _ask(data: dict[str, Any], wait_s: float) -> dict[str, Any]:
    from infra.adapters.postgres.answers import DeadLetterSeen, find_end

    async with needs("DATABASE", "KAFKA") as session:
        inquiry_id = await _publish(session.settings, data)
        deadline = time.monotonic() + wait_s
        while (end := await find_end(session.connection, inquiry_id)) is None:
            if time.monotonic() > deadline:
                raise ServiceAway(
                    f"inquiries: no answer to inquiry_id {inquiry_id} within {wait_s:g} s; it is not lost, "
                    'see in "guichet status" what is down or behind'
                )
            await asyncio.sleep(POLL_S)
    if isinstance(end, DeadLetterSeen):
        raise Refused(f"inquiry_id {inquiry_id} became a dead letter, {end.cause}: {end.detail}")
    return end


async def _publish(settings: "Settings", data: dict[str, Any]) -> UUID:
    """Publish as the local stack's own source; gives the event's id."""
    from infra.adapters.kafka.connection import for_librdkafka
    from infra.adapters.preparing import LOCAL_SOURCE
    from producers.client import Publisher, PublishError

    try:
        async with Publisher(settings.kafka, LOCAL_SOURCE, security=for_librdkafka(settings)) as publisher:
            return (await publisher.publish(INQUIRIES, "inquiry.requested", data)).id
    except PublishError as error:
        away = str(error).startswith("KAFKA")
        raise (ServiceAway if away else Refused)(str(error)) from None


def _print_answer(answer: dict[str, Any]) -> None:
    title = f"inquiry_id {answer['inquiry_id']}: {answer['status']}"
    rows = [row | {"amount": f"{row['amount']:.2f}"} for row in answer["results"]]
    print_table(title, ("item", "outcome", "amount"), rows)
    if rows:
        typer.echo(f"total {answer['total']:.2f}")
    if rows and answer["environment"] == "P":
        typer.echo(f"see a content with: guichet result {answer['inquiry_id']} 1")


def result(
    inquiry: Annotated[str, typer.Argument(help="its inquiry_id")],
    item: Annotated[int | None, typer.Argument(min=1, max=MOST_LINES, help="its number, from 1")] = None,
    all_items: Annotated[bool, typer.Option("--all", help="every item: one JSON line each")] = False,
    employee: Annotated[str | None, typer.Option(help="code of the employee who looks")] = None,
    as_json: Json = False,
) -> None:
    """Show the content of a result; each one shown is logged as a consultation."""
    if all_items == (item is not None):
        raise typer.BadParameter("give the number of an ITEM, or --all")
    (inquiry_id,) = ids_of([inquiry])
    asyncio.run(_show(inquiry_id, item, employee, as_json))


async def _show(inquiry_id: UUID, item: int | None, employee: str | None, as_json: bool) -> None:
    from infra.adapters.postgres.answers import list_items, view_content

    async with needs("DATABASE") as session:
        numbers = await list_items(session.connection, inquiry_id) if item is None else [item]
        if not numbers:
            raise Refused("result: this inquiry has no results; see its status in read.inquiries")
        for number in numbers:
            content = await view_content(session.connection, inquiry_id, number, employee)
            if content is None:
                raise Refused(
                    f"result: item {number} has no content to show; it is unknown, of environment T, or was emptied"
                )
            shown = {"inquiry_id": inquiry_id, "item": number, "content": content}
            if item is None:
                typer.echo(orjson.dumps(shown).decode())
            elif as_json:
                print_json(shown)
            else:
                rows = [{"member": name, "value": value} for name, value in content.items()]
                print_table(f"inquiry_id {inquiry_id} item {number}", ("member", "value"), rows)
