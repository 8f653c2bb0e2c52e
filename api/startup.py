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

    The garbage collector rests: what is imported stays, so there is nothing to find among it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
