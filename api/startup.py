"""Starting a process that somebody waits for."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from running.

    What is imported stays, so there is nothing to find among it; looking all the same takes a tenth
    of a cold start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
