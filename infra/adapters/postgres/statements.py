"""Named SQL statements in files: `-- name: insert_charges`, comments, then the statement."""

import re
from functools import cache
from importlib.resources import files

NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def statements(context: str) -> dict[str, str]:
    """Read the statements of `<context>.sql` by name.

    Raises:
        ValueError: a name is given twice.
    """
    text = files(__package__).joinpath(f"{context}.sql").read_text(encoding="utf-8")
    _, *parts = NAME.split(text)
    names = parts[::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{context}.sql: a statement's name is given twice; rename one")
    return dict(zip(names, (part.strip() for part in parts[1::2]), strict=True))
