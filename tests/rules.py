"""`make rules`: which of the 226 business rules have a test; `--write` puts it into docs/rules.md.

The tests are found by reading the source for `@rule("P-10")`, so nothing has to run.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.rule_mark import Rule, rules

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parent / "docs" / "rules.md"
DOCUMENTS = {
    "P": "SAAQclic Partenaires: how the portal works (2024)",
    "E": "SAAQclic-EED: registration of an organisation (2017)",
    "M": "Ministère de l'Emploi et de la Solidarité sociale: access request",
    "R": "MAMOT: local managers of access rights",
    "S": "SPAQ: parking subscription (2021)",
    "X": "Rules that cross the documents (not counted)",
}


def marked_tests(folder: Path) -> dict[str, list[str]]:
    """Find the tests of each rule, as `path::name`, by reading the sources."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for name, number in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found[number].append(f"{path.relative_to(folder.parent)}::{name}")
    return dict(found)


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "rule":
                    yield from ((node.name, ast.literal_eval(argument)) for argument in decorator.args)


def _said(rule: Rule, tests: list[str]) -> str:
    return ", ".join(tests) or rule.where or "missing"


def report(found: dict[str, list[str]]) -> str:
    """Write a line a rule with its tests, and the totals."""
    lines = [f"{rule.number:5} {_said(rule, found.get(rule.number, []))}" for rule in rules().values()]
    return "\n".join([*lines, "", totals(found)])


def totals(found: dict[str, list[str]]) -> str:
    """Count the 226."""
    counted = [rule for rule in rules().values() if rule.counts]
    tested = sum(rule.number in found for rule in counted)
    upstream = sum(rule.number not in found and rule.where == "upstream" for rule in counted)
    missing = len(counted) - tested - upstream
    return f"{len(counted)} rules: {tested} have a test, {upstream} are kept upstream, {missing} are missing"


def document(found: dict[str, list[str]]) -> str:
    """Write docs/rules.md."""
    parts = [
        "# The 226 business rules",
        "",
        "Made by `make rules-doc`; each with its tests, or the word missing.",
        "",
    ]
    parts += [totals(found) + ".", ""]
    for letter, title in DOCUMENTS.items():
        parts += [f"## {title}", "", "| rule | what it says | tests |", "| --- | --- | --- |"]
        for rule in rules().values():
            if rule.number.startswith(f"{letter}-"):
                tests = "<br>".join(f"`{test}`" for test in found.get(rule.number, [])) or rule.where or "missing"
                parts.append(f"| {rule.number} | {rule.rule.replace('|', '/')} | {tests} |")
        parts.append("")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Print the report; `--write` makes the document, `--check` exits 1 when it is out of date."""
    found = marked_tests(TESTS)
    if arguments == ["--write"]:
        DOCUMENT.write_text(document(found), encoding="utf-8")
    elif arguments == ["--check"]:
        if not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != document(found):
            print("docs/rules.md is out of date; run `make rules-doc`", file=sys.stderr)
            return 1
    elif arguments:
        print("usage: python -m tests.rules [--write | --check]", file=sys.stderr)
        return 2
    else:
        print(report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
