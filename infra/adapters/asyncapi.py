"""placeholder until the schemas command lands"""

from typing import Any


def document() -> dict[str, Any]:
    """Give the AsyncAPI document."""
    return {}
