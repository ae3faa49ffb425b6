"""What makes the mail sink misbehave, to see what becomes of e-mails then: the file `misbehave.json` in its folder.

It says which recipients get what (`*` and `?` stand for anything); the first that fits counts:

    {"comptes3@example.com": "550 5.1.1 no such address", "greffe*": "452 4.2.2 mailbox full", "*@example.org": "DROP"}

A reply of 4xx or 5xx refuses the recipient. DROP cuts the connection after the final dot and keeps nothing; TAKE-DROP
keeps the message first, so that nobody but the sink knows. The file is read anew for each message; once it is gone,
everything is taken again.
"""

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

DROP, TAKE_DROP = "DROP", "TAKE-DROP"
FILE = "misbehave.json"
REPLY = re.compile(r"[45][0-9]{2} [ -~]+")
UNREADABLE = f"451 4.3.5 {FILE} cannot be read: it says by recipient a reply of 4xx or 5xx, {DROP} or {TAKE_DROP}"


def misbehave(folder: Path, said: Mapping[str, str]) -> None:
    """Let the sink of a folder misbehave from the next message on."""
    new = folder / f"{FILE}.new"
    new.write_text(json.dumps(said, indent=1), encoding="utf-8")
    new.replace(folder / FILE)


def behave(folder: Path) -> None:
    """Let the sink of a folder take everything again."""
    (folder / FILE).unlink(missing_ok=True)


def said_to(folder: Path, recipient: str) -> str | None:
    """Give what a recipient gets: a reply, DROP or TAKE-DROP; nothing where all is well."""
    try:
        said = json.loads((folder / FILE).read_bytes())
        what = next((what for who, what in said.items() if fnmatchcase(recipient, who)), None)
        known = what in {None, DROP, TAKE_DROP} or REPLY.fullmatch(what)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError, TypeError):
        return UNREADABLE
    return what if known else UNREADABLE
