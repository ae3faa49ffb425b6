"""docs/dependencies.md speaks of every dependency and of nothing else, and the code uses what it declares."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest

from infra.local_stack.jars import ARTEFACTS

ROOT = Path(__file__).parent.parent
LOCAL_STACK = ROOT / "infra" / "local_stack"
PACKAGES = ("schemas", "handlers", "consumers", "producers", "notifier", "infra")
NEVER_IMPORTED = {"tzdata"}  # zoneinfo finds its data by itself
BROUGHT_ALONG = {"python-dotenv": "pydantic-settings"}  # the same reader of .env for the local stack and the settings


def normal(name: str) -> str:
    """A distribution's name without extras and version, as package indexes compare names."""
    bare = re.split(r"[\[ <>=!~;]", name, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", bare).lower()


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared(section: str) -> list[str]:
    """What the project declares, for a heading of the page."""
    project = pyproject()
    return {
        "At run time": [normal(name) for name in project["project"]["dependencies"]],
        "For the local stack": [normal(name) for name in project["project"]["optional-dependencies"]["local"]],
        "To develop": [normal(name) for name in project["project"]["optional-dependencies"]["dev"]],
        "To build": [normal(name) for name in project["build-system"]["requires"]],
        "Java artefacts of the local stack": [name.rpartition(":")[0] for name in ARTEFACTS],
    }[section]


def tables() -> dict[str, list[list[str]]]:
    """The rows of each heading's table: dependency, what it replaces, why."""
    found: dict[str, list[list[str]]] = {}
    for part in re.split(r"^## ", (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"), flags=re.M)[1:]:
        heading, *lines = part.splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
        found[heading] = [[row[0].strip("`"), *row[1:]] for row in rows]
    return found


def imported(paths: Iterable[Path]) -> set[str]:
    """The top-level modules that files import or look for, but for the standard library's and our own."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    found = {name.partition(".")[0] for tree in trees for node in ast.walk(tree) for name in modules_of(node)}
    return found - set(sys.stdlib_module_names) - set(PACKAGES)


def python_files(within_local_stack: bool) -> list[Path]:
    """The files of the packages: those of the local stack, or all others."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [path for path in found if (LOCAL_STACK in path.parents) == within_local_stack]


def modules_of(node: ast.AST) -> list[str]:
    """The modules that a piece of code names: `import a`, `from a import b`, `find_spec("a")`."""
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.Call(func=ast.Name(id="find_spec"), args=[ast.Constant(value=str(module))]):
            return [module]
    return []


def distributions(modules: set[str]) -> set[str]:
    """The distributions that provide modules; a module that is not installed stands for itself."""
    provided = packages_distributions()
    return {normal(name) for module in modules for name in provided.get(module, [module])}


def test_the_page_has_a_table_for_each_kind_of_dependency() -> None:
    assert list(tables()) == [
        "At run time",
        "For the local stack",
        "To develop",
        "To build",
        "Java artefacts of the local stack",
    ]


@pytest.mark.parametrize("heading", tables())
def test_each_dependency_has_one_line_in_order_and_no_line_is_without_one(heading: str) -> None:
    assert [row[0] for row in tables()[heading]] == sorted(declared(heading))


@pytest.mark.parametrize("heading", tables())
def test_each_line_says_what_it_replaces_and_why_this_one(heading: str) -> None:
    assert [row for row in tables()[heading] if len(row) != 3 or not all(row)] == []


def test_the_processes_import_only_what_their_image_holds() -> None:
    used = distributions(imported(python_files(within_local_stack=False)))
    assert used - set(declared("At run time")) - set(BROUGHT_ALONG) == set()


def test_the_local_stack_imports_nothing_that_is_not_declared() -> None:
    used = distributions(imported(python_files(within_local_stack=True)))
    assert used - set(declared("At run time")) - set(BROUGHT_ALONG) - set(declared("For the local stack")) == set()


@pytest.mark.parametrize(("brought", "by"), BROUGHT_ALONG.items())
def test_what_another_dependency_brings_along_is_its_requirement(brought: str, by: str) -> None:
    assert by in declared("At run time")
    assert brought in {normal(name) for name in requires(by) or [] if "extra ==" not in name}


@pytest.mark.parametrize("heading", ["At run time", "For the local stack"])
def test_each_dependency_is_imported(heading: str) -> None:
    used = distributions(imported(python_files(True) + python_files(False)))
    assert set(declared(heading)) - NEVER_IMPORTED - used == set()


def pins(name: str) -> dict[str, str]:
    """The versions that a requirements file pins."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, re.M))


def test_the_image_holds_nothing_of_the_local_stack_and_what_the_tests_run_on() -> None:
    assert pins("run.txt").keys() & set(declared("For the local stack")) == set()
    assert pins("run.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_a_requirements_file_names_no_index(name: str) -> None:
    assert re.findall(r"://|--index|--find", (ROOT / "requirements" / name).read_text(encoding="utf-8")) == []


def test_the_glossary_explains_each_term_once() -> None:
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    terms = [row[0] for row in rows if row[0] not in {"term", "---"}]
    assert len(terms) > 50
    assert sorted(terms) == sorted(set(terms))
    assert [row[0] for row in rows if not row[-1]] == []
