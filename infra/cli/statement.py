"""A closed month's statement as a file (contract §6, `bill show --pdf`)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from handlers.billing.statement import Statement
from infra.adapters.documents.statement import statement_pdf
from infra.adapters.objects import ObjectDiffersError, Objects, ObjectsAwayError
from infra.adapters.postgres import billing
from infra.cli.output import Refused, ServiceAway, Session
from infra.cli.whole_files import check_folder, write_whole


async def write_statement(session: Session, bill: Mapping[str, Any], file: Path) -> None:
    """Write the statement of a bill to a file: its stored document, made and stored when first asked for.

    Raises:
        Refused: there is no statement, or the file cannot be written.
        ServiceAway: the object store does not answer.
        SettingsError: the object store refuses us.
    """
    check_folder(file, "--pdf")
    month = date.fromisoformat(f"{bill['period']}-01")
    statement = await billing.find_statement(session.connection, bill["organisation"], month)
    if statement is None:
        raise Refused(f"bill: {bill['period']} {_why_none(bill)}")
    with objects_answer():
        content = await stored_statement(Objects(session.settings.objects), statement, bill["lines"])
    if statement.document is None:
        await billing.name_document(session.connection, statement.statement_id, statement_key(statement))
    write_whole(file, content, "--pdf")


def _why_none(bill: Mapping[str, Any]) -> str:
    """Say why a month has no statement, and what to do."""
    if bill["state"] == "OPEN":
        return "is open and has no statement yet; name a closed month with --month"
    if not bill["lines"]:
        return "has no statement: nothing was billed to this organisation; name another month with --month"
    return "is closed and its statements are being issued; try again in a moment"


async def stored_statement(objects: Objects, statement: Statement, lines: list[Mapping[str, Any]]) -> bytes:
    """Give a statement's stored document; one that is not there is made from its frozen rows and stored."""
    key = statement_key(statement)
    content = await objects.get(key)
    if content is None:
        content = statement_pdf(statement, lines)
        await objects.put_once(key, content)
    return content


def statement_key(statement: Statement) -> str:
    """Give where a statement's document lies: where it was put, else where it will be."""
    return statement.document or f"statements/{statement.statement_id}.pdf"


@contextmanager
def objects_answer() -> Iterator[None]:
    """Tell what the object store holds against a command.

    Raises:
        ServiceAway: it does not answer.
        Refused: it holds something else under a key that is written once.
    """
    try:
        yield
    except ObjectsAwayError as error:
        raise ServiceAway(
            f"OBJECTS: the store does not answer or is not there ({error}); see what GUICHET_OBJECTS names, "
            'or start the stack with "guichet up"'
        ) from None
    except ObjectDiffersError as error:
        raise Refused(f"OBJECTS: {error} is there with other content; nothing was written, try again") from None
