"""All stations of a run at once, as a map shows them: their places, and a parameter's medians."""

from collections.abc import Awaitable, Callable
from functools import partial
from gzip import decompress
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Maps, Published
from api.http.conditional import JSON, header, of_run, takes_gzip
from api.http.documentation import answers
from api.reading.snapshot import RawHeaders, Snapshot
from api.schemas.map_responses import MapForecastsResponse, MapStationsResponse
from api.schemas.queries import MapForecastsQuery, MapStationsQuery

router = APIRouter(tags=["map"])

_VARY = [(b"vary", b"Accept-Encoding")]
_GZIPPED = [JSON, (b"content-encoding", b"gzip")]


@router.get(
    "/v1/map/stations",
    response_model=MapStationsResponse,
    responses=answers(404, 422, 503, by_run=True),
)
async def get_map_stations(
    request: Request, query: Annotated[MapStationsQuery, Query()], maps: Maps, published: Published
) -> Response:
    """Return all stations of a run in columns: id, name, country and place."""
    snapshot = await published.snapshot(query.run)
    make = partial(maps.stations, snapshot)
    return await _answer(request, snapshot, "map.stations", make)


@router.get(
    "/v1/map/forecasts",
    response_model=MapForecastsResponse,
    responses=answers(404, 422, 503, by_run=True),
)
async def get_map_forecasts(
    request: Request, query: Annotated[MapForecastsQuery, Query()], maps: Maps, published: Published
) -> Response:
    """Return the hourly medians of a parameter at all stations of a run.

    The stations are in the order of `/v1/map/stations`; give both requests the same `run`.
    """
    snapshot = await published.snapshot(query.run)
    make = partial(maps.medians, snapshot, query.parameter)
    return await _answer(request, snapshot, f"map.forecasts.{query.parameter}", make)


async def _answer(
    request: Request, snapshot: Snapshot, asked: str, make: Callable[[], Awaitable[bytes]]
) -> Response:
    async def content() -> tuple[bytes, RawHeaders]:
        packed = await make()
        if takes_gzip(header(request, b"accept-encoding")):
            return packed, _GZIPPED
        return decompress(packed), [JSON]

    return await of_run(request, snapshot, asked, _VARY, content)
