"""Puts the API together: the FastAPI application, its routers, middleware and error handlers."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from api.dependencies import refuse_repeated
from api.http.documentation import DESCRIPTION, TAGS, describe, operation_id
from api.http.middleware import CommonHeaders
from api.http.problems import EXCEPTION_HANDLERS
from api.reading.async_store import AsyncStore, Runner
from api.reading.downloads import AsyncDownloads, Downloads
from api.reading.item_cache import ItemCache
from api.reading.map_bodies import MapBodies
from api.reading.published_runs import PublishedRuns
from api.realtime.client import RealtimeModel
from api.routes import (
    context,
    docs,
    downloads,
    edr,
    edr_locations,
    edr_places,
    feed,
    forecasts,
    maps,
    meta,
    missing,
    runs,
    several_forecasts,
    stations,
    summaries,
    verification,
)
from forecasts.stores.protocol import Reader

#: In this order they are tried.
_ROUTERS = (
    context,
    several_forecasts,
    summaries,
    stations,
    maps,
    feed,
    downloads,
    runs,
    missing,
    verification,
    meta,
    docs,
    edr_locations,
    edr_places,
    edr,
)


def make_app(
    store: Reader,
    clock: Callable[[], datetime],
    realtime: RealtimeModel | None = None,
    *,
    runner: Runner = run_in_threadpool,
    public_url: str = "",
    files: Downloads | None = None,
) -> FastAPI:
    """Make the API.

    Args:
        store: Holds the forecasts; opened and closed by the caller.
        clock: Gives the aware time.
        realtime: The real-time model; None if it is switched off. Closed by the caller.
        runner: Runs each read of the store. In a thread by default, so that a slow read holds up
            no other request; `run_here` if the process answers one request at a time.
        public_url: Where clients reach the API, without a slash at the end; "" if that is unknown.
            The header `Host` does not say it: a client writes there what it likes.
        files: The files of whole runs; None if there are none.
    """
    app = FastAPI(
        title="Stationcast",
        version="1",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None,
        generate_unique_id_function=operation_id,
        dependencies=[Depends(refuse_repeated)],
        exception_handlers=EXCEPTION_HANDLERS,
        # The target of a redirect is made from the header Host, and answers are cached.
        redirect_slashes=False,
        # Looking for OpenTelemetry takes a tenth of what the framework costs a lookup.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    describe(app)
    app.add_middleware(CommonHeaders)
    # Most requests are lookups, so they are tried first.
    forecasts.add_lookup(app)
    edr_locations.add_location(app)
    for each in _ROUTERS:
        app.include_router(each.router)
    _connect(app, AsyncStore(store, runner), clock, realtime)
    app.state.downloads = AsyncDownloads(files, runner)
    app.state.public_url = public_url
    return app


def _connect(
    app: FastAPI,
    store: AsyncStore,
    clock: Callable[[], datetime],
    realtime: RealtimeModel | None,
) -> None:
    """Give the routes what they ask for by `api.dependencies`."""
    state = app.state
    state.store, state.clock, state.realtime = store, clock, realtime
    state.published = PublishedRuns(store, clock)
    state.items = ItemCache(store, clock)
    state.maps = MapBodies(store, state.published)
