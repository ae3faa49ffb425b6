"""Wrong usage in one line: what is wrong, where, and what to do; never what was typed, which may name a person."""

import re
from typing import Any

CHOICES = re.compile(r" is not one of (.+)$", re.DOTALL)
MEANT = re.compile(r"Did you mean (.+)\?")


def explain(error: Any) -> str:
    """Say what is wrong with a command line.

    Args:
        error: click's UsageError, which typer does not export.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "guichet"
    where = command.removeprefix("guichet").strip()
    return f'{where}{": " if where else ""}{_what(error)}; see "{command} --help"'


def _what(error: Any) -> str:
    message = " ".join(str(error.format_message()).split())
    if hasattr(error, "possibilities"):
        return "there is no such option" + _meant(", ".join(sorted(error.possibilities or [])))
    if message.startswith("No such command"):
        meant = MEANT.search(message)
        return "there is no such command" + _meant(meant.group(1).replace("'", "") if meant else "")
    if message.startswith("Got unexpected extra argument"):
        return "too many arguments"
    if hasattr(error, "param_hint"):
        return _parameter(error, message)
    return _begun_small(message)


def _meant(names: str) -> str:
    return f" (do you mean {names}?)" if names else ""


def _parameter(error: Any, message: str) -> str:
    """Say what is wrong with an option's or an argument's value."""
    if message.startswith("Missing"):
        return _begun_small(message.rstrip("."))
    name = error.param_hint or (error.param.get_error_hint() if error.param else "")
    choices = CHOICES.search(error.message)
    text = f"must be one of {choices.group(1).rstrip('.')}" if choices else _begun_small(error.message)
    return f"{name}: {text}".replace("'", "").removeprefix(": ")


def _begun_small(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
