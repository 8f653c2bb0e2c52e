"""The API under uvicorn, over any store, with or without a real-time model."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING

import uvicorn

from api.app import make_app
from api.connect import open_realtime
from api.reading.dynamodb_json import loads
from forecasts.stores.open import open_store
from local.serving.website import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from api.settings import Settings

#: boto3 asks for a region and keys even where nobody looks at them, as the stand-in does not.
_ANYBODY = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}


def serve_api(
    settings: Settings,
    clock: Callable[[], datetime],
    host: str,
    port: int,
    *,
    journal: Callable[[str], object],
    site: Path | None = None,
) -> None:
    """Serve the API until Ctrl-C.

    Args:
        settings: Where the forecasts are, and whom to ask for others.
        clock: Gives the aware time.
        host: Address to listen on.
        port: Port to listen on.
        journal: Takes a line for each answer that was not looked up.
        site: Folder of the built website; None to serve the API alone.

    Raises:
        StoreError: The store cannot be opened.
        OSError: Somebody else listens there.
    """
    with ExitStack() as stack:
        store = stack.enter_context(
            closing(open_store(settings.store, clock, environment=os.environ, loads=loads))
        )
        realtime = open_realtime(settings, store, clock, journal)
        if realtime:
            stack.enter_context(closing(realtime))
        app = make_app(store, clock, realtime)
        config = uvicorn.Config(Site(app, site) if site else app, log_level="warning")
        listener = stack.enter_context(_listener(host, port))
        # After it has shut down, uvicorn raises the Ctrl-C that stopped it once more.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def lead_boto3(environment: dict[str, str]) -> None:
    """Lead the boto3 of this process to the stand-in of an endpoint.

    Args:
        environment: The variables that say where it is.
    """
    os.environ.update({**_ANYBODY, **os.environ, **environment})


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise OSError(f"cannot listen on {host}:{port}: {error}; try another --port") from error
