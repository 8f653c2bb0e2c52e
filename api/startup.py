"""Starting a process that somebody waits for."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def hurried() -> Iterator[None]:
    """Import what is imported meanwhile in three quarters of the time.

    The garbage collector rests: what is imported stays, so there is nothing to find among it. And
    pydantic builds models when they are first used, as ours always are: FastAPI's own, forty for
    OpenAPI, are used by those who ask for that document.
    """
    gc.disable()
    try:
        from pydantic import BaseModel  # noqa: PLC0415 -- with the collector at rest

        before = BaseModel.model_config
        BaseModel.model_config = {**before, "defer_build": True}
        try:
            yield
        finally:
            BaseModel.model_config = before
    finally:
        gc.enable()
