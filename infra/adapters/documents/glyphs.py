"""Characters that the typeface does not have: an archived document may hold none, and a name may hold any."""

import re

NO_GLYPH = "\u25a1"
"""Stands where a character cannot be shown."""

COMPLAINT = re.compile(r'(?:the text|codepoint) `"(.+?)"`')
ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")


def missing_glyphs(diagnostic: str) -> set[str]:
    """Read from Typst's complaint which characters it cannot show; nothing where it complains of something else."""
    found = (ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text) for text in COMPLAINT.findall(diagnostic))
    return {character for text in found for character in text if not character.isascii()} - {NO_GLYPH}


def without(text: str, characters: set[str]) -> str:
    """Put the sign for a missing glyph in the place of each of these characters."""
    return text.translate({ord(character): NO_GLYPH for character in characters})
