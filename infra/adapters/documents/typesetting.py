"""Setting a document: a template and its content as JSON give the same bytes each time, on every machine."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
import typst

from infra.adapters.documents.glyphs import missing_glyphs, without

TEMPLATES = Path(__file__).parent
STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]
"""To be kept for years, and to be read aloud (facts §6)."""

_one_at_a_time = Lock()


def typeset(template: str, content: Mapping[str, Any], dated: datetime) -> bytes:
    """Set a document as PDF/A-2a and PDF/UA-1.

    Args:
        template: the name of a `.typ` file of this folder, which reads `json(bytes(sys.inputs.content))`.
        content: plain data. A character without a glyph becomes a square.
        dated: the date that the PDF bears; nothing else in it depends on when it is made.

    Raises:
        typst.TypstError: the template is wrong.
    """
    text = orjson.dumps(content).decode()
    while True:
        try:
            return _compile(template, text, int(dated.timestamp()))
        except typst.TypstError as error:
            missing = missing_glyphs(error.diagnostic) & set(text)
            if not missing:
                raise
            text = without(text, missing)


def _compile(template: str, text: str, timestamp_s: int) -> bytes:
    with _one_at_a_time:
        made = _compiler(template).compile(
            format="pdf", sys_inputs={"content": text}, pdf_standards=STANDARDS, timestamp=timestamp_s
        )
    assert isinstance(made, bytes)  # noqa: S101 -- for the type checker; one PDF is asked for
    return made


@cache
def _compiler(template: str) -> typst.Compiler:
    """Keep a compiler for each template: its first document takes ten times as long as the next ones."""
    return typst.Compiler(TEMPLATES / f"{template}.typ", root=TEMPLATES, ignore_system_fonts=True)
