"""What does not depend on any run: parameters, health, documentation, explanations of problems."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.endpoints import Endpoints
from api.errors import BY_NAME
from api.http.conditional import CURRENT, JSON, NO_STORE, of_content, response
from api.openapi import Document
from api.query import Query, read_query
from api.schemas.responses import (
    HealthAnswer,
    IndexAnswer,
    ParameterAnswer,
    ParametersAnswer,
    ProblemAnswer,
)
from forecasts.forecast import dumps
from forecasts.parameter import PARAMETERS

ProblemName = Annotated[
    str, Field(description="Last part of a problem's type.", examples=["station-not-found"])
]

_INDEX = IndexAnswer(
    name="Stationcast",
    links={
        "docs": "/docs",
        "openapi": "/openapi.json",
        "stations": "/v1/stations",
        "parameters": "/v1/parameters",
        "runs": "/v1/runs",
        "status": "/v1/status",
        "health": "/healthz",
    },
).to_bytes()
_HEALTH = HealthAnswer(status="ok").to_bytes()
_PARAMETERS = ParametersAnswer(
    items=[ParameterAnswer(**asdict(parameter)) for parameter in PARAMETERS.values()], next=None
).to_bytes()


class Service:
    """Answers requests about the service itself.

    Args:
        endpoints: What is documented.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    def add_routes(self) -> None:
        """Add the endpoints."""
        add = self._endpoints.add
        add("/v1/parameters", parameters, Document("All parameters", ParametersAnswer, Query))
        add("/healthz", health, Document("Whether the process answers", HealthAnswer, Query))
        add(
            "/problems/{name}",
            problem,
            Document("A kind of problem", ProblemAnswer, Query, (404,)),
        )
        add("/", index, Document("What there is", IndexAnswer, Query))
        add("/openapi.json", self.openapi)
        add("/docs", self.docs)

    async def openapi(self, request: Request) -> Response:
        """Return the OpenAPI document."""
        read_query(request, Query)
        return of_content(request, dumps(self._endpoints.application.openapi()), CURRENT)

    async def docs(self, request: Request) -> Response:
        """Return a page to read the OpenAPI document and try the endpoints on."""
        read_query(request, Query)
        page = self._endpoints.application.docs()
        page.headers["cache-control"] = CURRENT
        return page


async def parameters(request: Request) -> Response:
    """List what can be measured and forecast, with units and plausible limits."""
    read_query(request, Query)
    return of_content(request, _PARAMETERS, CURRENT)


async def health(request: Request) -> Response:
    """Answer without touching anything; `/v1/status` says how fresh the forecasts are."""
    read_query(request, Query)
    return response(_HEALTH, 200, [JSON, (b"cache-control", NO_STORE.encode())])


async def problem(request: Request, name: ProblemName) -> Response:
    """Explain a kind of problem, by the last part of its `type`."""
    read_query(request, Query)
    kind = BY_NAME.get(name)
    if kind is None:
        raise HTTPException(404)
    answer = ProblemAnswer(
        type=f"/problems/{kind.name}",
        title=kind.title,
        status=kind.status,
        explanation=kind.explanation,
    )
    return of_content(request, answer.to_bytes(), CURRENT)


async def index(request: Request) -> Response:
    """List the addresses to begin with."""
    read_query(request, Query)
    return of_content(request, _INDEX, CURRENT)
