"""The API and the website under uvicorn, over any store, with or without a real-time model."""

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext, suppress
from datetime import datetime
from functools import partial

import anyio
import uvicorn
from starlette.concurrency import run_in_threadpool

from api.app import make_app
from api.connect import open_downloads, open_realtime
from api.settings import Settings
from forecasts.stores.open import open_store
from forecasts.stores.protocol import Store
from local.errors import AddressError
from local.serving.following_store import FollowingStore
from local.serving.limits import LimitedProtocol
from local.serving.website import Site, built_site

#: boto3 requires a region and keys, even if nothing checks them, as in the stand-in.
_UNCHECKED = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}


def listen(host: str, port: int) -> socket.socket:
    """Take an address; requests wait there until `serve_api` answers them.

    Raises:
        AddressError: Another program listens there, or the host is not this machine.
    """
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise AddressError(host, port, error) from error


def serve_api(
    settings: Settings,
    clock: Callable[[], datetime],
    listener: socket.socket,
    *,
    journal: Callable[[str], object],
    announce: Callable[[Store], object],
) -> None:
    """Serve the API, and the website if it was built, until Ctrl-C.

    Args:
        settings: Name the store and the real-time model.
        clock: Gives the aware time.
        listener: The address, from `listen`.
        journal: Takes one line for each answer that was not looked up.
        announce: Called with the store as soon as everything is ready.

    Raises:
        StoreError: The store cannot be opened.
    """
    with ExitStack() as stack:
        open_ = partial(open_store, settings.store, clock, client=settings.dynamodb_client)
        store = stack.enter_context(closing(FollowingStore(open_)))
        realtime = open_realtime(settings, store, clock, journal)
        if realtime:
            stack.enter_context(closing(realtime))
        files = open_downloads(settings, clock, os.environ)
        stack.enter_context(closing(files) if files else nullcontext())
        app = make_app(store, clock, realtime, public_url=settings.public_url, files=files)
        site = built_site()
        served = Site(app, site) if site else app
        config = uvicorn.Config(served, http=LimitedProtocol, log_level="warning")
        # anyio loads its threads when they are first used, which would hold up the first requests.
        anyio.run(run_in_threadpool, clock)
        announce(store)
        # After it has shut down, uvicorn raises the Ctrl-C that stopped it once more.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def lead_boto3(environment: dict[str, str]) -> None:
    """Point the boto3 of this process at the stand-in of an endpoint.

    Args:
        environment: The variables that name the stand-in's addresses.
    """
    os.environ.update({**_UNCHECKED, **os.environ, **environment})
