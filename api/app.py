"""The application: the one place where the parts of the API are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.gateway import Gateway
from api.lookup import Lookup
from api.openapi import DESCRIPTION, correct
from api.problems import add_handlers
from api.published import Published
from api.runs import Runs
from api.service import Service
from api.stations import Stations

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from fastapi import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from forecasts.store import Reader


class _App(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        # Not `add_middleware`: that would be inside of the handler of unforeseen errors, whose
        # answers would then lack the headers that all answers have.
        return Gateway(super().build_middleware_stack())

    def openapi(self) -> dict[str, Any]:
        is_new = self.openapi_schema is None
        schema = super().openapi()
        if is_new:
            correct(schema)
        return schema


class _Route(APIRoute):
    """Calls an endpoint with the request and the parameters of its path, which are texts.

    FastAPI would look for dependencies, bodies and validators on each request. No endpoint has
    any: they read their query themselves (`api.query`). See docs/performance.md for what it saves.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            answer: Response = await self.endpoint(request, **request.path_params)
            return answer

        return handle


def make_app(store: Reader, clock: Callable[[], datetime]) -> FastAPI:
    """Make the API.

    Args:
        store: Holds the forecasts; opened and closed by the caller.
        clock: Gives the aware time.
    """
    # Without redirects: their target is made from the header Host, and answers are cached.
    app = _App(
        title="Stationcast",
        version="1",
        description=DESCRIPTION,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = _Route
    add_handlers(app)
    published = Published(store, clock)
    # First, because routes are tried in this order.
    Lookup(store, published).add_routes(app)
    Stations(published).add_routes(app)
    Runs(store, published, clock).add_routes(app)
    Service(app).add_routes()
    return app
