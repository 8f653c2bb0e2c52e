"""The application: endpoints that are called directly, and described only when somebody asks.

FastAPI would look at each endpoint's description when it is added, which costs a cold start more
than the application itself, and for dependencies, bodies and validators on each request. No
endpoint has any: they read their query (`api.query`) and body (`api.bodies`) themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import Match, Route

from api.gateway import Gateway
from api.openapi import DESCRIPTION, correct

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope

    from api.openapi import Document


#: All that any path takes.
METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class App(FastAPI):
    """FastAPI with endpoints of our kind."""

    def __init__(self) -> None:
        # Without redirects: their target is made from the header Host, and answers are cached.
        super().__init__(
            title="Stationcast",
            version="1",
            openapi_url=None,
            redirect_slashes=False,
        )
        self._documented: list[tuple[str, Callable[..., Any], Document]] = []

    def add_endpoint(
        self,
        path: str,
        endpoint: Callable[..., Awaitable[Response]],
        document: Document | None = None,
    ) -> None:
        """Add an endpoint; endpoints are tried in the order they were added.

        Args:
            path: With `{name}` for each of its parameters, which are texts.
            endpoint: Is called with the request and the parameters of its path.
            document: For OpenAPI; None leaves the endpoint out. One with a body answers POST, all
                others GET.
        """
        method = "POST" if document and document.body else "GET"

        async def call(request: Request) -> Response:
            return await endpoint(request, **request.path_params)

        self.router.add_route(path, call, methods=[method])
        if document:
            self._documented.append((path, endpoint, document))

    def build_middleware_stack(self) -> ASGIApp:
        """Put `Gateway` around everything.

        Not by `add_middleware`: that would be inside of the handler of unforeseen errors, whose
        answers would then lack the headers that all answers have.
        """
        return Gateway(super().build_middleware_stack(), self.methods_of)

    def methods_of(self, scope: Scope) -> str:
        """List the methods that the path of *scope* takes, as the header `Allow` has it.

        Where nothing is, all, so that a page of any origin may see the 404.
        """
        asked = {**scope, "method": ""}
        taken = [
            method
            for route in self.router.routes
            if isinstance(route, Route) and route.matches(asked)[0] is not Match.NONE
            for method in route.methods or ()
        ]
        return ", ".join(m for m in METHODS if not taken or m in (*taken, "OPTIONS"))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, which FastAPI makes when it is asked for the first time."""
        if self.openapi_schema is None:
            described = FastAPI(title=self.title, version=self.version, description=DESCRIPTION)
            for path, endpoint, document in self._documented:
                described.add_api_route(path, endpoint, **document.to_description())
            self.openapi_schema = described.openapi()
            bodies = [document.body for *_, document in self._documented if document.body]
            correct(self.openapi_schema, bodies)
        return self.openapi_schema
