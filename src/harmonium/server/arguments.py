"""The arguments of a call as an object, for APIs that do not give them as text."""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import from_json

INVALID: Final = "INVALID_JSON"
"""The key of the text of arguments that are no JSON object. A completion made under a grammar has none such."""


def to_object(text: str, *, cut_off: bool = False) -> dict[str, Any]:
    """`cut_off`: as much of the object as there is."""
    try:
        value = from_json(text or "{}", allow_partial=cut_off)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {INVALID: text}
