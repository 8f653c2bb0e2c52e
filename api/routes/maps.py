"""All stations of a run at once, as a map shows them: places, medians, and skill."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from gzip import decompress
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Maps, Published
from api.http.conditional import JSON, header, of_run, takes_gzip
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, answers
from api.reading.snapshot import RawHeaders, Snapshot
from api.schemas.map_responses import (
    MapForecastsResponse,
    MapStationsResponse,
    MapVerificationResponse,
)
from api.schemas.queries import MapForecastsQuery, MapStationsQuery, MapVerificationQuery
from forecasts.skill_map import StationSkill

router = APIRouter(tags=["maps"])

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


@router.get(
    "/v1/verification/map",
    response_model=MapVerificationResponse,
    responses=answers(404, 422, 503, by_run=True, also=(CSV,)),
)
async def get_map_verification(
    request: Request,
    query: Annotated[MapVerificationQuery, Query()],
    maps: Maps,
    published: Published,
) -> Response:
    """Say how well each station of a run was forecast in about the last 30 days.

    The stations are in the order of `/v1/map/stations`; give both requests the same `run`.
    """
    snapshot = await published.snapshot(query.run)
    make = partial(maps.skill, snapshot, query.parameter)
    asked = f"map.verification.{query.parameter}.{query.format}"
    if query.format == "json":
        return await _answer(request, snapshot, asked, make)

    async def csv() -> tuple[bytes, RawHeaders]:
        columns = json.loads(decompress(await make()))
        index = await published.stations(snapshot)
        ids = (entry.station.id for entry in index.entries)
        rows = zip(ids, *(columns[name] for name in StationSkill._fields), strict=True)
        name = f"verification-map-{query.parameter}.csv"
        return to_csv([("station_id", *StationSkill._fields), *rows]), _csv(name)

    return await of_run(request, snapshot, asked, [], csv)


def _csv(name: str) -> RawHeaders:
    return [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(name)),
    ]


async def _answer(
    request: Request, snapshot: Snapshot, asked: str, make: Callable[[], Awaitable[bytes]]
) -> Response:
    async def content() -> tuple[bytes, RawHeaders]:
        packed = await make()
        if takes_gzip(header(request, b"accept-encoding")):
            return packed, _GZIPPED
        return decompress(packed), [JSON]

    return await of_run(request, snapshot, asked, _VARY, content)
