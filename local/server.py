"""The API under uvicorn, over any store."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

import uvicorn

from api.app import make_app
from forecasts.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


def serve_store(store_url: str, clock: Callable[[], datetime], host: str, port: int) -> None:
    """Serve the API until Ctrl-C.

    Args:
        store_url: See `forecasts.store.open_store`.
        clock: Gives the aware time.
        host: Address to listen on.
        port: Port to listen on.

    Raises:
        StoreError: The store cannot be opened.
    """
    store = open_store(store_url, clock)
    # After it has shut down, uvicorn raises the Ctrl-C that stopped it once more.
    with closing(store), suppress(KeyboardInterrupt):
        uvicorn.run(make_app(store, clock), host=host, port=port, log_level="warning")
