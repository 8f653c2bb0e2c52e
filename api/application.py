"""FastAPI's application: what uvicorn serves, answers POST on Lambda, and describes the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html

from api.gateway import Gateway
from api.openapi import DESCRIPTION, correct

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from api.endpoints import Endpoints


class App(FastAPI):
    """FastAPI over endpoints of our kind.

    Args:
        endpoints: All of them; its routes and its answers to errors are the application's.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        super().__init__(
            title="Stationcast",
            version="1",
            openapi_url=None,
            redirect_slashes=endpoints.router.redirect_slashes,
            routes=endpoints.routes,
            exception_handlers=endpoints.exception_handlers,
        )
        self._documented = endpoints.documented

    def build_middleware_stack(self) -> ASGIApp:
        """Put `Gateway` around everything, as `Endpoints` does."""
        return Gateway(super().build_middleware_stack())

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

    def docs(self) -> Response:
        """Return a page to read the OpenAPI document and try the endpoints on."""
        return get_swagger_ui_html(openapi_url="/openapi.json", title=self.title)
