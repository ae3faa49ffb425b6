"""Files that a command writes whole: whoever looks sees all of the file or none of it."""

import os
from pathlib import Path

from infra.cli.output import Refused


def check_folder(file: Path, option: str) -> None:
    """Refuse a file whose folder is not there, before anything else is done for it."""
    if file.is_dir():
        raise Refused(f"{option}: {file} is a folder; name a file in it")
    if not file.parent.is_dir():
        raise Refused(f"{option}: the folder {file.parent} does not exist; make it, or name another file")


def write_whole(file: Path, content: bytes, option: str) -> None:
    """Write a file beside its place and move it there; one that is there already is replaced.

    Raises:
        Refused: it cannot be written.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Refused(f"{option}: {file} cannot be written ({error.strerror}); name a file that can") from None
