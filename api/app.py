"""The one place where the parts of the API are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.endpoints import Endpoints
from api.reading.item_cache import Warm
from api.reading.published_runs import Published
from api.routes.context import Context
from api.routes.forecasts import Lookup
from api.routes.maps import Maps
from api.routes.meta import Service
from api.routes.runs import Runs
from api.routes.stations import Stations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from api.application import App
    from api.realtime.client import Realtime
    from forecasts.stores.protocol import Reader


def make_app(store: Reader, clock: Callable[[], datetime], realtime: Realtime | None = None) -> App:
    """Make the API as an application of FastAPI's; arguments as of `make_endpoints`."""
    return make_endpoints(store, clock, realtime).application


def make_endpoints(
    store: Reader, clock: Callable[[], datetime], realtime: Realtime | None = None
) -> Endpoints:
    """Make all endpoints of the API.

    Args:
        store: Holds the forecasts; opened and closed by the caller.
        clock: Gives the aware time.
        realtime: The real-time model; None where it is switched off. Closed by the caller.
    """
    endpoints = Endpoints()
    published = Published(store, clock)
    # First, because routes are tried in this order.
    Lookup(Warm(store, clock), published).add_routes(endpoints)
    Stations(published).add_routes(endpoints)
    Maps(store, published).add_routes(endpoints)
    Context(store, published, clock, realtime).add_routes(endpoints)
    Runs(store, published, clock, realtime).add_routes(endpoints)
    Service(endpoints).add_routes()
    return endpoints
