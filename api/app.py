"""The application: the one place where the parts of the API are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.context import Context
from api.endpoints import App
from api.lookup import Lookup
from api.maps import Maps
from api.problems import add_handlers
from api.published import Published
from api.runs import Runs
from api.service import Service
from api.stations import Stations
from api.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from api.realtime import Realtime
    from forecasts.store import Reader


def make_app(store: Reader, clock: Callable[[], datetime], realtime: Realtime | None = None) -> App:
    """Make the API.

    Args:
        store: Holds the forecasts; opened and closed by the caller.
        clock: Gives the aware time.
        realtime: The real-time model; None where it is switched off. Closed by the caller.
    """
    app = App()
    add_handlers(app)
    published = Published(store, clock)
    # First, because routes are tried in this order.
    Lookup(Warm(store, clock), published).add_routes(app)
    Stations(published).add_routes(app)
    Maps(store, published).add_routes(app)
    Context(store, published, clock, realtime).add_routes(app)
    Runs(store, published, clock, realtime).add_routes(app)
    Service(app).add_routes()
    return app
