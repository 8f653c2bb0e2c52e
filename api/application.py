"""FastAPI's application: what uvicorn serves, answers POST on Lambda, and describes the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html

from api.openapi import DESCRIPTION, correct

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from api.endpoints import Endpoints


class App(FastAPI):
    """FastAPI over endpoints of our kind.

    Args:
        endpoints: All of them; they answer requests, their errors included.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        super().__init__(
            title="Stationcast",
            version="1",
            openapi_url=None,
            routes=endpoints.routes,
        )
        self._endpoints = endpoints

    def build_middleware_stack(self) -> ASGIApp:
        """Return that of the endpoints.

        What FastAPI has beside it would cost a plain lookup a sixth more: a limit of bodies, which
        `api.schemas.requests` has, and the end of files and dependencies, of which no endpoint has
        any.
        """
        return self._endpoints.build_middleware_stack()

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, which FastAPI makes when it is asked for the first time."""
        if self.openapi_schema is None:
            described = FastAPI(title=self.title, version=self.version, description=DESCRIPTION)
            for path, endpoint, document in self._endpoints.documented:
                described.add_api_route(path, endpoint, **document.to_description())
            self.openapi_schema = described.openapi()
            bodies = [document.body for *_, document in self._endpoints.documented if document.body]
            correct(self.openapi_schema, bodies)
        return self.openapi_schema

    def docs(self) -> Response:
        """Return a page to read the OpenAPI document and try the endpoints on."""
        return get_swagger_ui_html(openapi_url="/openapi.json", title=self.title)
