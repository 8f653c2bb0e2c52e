"""The runs, and how fresh the published one is."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.dependencies import Clock, Published, Realtime, RunId, Store, refuse_query
from api.errors import NoPublishedRunError
from api.http.conditional import BRIEFLY, NO_STORE, of_content
from api.http.documentation import answers
from api.http.problems import failed_item
from api.reading.async_store import AsyncStore
from api.reading.published_runs import PublishedRuns
from api.realtime.client import RealtimeModel
from api.schemas.queries import RunsQuery
from api.schemas.run_responses import (
    CircuitResponse,
    DamagedRun,
    RunResponse,
    RunsResponse,
    RunSummary,
    StatusResponse,
)
from api.schemas.verification_responses import RunVerification
from forecasts import runs
from forecasts.errors import DamagedItemError
from forecasts.scores import merged, scores_by_parameter
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from forecasts.verifications import network_verification

logger = logging.getLogger(__name__)

router = APIRouter(tags=["runs"])
#: Dependencies of the routes that take no query.
_NO_QUERY = [Depends(refuse_query)]


@router.get("/v1/runs", response_model=RunsResponse, responses=answers(422, 503))
async def list_runs(
    request: Request, query: Annotated[RunsQuery, Query()], store: Store, published: Published
) -> Response:
    """Return all runs, including those that were never published, newest issue time first."""
    current = await _current_id(published)
    day = (query.issued_on or "").replace("-", "")  # as the ids of runs begin
    readable, damaged = await store.run(runs.read_runs, [day])
    items: list[RunSummary | DamagedRun] = [
        *(RunSummary.of(run, current) for run in readable),
        *(DamagedRun(id=error.sk, error=failed_item(request, error)) for error in damaged),
    ]
    return of_content(request, RunsResponse(items=items, next=None).to_bytes(), BRIEFLY)


@router.get(
    "/v1/runs/current", response_model=RunResponse, responses=answers(503), dependencies=_NO_QUERY
)
async def get_current_run(request: Request, store: Store, published: Published) -> Response:
    """Return the published run, with its quality report."""
    return await _answer(request, (await published.current()).run_id, store, published)


@router.get(
    "/v1/runs/{run_id}",
    response_model=RunResponse,
    responses=answers(404, 503),
    dependencies=_NO_QUERY,
)
async def get_run(request: Request, run_id: RunId, store: Store, published: Published) -> Response:
    """Return a run in any state, with its quality report and how its forecasts came true."""
    return await _answer(request, run_id, store, published)


@router.get("/v1/status", responses=answers(503), dependencies=_NO_QUERY)
async def get_status(
    response: Response, published: Published, clock: Clock, realtime: Realtime
) -> StatusResponse:
    """Say how old the published run is, whether the next one is late, and how real time does."""
    response.headers["cache-control"] = NO_STORE
    circuit = await _circuit(realtime)
    current = await _current_id(published)
    if current is None:
        return StatusResponse(
            state="none", run=None, age_seconds=None, sources=[], realtime=circuit
        )
    run, now = await published.run(current), clock()
    return StatusResponse(
        state="late" if now > run.next_expected_at else "ok",
        run=RunSummary.of(run, current),
        age_seconds=int((now - run.issue_time).total_seconds()),
        # Runs of earlier versions do not have it.
        sources=run.report.get("observations", {}).get("freshness", []),
        realtime=circuit,
    )


async def _answer(
    request: Request, run_id: str, store: AsyncStore, published: PublishedRuns
) -> Response:
    run = await published.run(run_id)
    verified = await store.run(_verification, run.id)
    body = RunResponse.verified(run, await _current_id(published), verified).to_bytes()
    return of_content(request, body, BRIEFLY)


def _verification(store: Reader, run_id: str) -> RunVerification | None:
    try:
        verified = network_verification(store, run_id)
    except DamagedItemError as error:
        logger.warning("%s", error)  # the run can be read; it is as if it was not verified
        return None
    if verified is None:
        return None
    sums = merged(verified.countries.values())
    return RunVerification.model_validate(
        {
            "as_of": utc_text(verified.as_of),
            "stations": verified.stations,
            "parameters": scores_by_parameter(sums),
        }
    )


async def _current_id(published: PublishedRuns) -> str | None:
    try:
        return (await published.current()).run_id
    except NoPublishedRunError:
        return None


async def _circuit(realtime: RealtimeModel | None) -> CircuitResponse | None:
    if realtime is None:
        return None
    state, opened_at = await realtime.circuit()
    since = utc_text(opened_at) if opened_at else None
    return CircuitResponse.model_validate({"circuit": state, "opened_at": since})
