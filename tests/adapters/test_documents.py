"""The statement as PDF: the same bytes always, tagged, in French, whatever an organisation is called."""

import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from infra.adapters.documents import typesetting
from infra.adapters.documents.french import SERVICES, month
from infra.adapters.documents.statement import statement_pdf
from infra.adapters.documents.typesetting import typeset
from schemas.events.inquiries import InquiryKind
from tests.adapters.statements import ISSUED_AT, NOVEMBER, adjustment, charge, pages, statement, text
from tests.rule_mark import rule

LINES = [charge(), charge(item=2), charge("LICENCE_VALIDITY", "1.50", taxable=False), adjustment()]
ELSEWHERE = """
import hashlib
from infra.adapters.documents.statement import statement_pdf
from tests.adapters.statements import *
from tests.adapters.test_documents import LINES
print(hashlib.sha256(statement_pdf(statement(LINES), LINES)).hexdigest())
"""


def made(*lines, **given):
    return statement_pdf(statement(list(lines), **given), list(lines))


def test_the_same_rows_give_the_same_bytes_also_in_another_process(monkeypatch):
    first = made(*LINES)
    monkeypatch.setattr(typesetting, "_compiler", typesetting._compiler.__wrapped__)
    assert made(*LINES) == first
    elsewhere = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={"TZ": "Asia/Tokyo", "LANG": "C", "PYTHONHASHSEED": "0"},
    )
    assert elsewhere.stdout.strip() == sha256(first).hexdigest()


def test_a_document_between_two_others_changes_nothing():
    first = made(*LINES)
    assert made(adjustment(), name="Une autre") != first
    assert made(*LINES) == first


def test_a_reader_for_the_blind_knows_language_title_and_structure():
    read = PdfReader(BytesIO(made(*LINES)))
    root = read.trailer["/Root"]
    assert root["/Lang"] == "fr-CA"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert {"/Table", "/TH", "/TD", "/H1", "/H2"} <= set(structure(root["/StructTreeRoot"]))
    assert (read.metadata.title, read.metadata.author) == ("Relevé de novembre\u00a02026", "Guichet")
    assert read.metadata.creation_date == ISSUED_AT


def structure(element):
    """The kinds of a document's elements."""
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        found = kid.get_object()
        if isinstance(found, dict) and "/S" in found:
            yield found["/S"]
            yield from structure(found)


def test_it_says_that_it_is_for_archives_and_for_all():
    metadata = PdfReader(BytesIO(made(*LINES))).xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata


@rule("P-10")
def test_a_line_a_service_and_tariff_then_adjustments_then_taxes():
    said = text(made(*LINES))
    assert "Dossier de conduite Oui 2 12,50\u00a0$ 25,00\u00a0$" in said
    assert "Validité du permis de conduire Non 1 1,50\u00a0$ 1,50\u00a0$" in said
    assert said.count("2,45") == 1
    assert "Dossier de conduite Oui 01a21e17-48f0-82c6-8c44-40692b27fce5 1 −2,45\u00a0$" in said
    assert (
        "Sous-total 24,05\u00a0$ Sous-total taxable 22,55\u00a0$ TPS 1,13\u00a0$ TVQ 2,25\u00a0$ Total 27,43\u00a0$"
        in said
    )


def test_services_stand_in_the_order_of_their_french_names():
    said = text(made(*[charge(code) for code in ("OWNERSHIP_HISTORY", "ATTESTATION", "VEHICLE_RECORD")]))
    assert re.findall("(Attestation|Dossier de véhicule|Historique de propriété) Oui", said) == [
        "Attestation",
        "Dossier de véhicule",
        "Historique de propriété",
    ]


def test_two_tariffs_of_one_service_are_two_lines():
    said = text(made(charge(amount="12.50"), charge(amount="13.00")))
    assert "Oui 1 12,50\u00a0$ 12,50\u00a0$" in said
    assert "Oui 1 13,00\u00a0$ 13,00\u00a0$" in said


def test_it_says_whose_it_is_of_when_and_which_one():
    said = text(made(*LINES))
    for name, value in {
        "Organisme": "Ville de L’Œuvre-aux-Érables",
        "Numéro d’entreprise (NEQ)": "1195000006",
        "Période": "novembre\u00a02026",
        "Numéro du relevé": "01a21e17-48f0-82c6-8c44-40692b27fce5",
        "Date d’émission": "2026-11-30",  # in Toronto
    }.items():
        assert f"{name} {value}" in said


def test_amounts_are_written_in_french():
    said = text(made(*[charge(amount="1234.56")] * 1204, adjustment("-9999999.99")))
    assert "1\u202f204 1\u202f234,56\u00a0$ 1\u202f486\u202f410,24\u00a0$" in said
    assert "−9\u202f999\u202f999,99\u00a0$" in said


def test_a_total_below_zero_has_a_minus_sign():
    assert "Total −11,50\u00a0$" in text(made(adjustment("-10.00")))


def test_nothing_to_pay_has_no_sign():
    assert "Total 0,00\u00a0$" in text(made(charge(amount="10.00"), adjustment("-10.00")))


@pytest.mark.parametrize("rate", ["9,97", "14,97", "14,975", "9.97", "14.97", "%"])
def test_no_rate_that_must_not_be_shown(rate):
    assert rate not in text(made(*LINES))


def test_many_lines_go_on_under_the_same_head():
    pdf = made(*[adjustment(item=n) for n in range(1, 2001)])
    total = len(PdfReader(BytesIO(pdf)).pages)
    assert total > 40
    for number in (1, 2, total):
        page = pages(pdf, number)[0]
        assert page.count("Service Taxable Demande Élément Montant") == 1
        assert f"Page {number} de {total}" in page
    assert "2000 −2,45\u00a0$ Sous-total" in page


AWKWARD = [
    "#set page(fill: red) #panic()",
    "$x^2$ *gras* _italique_ `code` @renvoi <marque>",
    'dit "Le Vrai" \\ \\u{41} // /* -- --- ~ = titre',
    '"], "name": "autre',
    "l'eau ... 'a' “b” « c »",
    "  deux  espaces ",
    "W" * 300,
    "Régie intermunicipale " * 13,
    "œ Œ æ ÿ Ÿ ç Ç ñ ʼ ɂ đ ł ș",
    "Θεσσαλονίκη Москва",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_a_name_is_printed_as_it_is(name):
    said = text(made(*LINES, name=name))
    shown = said.partition("Organisme ")[2].partition(" Numéro d’entreprise")[0]
    assert shown.replace(" ", "") == name.replace(" ", "")


def test_a_name_of_any_length_stays_on_the_page():
    [page] = PdfReader(BytesIO(made(*LINES, name="W" * 300))).pages
    longest = max(page.extract_text().split("\n"), key=lambda line: line.count("W"))
    assert longest.count("W") < 40


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ville 😀 ᑯᑦ.", "Ville □ □□."), ("日本", "□□"), ("\ue000.", "□."), ("□ 😀", "□ □")],
)
def test_what_the_typeface_does_not_have_is_a_square(name, shown):
    assert f"Organisme {shown} Numéro" in text(made(*LINES, name=name))


@settings(max_examples=40, deadline=timedelta(seconds=20))
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=300))
def test_no_name_is_too_strange(name):
    assert made(charge(), name=name).startswith(b"%PDF-1.7")


def test_an_organisation_that_was_withdrawn_has_no_name():
    said = text(made(*LINES, name=None))
    assert "Organisme" not in said
    assert "1195000006" in said


def test_every_service_that_is_billed_has_a_french_name():
    assert set(SERVICES) == set(InquiryKind)
    assert "FILE_XYZ" in text(made(charge("FILE_XYZ")))


@pytest.mark.parametrize(("number", "name"), [(2, "février"), (8, "août"), (12, "décembre")])
def test_months_have_their_french_names(number, name):
    assert month(NOVEMBER.replace(month=number)) == f"{name}\u00a02026"


def test_a_mistake_in_a_template_is_told(monkeypatch, tmp_path):
    (tmp_path / "wrong.typ").write_text('#panic("no")')
    monkeypatch.setattr(typesetting, "TEMPLATES", tmp_path)
    with pytest.raises(typst.TypstError):
        typeset("wrong", {"amount": str(Decimal(1))}, ISSUED_AT)
