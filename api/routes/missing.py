"""The stations without a forecast of some or all parameters of a run, and why."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Published, RunId
from api.http.conditional import JSON, of_run
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, answers
from api.http.paging import link, start_of
from api.reading.published_runs import PublishedRuns
from api.reading.snapshot import RawHeaders, Snapshot
from api.schemas.cursor import Cursor
from api.schemas.digest import digest
from api.schemas.queries import MissingQuery
from api.schemas.run_responses import MissingResponse
from forecasts.forecast import dumps
from forecasts.missing import MissingStation, count_reasons, explained

router = APIRouter(tags=["runs"])

_ANSWERS = answers(404, 422, 503, by_run=True, also=(CSV,))
_COLUMNS = ("station_id", "forecast", "parameter", "reason", "explanation", "detail")


@router.get("/v1/runs/current/missing", response_model=MissingResponse, responses=_ANSWERS)
async def list_current_missing(
    request: Request, query: Annotated[MissingQuery, Query()], published: Published
) -> Response:
    """List the stations without a forecast of some or all parameters in the published run."""
    start = start_of(query)
    snapshot = await published.snapshot(start and start.run_id)
    return await _answer(request, query, snapshot, published)


@router.get("/v1/runs/{run_id}/missing", response_model=MissingResponse, responses=_ANSWERS)
async def list_missing(
    request: Request, run_id: RunId, query: Annotated[MissingQuery, Query()], published: Published
) -> Response:
    """List the stations without a forecast of some or all parameters in a run, and why.

    The run must have been published.
    """
    start_of(query, run_id)
    return await _answer(request, query, await published.snapshot(run_id), published)


async def _answer(
    request: Request, query: MissingQuery, snapshot: Snapshot, published: PublishedRuns
) -> Response:
    async def make() -> tuple[bytes, RawHeaders]:
        stations = await published.missing(snapshot)
        found = [each for each in stations if query.takes(each)]
        begin = query.start.offset if query.start else 0
        end = begin + query.limit
        more = Cursor(snapshot.run_id, end, query.asked).to_text() if end < len(found) else None
        page = found[begin:end]
        if query.format == "csv":
            body, headers = _to_csv(page, snapshot.run_id)
        else:
            reasons = _reasons(stations)
            answer = {"items": [each._asdict() for each in page], "reasons": reasons, "next": more}
            body, headers = dumps(answer), [JSON]
        return body, [*headers, *link(request, more)]

    return await of_run(request, snapshot, f"missing.{digest(query.key())}", [], make)


def _reasons(stations: Sequence[MissingStation]) -> list[dict[str, Any]]:
    return [
        {"code": code, "explanation": explained(code), **count._asdict()}
        for code, count in count_reasons(stations).items()
    ]


def _to_csv(page: Sequence[MissingStation], run_id: str) -> tuple[bytes, RawHeaders]:
    rows = [
        (each.station_id, each.forecast, code, reason, explained(reason), each.detail)
        for each in page
        for code, reason in each.missing.items()
    ]
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(f"missing-{run_id}.csv")),
    ]
    return to_csv([_COLUMNS, *rows]), headers
