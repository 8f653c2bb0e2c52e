"""OGC API EDR: the values of the stations that are nearest to a point, around it, or in an area."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Items, Published
from api.edr.answers import read_series, wanted_series, written
from api.edr.route import CoverageResponse, EDRRoute
from api.edr.source import BY_COLLECTION, BY_INSTANCE, Collection, Instance, Source
from api.errors import Refusal, TooMuchAskedError
from api.http.conditional import of_run
from api.http.documentation import CSV, GEOJSON, answers
from api.reading.item_cache import ItemCache
from api.reading.published_runs import PublishedRuns
from api.reading.snapshot import RawHeaders
from api.reading.station_index import Found, StationIndex
from api.schemas.digest import digest
from api.schemas.edr_queries import AreaQuery, PositionQuery, RadiusQuery, SeveralQuery
from api.schemas.edr_responses import EDRCoverageCollection, EDRSingleCoverage
from api.schemas.values import MOST_STATIONS

router = APIRouter(tags=["EDR"], route_class=EDRRoute)

_ANSWERS = answers(404, 413, 503, by_run=True, also=(GEOJSON, CSV), may_be_empty=True)

Position = Annotated[PositionQuery, Query()]
Radius = Annotated[RadiusQuery, Query()]
Area = Annotated[AreaQuery, Query()]


@router.get(
    f"{BY_COLLECTION}/position",
    response_model=EDRSingleCoverage | EDRCoverageCollection,
    response_class=CoverageResponse,
    responses=_ANSWERS,
)
async def get_edr_position(
    request: Request, source: Collection, query: Position, items: Items, published: Published
) -> Response:
    """Return the values of the station nearest to a point that has any, and its distance."""
    return await _position(request, source, query, items, published)


@router.get(
    f"{BY_INSTANCE}/position",
    response_model=EDRSingleCoverage | EDRCoverageCollection,
    response_class=CoverageResponse,
    responses=_ANSWERS,
)
async def get_edr_instance_position(
    request: Request, source: Instance, query: Position, items: Items, published: Published
) -> Response:
    """Return the values of the station nearest to a point, from one run."""
    return await _position(request, source, query, items, published)


@router.get(
    f"{BY_COLLECTION}/radius",
    response_model=EDRCoverageCollection,
    response_class=CoverageResponse,
    responses=_ANSWERS,
)
async def get_edr_radius(
    request: Request, source: Collection, query: Radius, items: Items, published: Published
) -> Response:
    """Return the values of the stations around a point, the nearest first."""
    return await _radius(request, source, query, items, published)


@router.get(
    f"{BY_INSTANCE}/radius",
    response_model=EDRCoverageCollection,
    response_class=CoverageResponse,
    responses=_ANSWERS,
)
async def get_edr_instance_radius(
    request: Request, source: Instance, query: Radius, items: Items, published: Published
) -> Response:
    """Return the values of the stations around a point, from one run."""
    return await _radius(request, source, query, items, published)


@router.get(
    f"{BY_COLLECTION}/area",
    response_model=EDRCoverageCollection,
    response_class=CoverageResponse,
    responses=_ANSWERS,
)
async def get_edr_area(
    request: Request, source: Collection, query: Area, items: Items, published: Published
) -> Response:
    """Return the values of the stations in an area."""
    return await _area(request, source, query, items, published)


@router.get(
    f"{BY_INSTANCE}/area",
    response_model=EDRCoverageCollection,
    response_class=CoverageResponse,
    responses=_ANSWERS,
)
async def get_edr_instance_area(
    request: Request, source: Instance, query: Area, items: Items, published: Published
) -> Response:
    """Return the values of the stations in an area, from one run."""
    return await _area(request, source, query, items, published)


async def _position(
    request: Request,
    source: Source,
    query: PositionQuery,
    items: ItemCache,
    published: PublishedRuns,
) -> Response:
    def find(index: StationIndex, codes: set[str]) -> list[Found]:
        nearest = (
            index.nearest(each.latitude, each.longitude, 1, parameters=codes)
            for each in query.points
        )
        by_id = {found.entry.station.id: found for several in nearest for found in several}
        return list(by_id.values())

    is_one = len(query.points) == 1
    return await _answer(request, source, query, items, published, find, is_one=is_one)


async def _radius(
    request: Request,
    source: Source,
    query: RadiusQuery,
    items: ItemCache,
    published: PublishedRuns,
) -> Response:
    longitude, latitude = query.point

    def find(index: StationIndex, codes: set[str]) -> list[Found]:
        near = index.by_distance(_having(index, codes), latitude, longitude, query.km)
        return [index.away(each, latitude, longitude) for each in near]

    return await _answer(request, source, query, items, published, find)


async def _area(
    request: Request, source: Source, query: AreaQuery, items: ItemCache, published: PublishedRuns
) -> Response:
    area = query.area

    def find(index: StationIndex, codes: set[str]) -> list[Found]:
        return [
            each
            for each in _having(index, codes)
            if area.holds(each.entry.station.longitude, each.entry.station.latitude)
        ]

    return await _answer(request, source, query, items, published, find)


def _having(index: StationIndex, codes: set[str]) -> list[Found]:
    return [each for each in index.all if not codes.isdisjoint(each.entry.parameters)]


async def _answer(
    request: Request,
    source: Source,
    query: SeveralQuery,
    items: ItemCache,
    published: PublishedRuns,
    find: Callable[[StationIndex, set[str]], list[Found]],
    *,
    is_one: bool = False,
) -> Response:
    """Answer with the values of stations.

    Args:
        request: The request.
        source: What they are read from.
        query: What is asked for.
        items: The stored values.
        published: The stations.
        find: Finds those that are asked for and have one of some codes.
        is_one: Whether a single station is asked for.
    """
    wanted = wanted_series(source, query)

    async def make() -> tuple[bytes, RawHeaders]:
        index = await published.stations(source.snapshot)
        found = find(index, {series.code for series in wanted})
        if query.limit is None and len(found) > MOST_STATIONS:
            reason = (
                f"{len(found)} stations, and an answer has at most {MOST_STATIONS}: ask for less, "
                "or give limit"
            )
            raise TooMuchAskedError(Refusal("query", "coords", reason))
        most = min(query.limit or MOST_STATIONS, MOST_STATIONS)
        series = await read_series(source, found[:most], wanted, query, items)
        return written(source, series, query, is_one=is_one)

    kind = request.scope["path"].rpartition("/")[2]
    asked = f"edr.{kind}.{digest(source.address + query.key())}"
    return await of_run(request, source.snapshot, asked, [], make)
