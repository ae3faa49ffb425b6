"""Reading the project's pages: fenced blocks, tables, links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "examples" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks whose opening line says this kind, such as `json event`."""
    return re.findall(rf"^```{re.escape(kind)}\n(.*?)^```$", text(page), re.M | re.S)


def marked_table(page: str, head: str) -> list[list[str]]:
    """The rows of the table whose first column has this head."""
    lines = text(page).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def table(page: str, head: str) -> list[list[str]]:
    """The rows of such a table, without back-quotes."""
    return [[cell.replace("`", "") for cell in row] for row in marked_table(page, head)]


def quoted(marked: str) -> list[str]:
    """What stands in back-quotes."""
    return re.findall(r"`([^`]+)`", marked)


def links(page: Path) -> list[str]:
    """What a page links to within the project."""
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return [link for link in found if "://" not in link]
