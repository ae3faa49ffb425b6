"""`guichet bill show --pdf`: a closed month's statement, made when first asked for, the same bytes ever after."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from infra.cli.statement import _why_none
from tests.acceptance.builders import adjusted, licence, organisation
from tests.acceptance.outside import Outside
from tests.conftest import Stack
from tests.months.conftest import Done, Months, Run
from tests.rule_mark import rule

NAME = 'Ville de #panic() $x$ *L’Œuvre* @ "Érables"'


class Billed:
    """An organisation with a statement, and the command that writes it."""

    def __init__(self, neq: str, month: str, run: Run, guichet: Outside, stack: Stack) -> None:
        self.neq = neq
        self.month = month
        self._run = run
        self._guichet = guichet
        self._stack = stack

    def show(self, file: Path, *words: str, month: str = "") -> Done:
        return self._run("bill", "show", self.neq, "--month", month or self.month, "--pdf", str(file), *words)

    async def row(self) -> dict[str, Any]:
        rows = await self._guichet.sql.fetch("select * from read.statements where organisation = $1", self.neq)
        [row] = rows
        return dict(row)

    async def stored(self) -> Path:
        """Where the local stack's object store keeps the document."""
        row = await self.row()
        return Path(urlsplit(self._stack.env["GUICHET_OBJECTS"]).path) / f"statements/{row['statement_id']}.pdf"


@pytest.fixture(scope="module")
async def billed(guichet: Outside, run: Run, turned: Stack) -> Billed:
    """Two drivers asked about and one of them adjusted, in a month that is closed."""
    declared = organisation(in_service_from="2020-01-01", name=NAME)
    await guichet.declare(declared)
    neq = str(declared["data"]["neq"])
    asked = guichet.ask(neq, "DRIVER_RECORD", {"licence": licence()}, {"licence": licence()})
    await guichet.answer(asked)
    await guichet.fact(guichet.send(adjusted(asked, "-2.45")).id)
    month = await Months(guichet.sql, run).end()
    return Billed(neq, f"{month:%Y-%m}", run, guichet, turned)


def said(file: Path) -> str:
    return " ".join(" ".join(page.extract_text().split("\n")) for page in PdfReader(file).pages)


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@rule("P-10")
async def test_a_statement_is_made_when_first_asked_for_and_stored(billed: Billed, tmp_path: Path) -> None:
    assert (await billed.row())["document"] is None
    done = billed.show(tmp_path / "relevé.pdf")
    assert (done.code, done.err) == (0, "")
    assert f"statement written to {tmp_path / 'relevé.pdf'}" in done.out
    row = await billed.row()
    assert row["document"] == f"statements/{row['statement_id']}.pdf"
    assert (await billed.stored()).read_bytes() == (tmp_path / "relevé.pdf").read_bytes()
    assert names(tmp_path) == ["relevé.pdf"]


async def test_it_says_what_the_bill_says(billed: Billed, tmp_path: Path) -> None:
    done = billed.show(tmp_path / "a.pdf", "--json")
    assert (done.document["organisation"], done.document["total"]) == (billed.neq, "25.93")
    text = said(tmp_path / "a.pdf")
    row = await billed.row()
    for shown in (NAME, billed.neq, str(row["statement_id"]), "Dossier de conduite Oui 2 12,50\u00a0$ 25,00\u00a0$"):
        assert shown in text
    assert text.count("−2,45\u00a0$") == 1
    assert "Total 25,93\u00a0$" in text
    assert "Erreur de saisie" not in text


async def test_later_calls_give_the_stored_bytes(billed: Billed, tmp_path: Path) -> None:
    billed.show(tmp_path / "first.pdf")
    stored = await billed.stored()
    held = stored.read_bytes()
    stored.write_bytes(held + b"% as stored\n")
    billed.show(tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == held + b"% as stored\n"
    stored.write_bytes(held)


async def test_a_document_that_is_gone_is_made_again_as_it_was(
    billed: Billed, guichet: Outside, tmp_path: Path
) -> None:
    billed.show(tmp_path / "first.pdf")
    (await billed.stored()).unlink()
    await guichet.declare(organisation(neq=billed.neq, name="Another name since", in_service_from="2020-01-01"))
    done = billed.show(tmp_path / "again.pdf")
    assert done.code == 0
    assert (tmp_path / "again.pdf").read_bytes() == (tmp_path / "first.pdf").read_bytes()
    assert (await billed.stored()).read_bytes() == (tmp_path / "first.pdf").read_bytes()


async def test_a_file_that_is_there_is_replaced(billed: Billed, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("old")
    billed.show(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


def one_line(done: Done, code: int, *parts: str) -> None:
    assert (done.code, done.out, len(done.err.splitlines())) == (code, "", 1)
    assert [part for part in parts if part not in done.err] == []


async def test_an_open_month_has_no_statement(billed: Billed, months: Months, tmp_path: Path) -> None:
    month = f"{await months.open():%Y-%m}"
    one_line(billed.show(tmp_path / "a.pdf", month=month), 1, f"bill: {month} is open", "--month")
    assert not (tmp_path / "a.pdf").exists()


async def test_a_month_that_never_was_has_no_statement(billed: Billed, tmp_path: Path) -> None:
    one_line(billed.show(tmp_path / "a.pdf", month="2001-01"), 1, "nothing was ever billed")


async def test_who_was_billed_nothing_has_no_statement(
    billed: Billed, guichet: Outside, run: Run, tmp_path: Path
) -> None:
    idle = organisation(in_service_from="2020-01-01")
    await guichet.declare(idle)
    words = ("bill", "show", str(idle["data"]["neq"]), "--month", billed.month, "--pdf", str(tmp_path / "a.pdf"))
    one_line(run(*words), 1, f"bill: {billed.month} has no statement: nothing was billed", "--month")


async def test_a_folder_that_is_not_there_is_told(billed: Billed, tmp_path: Path) -> None:
    one_line(billed.show(tmp_path / "none" / "a.pdf"), 1, "--pdf: the folder", "does not exist")
    one_line(billed.show(tmp_path), 1, f"--pdf: {tmp_path} is a folder")


@pytest.mark.parametrize(
    ("address", "code", "part"),
    [("file:///no/such/folder", 3, "OBJECTS: "), ("ftp://x", 2, "GUICHET_OBJECTS: "), ("", 2, "GUICHET_OBJECTS: ")],
)
async def test_a_store_that_cannot_be_used_is_told(
    billed: Billed, turned: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, code: int, part: str
) -> None:
    monkeypatch.setitem(turned.env, "GUICHET_OBJECTS", address)
    one_line(billed.show(tmp_path / "a.pdf"), code, part)
    assert names(tmp_path) == []


def test_statements_that_are_being_issued_are_not_called_missing() -> None:
    assert "try again" in _why_none({"state": "CLOSED", "lines": [{}]})
