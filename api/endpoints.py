"""The endpoints: called directly, and described only when somebody asks.

FastAPI would look at each endpoint's description when it is added, which costs a cold start more
than the application itself, and for dependencies, bodies and validators on each request. No
endpoint has any: they read their query (`api.query`) and body (`api.schemas.requests`) themselves.

So they are routes of Starlette's, which answer by themselves where a process starts to look
something up, and are the routes of FastAPI's application (`api.application`) everywhere else.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from api.http.middleware import Gateway
from api.http.problems import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from api.application import App
    from api.openapi import Document


class Endpoints(Starlette):
    """All endpoints.

    Attributes:
        documented: Path, endpoint and what OpenAPI is to say of it.
    """

    def __init__(self) -> None:
        super().__init__(exception_handlers=HANDLERS)
        # Their target is made from the header Host, and answers are cached.
        self.router.redirect_slashes = False
        self.documented: list[tuple[str, Callable[..., Any], Document]] = []

    def add(
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
            self.documented.append((path, endpoint, document))

    def build_middleware_stack(self) -> ASGIApp:
        """Put `Gateway` around everything.

        Not by `add_middleware`: that would be inside of the handler of unforeseen errors, whose
        answers would then lack the headers that all answers have.
        """
        return Gateway(super().build_middleware_stack())

    @cached_property
    def application(self) -> App:
        """FastAPI's application of the endpoints that are there when it is first asked for."""
        from api.application import App  # noqa: PLC0415 -- only for those who need it

        return App(self)
