"""Templates: what is wrong with one is known at the start, and nothing that a name holds becomes HTML."""

from html import unescape
from pathlib import Path
from typing import Any

import pytest

from notifier.rendering import FOLDER, VARIABLES, Rendered, Templates, TemplatesError, money, of_month
from tests.notifier.conftest import VARIABLES as GIVEN

GOOD = '{% import parts as part with context %}{% set subject = "Bonjour" %}'
PAGE = '{% call part.page("fr", subject, "fin") %}{{ part.paragraph(name) }}{% endcall %}'


def rendered(**variables: Any) -> Rendered:
    return Templates("https://portail.example").render("statement-issued", "fr", GIVEN | variables)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Templates of a test's own, with the parts of ours."""
    (tmp_path / "fr").mkdir()
    for part in FOLDER.glob("*.j2"):
        (tmp_path / part.name).write_text(part.read_text("utf-8"), "utf-8")
    return tmp_path


def problem(folder: Path, text: str | None) -> str:
    if text is not None:
        (folder / "fr" / "test.j2").write_text(text, "utf-8")
    with pytest.raises(TemplatesError) as raised:
        Templates("https://portail.example", folder, {"test": frozenset({"name"})})
    return str(raised.value)


def test_a_variable_that_is_not_given_is_found_at_the_start(folder: Path) -> None:
    said = problem(folder, GOOD + PAGE + "{{ nom }}")
    assert said == "fr/test.j2: names nom, which it is not given; it has name"


def test_a_template_that_is_missing_is_found_at_the_start(folder: Path) -> None:
    assert problem(folder, None).startswith("fr/test.j2: is missing in ")


@pytest.mark.parametrize("text", ["{% if name %}x{% endif %}", "{% for x in name %}{{ x }}{% endfor %}", "{% oops %}"])
def test_a_template_that_cannot_be_set_once_is_found_at_the_start(folder: Path, text: str) -> None:
    assert problem(folder, GOOD + PAGE + text).startswith("fr/test.j2: ")


def test_each_variable_is_given_and_each_template_is_there() -> None:
    assert {path.stem for path in (FOLDER / "fr").glob("*.j2")} == VARIABLES.keys()
    assert VARIABLES["statement-issued"] == GIVEN.keys()


@pytest.mark.parametrize("name", ["<script>x</script>", "{{ portal }}", "a & b", '"><img src=x>', "{% raw %}"])
def test_a_name_is_shown_as_it_is_written(name: str) -> None:
    said = rendered(name=name)
    assert name in " ".join(said.text.split())
    assert name in unescape(said.html)
    assert "<script" not in said.html
    assert "<img" not in said.html


def test_amounts_and_months_are_written_in_french() -> None:
    assert money("-1234567.50") == "\u22121\u202f234\u202f567,50\u00a0$"
    months = [of_month(f"2026-{number:02d}") for number in (1, 4, 8, 10)]
    assert months == ["de janvier 2026", "d’avril 2026", "d’août 2026", "d’octobre 2026"]


def test_text_and_html_have_the_same_words() -> None:
    said = rendered()
    words = [word for word in said.text.split() if word not in {"--"} and not word.isupper()]
    assert [word for word in words if word not in unescape(said.html)] == []


def test_a_page_says_its_language_and_has_one_heading() -> None:
    page = rendered().html
    assert '<html lang="fr"' in page
    assert page.count("<h1") == 1
    assert page.count('scope="row"') == 4
