"""Compact JSON as pydantic writes and reads it: four times as fast as the standard library.

That is most of what an answer costs that is not sent as it is stored.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json


def dumps(value: object) -> bytes:
    """Write compact JSON, UTF-8; what is no number becomes null."""
    return to_json(value, inf_nan_mode="null")


def loads(body: bytes) -> Any:
    """Read JSON, UTF-8.

    Raises:
        ValueError: It is none, or nested too deep.
    """
    return from_json(body)
