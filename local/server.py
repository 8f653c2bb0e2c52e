"""The API under uvicorn, over any store."""

from __future__ import annotations

import socket
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
        OSError: Somebody else listens there.
    """
    store = open_store(store_url, clock)
    server = uvicorn.Server(uvicorn.Config(make_app(store, clock), log_level="warning"))
    # After it has shut down, uvicorn raises the Ctrl-C that stopped it once more.
    with closing(store), _listener(host, port) as listener, suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise OSError(f"cannot listen on {host}:{port}: {error}; try another --port") from error
