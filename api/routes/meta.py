"""What does not depend on any run: parameters, health, documentation, kinds of problems."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.exceptions import HTTPException

from api.dependencies import Store, refuse_query
from api.http.conditional import NO_STORE, of_content
from api.http.documentation import answers
from api.problem_types import BY_NAME
from api.reading.snapshot import CURRENT
from api.schemas.meta_responses import (
    HealthResponse,
    IndexResponse,
    ParameterResponse,
    ParametersResponse,
    ProblemTypeResponse,
)
from forecasts.forecast import dumps
from forecasts.item import POINTER_KEY
from forecasts.parameter import PARAMETERS

router = APIRouter(tags=["service"], dependencies=[Depends(refuse_query)])

_INDEX = IndexResponse(
    name="Stationcast",
    links={
        "docs": "/docs",
        "openapi": "/openapi.json",
        "stations": "/v1/stations",
        "parameters": "/v1/parameters",
        "runs": "/v1/runs",
        "feed": "/v1/runs/feed",
        "status": "/v1/status",
        "health": "/healthz",
        "edr": "/edr",
    },
)


@router.get("/v1/parameters", response_model=ParametersResponse, responses=answers())
async def list_parameters(request: Request) -> Response:
    """Return all parameters, with their units and plausible limits."""
    items = [
        ParameterResponse.model_validate(parameter, from_attributes=True)
        for parameter in PARAMETERS.values()
    ]
    return of_content(request, ParametersResponse(items=items, next=None).to_bytes(), CURRENT)


@router.get("/healthz", responses=answers(503))
async def get_health(response: Response, store: Store) -> HealthResponse:
    """Answer without reading anything; 503 if the file of the forecasts is gone.

    `/v1/status` says how fresh the forecasts are.
    """
    response.headers["cache-control"] = NO_STORE
    if store.generation() is None:
        # Another file is in its place. Reading opens that, or says why not.
        await store.get(POINTER_KEY)
    return HealthResponse(status="ok")


@router.get("/problems/{name}", response_model=ProblemTypeResponse, responses=answers(404))
async def get_problem_type(
    request: Request,
    name: Annotated[
        str, Path(description="Last part of a problem's `type`.", examples=["station-not-found"])
    ],
) -> Response:
    """Explain a kind of problem."""
    kind = BY_NAME.get(name)
    if kind is None:
        raise HTTPException(404)
    answer = ProblemTypeResponse(
        type=f"/problems/{kind.name}",
        title=kind.title,
        status=kind.status,
        explanation=kind.explanation,
    )
    return of_content(request, answer.to_bytes(), CURRENT)


@router.get("/", response_model=IndexResponse, responses=answers())
async def get_index(request: Request) -> Response:
    """Return the addresses to begin with."""
    return of_content(request, _INDEX.to_bytes(), CURRENT)


@router.get("/openapi.json", include_in_schema=False)
async def get_openapi(request: Request) -> Response:
    """Return the OpenAPI document."""
    return of_content(request, dumps(request.app.openapi()), CURRENT)
