"""What the mail server of the demonstration has received: its folder of `.eml` files."""

from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from rich.console import Console

SHOWN = 6


def received(folder: Path) -> Counter[str]:
    """Count the messages received by the id of their e-mail, which is the first half of their Message-ID."""
    return Counter(_read(file)["Message-ID"].strip("<>").partition("@")[0] for file in folder.glob("*.eml"))


def print_mail(console: Console, folder: Path) -> None:
    """Print the head and the first lines of the message that came last."""
    newest = _read(max(folder.glob("*.eml")))
    body = newest.get_body(("plain",))
    text = "" if body is None else body.get_content()
    lines = [line for line in text.splitlines() if line.strip()]
    for line in [f"{name}: {newest[name]}" for name in ("From", "To", "Subject")] + lines[:SHOWN] + ["…"]:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    console.print()


def _read(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 -- for the type checker
    return message
