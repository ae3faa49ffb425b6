"""The list of the 226 rules, the mark `@rule` and the tool behind `make rules`."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import rules as tool
from tests.rule_mark import check_numbers, rule, rules

ROOT = Path(__file__).parent.parent
COUNTS = {"P": 51, "E": 26, "M": 40, "R": 52, "S": 57}
SOURCE = """
@rule("P-10", "X-03")
@pytest.mark.parametrize("amount", ["0.00", "12.50"])
def test_an_item_is_billed(amount): ...

@rule("P-10")
@rule("P-07")
async def test_an_answer_is_published(): ...

@rule("P-50")
class TestSessions: ...

@pytest.mark.long
def test_of_no_rule(): ...
"""


def made(folder: Path, source: str, name: str = "test_made_up.py") -> Path:
    """A folder of tests with one file."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(source, encoding="utf-8")
    return folder


def test_226_rules_count_and_their_numbers_have_no_gap() -> None:
    counted = [known.number for known in rules().values() if known.counts]
    assert counted == [f"{letter}-{n:02}" for letter, last in COUNTS.items() for n in range(1, last + 1)]
    assert len(counted) == 226


def test_each_rule_that_counts_has_its_text_and_the_words_of_the_document() -> None:
    assert [known.number for known in rules().values() if not known.rule] == []
    assert [known.number for known in rules().values() if known.counts and not known.phrase] == []


def test_two_rules_are_kept_upstream() -> None:
    assert {known.number: known.where for known in rules().values() if known.where} == {
        "P-45": "upstream",
        "P-49": "upstream",
    }


def test_a_mark_carries_its_numbers() -> None:
    assert rule("P-10", "X-03").mark.args == ("P-10", "X-03")


@pytest.mark.parametrize("number", ["P-52", "P-1", "p-10", "", "Q-01"])
def test_a_number_of_no_rule_is_refused_with_the_test_that_has_it(number: str) -> None:
    with pytest.raises(pytest.UsageError) as refused:
        check_numbers(["P-10", number], "tests/test_it.py::test_it")
    assert str(refused.value) == f"tests/test_it.py::test_it: there is no rule {number}; docs/rules.csv lists them"


def collect(folder: Path) -> subprocess.CompletedProcess[str]:
    """Let pytest collect a folder with the project's own hooks and without running anything."""
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "tests.conftest"]
    command = [sys.executable, "-m", "pytest", *options, "--collect-only", "-q", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_collection_takes_stacked_marks_on_parametrised_tests(tmp_path: Path) -> None:
    collected = collect(made(tmp_path / "good", "import pytest\nfrom tests.rule_mark import rule\n" + SOURCE))
    assert collected.returncode == 0, collected.stdout
    assert "test_an_item_is_billed[12.50]" in collected.stdout


def test_collection_stops_at_a_number_of_no_rule(tmp_path: Path) -> None:
    source = 'from tests.rule_mark import rule\n@rule("P-99")\ndef test_it(): ...\n'
    collected = collect(made(tmp_path / "bad", source))
    assert collected.returncode == pytest.ExitCode.USAGE_ERROR
    assert "::test_it: there is no rule P-99" in collected.stderr + collected.stdout


def test_tests_are_found_by_their_marks_without_running_them(tmp_path: Path) -> None:
    folder = made(made(tmp_path / "tests", SOURCE), '@rule("P-01")\ndef test_not_in_a_test_file(): ...', "load.py")
    assert tool.marked_tests(folder) == {
        "P-10": [
            "tests/test_made_up.py::test_an_item_is_billed",
            "tests/test_made_up.py::test_an_answer_is_published",
        ],
        "X-03": ["tests/test_made_up.py::test_an_item_is_billed"],
        "P-07": ["tests/test_made_up.py::test_an_answer_is_published"],
        "P-50": ["tests/test_made_up.py::TestSessions"],
    }


def test_the_report_names_the_tests_or_says_missing_or_upstream() -> None:
    lines = tool.report({"P-10": ["a::b", "c::d"]}).splitlines()
    said = {number: " ".join(words) for number, *words in map(str.split, lines[: len(rules())])}
    assert said.pop("P-10") == "a::b, c::d"
    assert Counter(said.values()) == {"missing": len(rules()) - 3, "upstream": 2}
    assert lines[-1] == "226 rules: 1 have a test, 2 are kept upstream, 223 are missing"


def test_rules_that_cross_the_documents_are_not_counted() -> None:
    assert tool.totals({"X-03": ["a::b"]}) == "226 rules: 0 have a test, 2 are kept upstream, 224 are missing"


def test_a_rule_kept_upstream_that_has_a_test_counts_as_tested() -> None:
    assert tool.totals({"P-45": ["a::b"]}) == "226 rules: 1 have a test, 1 are kept upstream, 224 are missing"


def test_the_document_has_one_line_a_rule_with_its_tests() -> None:
    rows = [line.split(" | ") for line in tool.document({"P-10": ["a::b", "c::d"]}).splitlines() if "-" in line[:6]]
    lines = {row[0].strip("| "): row for row in rows if row[0] != "| ---"}
    assert list(lines) == list(rules())
    assert {len(row) for row in lines.values()} == {3}
    assert lines["P-10"][2] == "`a::b`<br>`c::d` |"
    assert lines["P-45"][2] == "upstream |"
    assert lines["S-57"][2] == "missing |"


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one test file, without docs/rules.md yet."""
    monkeypatch.setattr(tool, "TESTS", made(tmp_path / "tests", SOURCE))
    monkeypatch.setattr(tool, "DOCUMENT", tmp_path / "rules.md")
    return tmp_path / "rules.md"


def test_what_was_written_is_up_to_date_until_a_test_comes_or_goes(document: Path) -> None:
    assert tool.main(["--write"]) == 0
    assert tool.main(["--check"]) == 0
    made(tool.TESTS, '@rule("P-01")\ndef test_another(): ...', "test_more.py")
    assert tool.main(["--check"]) == 1


def test_a_document_that_is_not_there_is_out_of_date(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/rules.md is out of date; run `make rules-doc`\n"


def test_the_report_is_printed_and_nothing_written(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main([]) == 0
    assert "226 rules: 3 have a test" in capsys.readouterr().out
    assert not document.exists()


def test_another_option_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["--wirte"]) == 2
    assert "usage:" in capsys.readouterr().err
