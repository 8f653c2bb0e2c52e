"""OGC API EDR: all stations, and the values of one of them.

The whole forecast of a station is what most clients ask for. As for a plain lookup, its route skips
FastAPI's dependency solving.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from starlette.responses import Response

from api.dependencies import Items, Published, StationId
from api.edr.answers import read_series, wanted_hours, wanted_series, written
from api.edr.collections import FORECASTS, series_of, times_of
from api.edr.covjson import stored_to_covjson
from api.edr.geojson import station_feature
from api.edr.route import CoverageResponse, EDRRoute, FeaturesResponse
from api.edr.source import BY_COLLECTION, BY_INSTANCE, Collection, Instance, Source
from api.edr.station_series import forecast_of
from api.errors import DamagedForecastError
from api.http.conditional import header, of_run, takes_gzip
from api.http.documentation import COVERAGE_JSON, CSV, GEOJSON, answers
from api.http.paging import link, start_of
from api.http.streams import gzipped, in_parts
from api.reading.item_cache import ItemCache
from api.reading.published_runs import PublishedRuns
from api.reading.snapshot import RawHeaders, Snapshot
from api.reading.station_index import Found, StationIndex
from api.reading.stored_forecasts import check_station_id, stored_forecast
from api.schemas.cursor import Cursor
from api.schemas.digest import digest
from api.schemas.edr_queries import LocationQuery, LocationsQuery
from api.schemas.edr_responses import EDRLocations, EDRSingleCoverage
from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.item import StationEntry

router = APIRouter(tags=["EDR"], route_class=EDRRoute)

_COVERAGE = [(b"content-type", COVERAGE_JSON.encode())]
_FEATURES = [(b"content-type", GEOJSON.encode())]
_VARY = [(b"vary", b"Accept-Encoding")]

_LIST_ANSWERS = answers(404, 503, by_run=True)
_VALUE_ANSWERS = answers(404, 503, by_run=True, also=(GEOJSON, CSV), may_be_empty=True)


class LocationRoute(EDRRoute):
    """Answers a request for the forecast of a station without a query directly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, with the shortcut before it."""
        with_query = super().get_route_handler()

        async def handle(request: Request) -> Response:
            names = request.path_params
            if request.scope["query_string"] or names["collection_id"] != FORECASTS:
                return await with_query(request)
            state, station_id = request.app.state, names["station_id"]
            snapshot = await state.published.current()
            return await _stored(request, station_id, snapshot, state.items, state.published)

        return handle


def add_location(app: FastAPI) -> None:
    """Add `get_edr_location` to the application's own routes, where it is found sooner."""
    app.router.add_api_route(
        f"{BY_COLLECTION}/locations/{{station_id}}",
        get_edr_location,
        tags=["EDR"],
        response_model=EDRSingleCoverage,
        response_class=CoverageResponse,
        responses=_VALUE_ANSWERS,
        route_class_override=LocationRoute,
    )


async def get_edr_location(
    request: Request,
    source: Collection,
    station_id: StationId,
    query: Annotated[LocationQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return the values of a station: hourly forecasts, or hourly observations."""
    return await _location(request, source, station_id, query, items, published)


@router.get(
    f"{BY_INSTANCE}/locations/{{station_id}}",
    response_model=EDRSingleCoverage,
    response_class=CoverageResponse,
    responses=_VALUE_ANSWERS,
)
async def get_edr_instance_location(
    request: Request,
    source: Instance,
    station_id: StationId,
    query: Annotated[LocationQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return the hourly forecasts of a station from one run."""
    return await _location(request, source, station_id, query, items, published)


@router.get(
    f"{BY_COLLECTION}/locations",
    response_model=EDRLocations,
    response_class=FeaturesResponse,
    responses=_LIST_ANSWERS,
)
async def list_edr_locations(
    request: Request,
    source: Collection,
    query: Annotated[LocationsQuery, Query()],
    published: Published,
) -> Response:
    """Return the stations of a collection. Pages are read under one run."""
    return await _locations(request, source, query, published)


@router.get(
    f"{BY_INSTANCE}/locations",
    response_model=EDRLocations,
    response_class=FeaturesResponse,
    responses=_LIST_ANSWERS,
)
async def list_edr_instance_locations(
    request: Request,
    source: Instance,
    query: Annotated[LocationsQuery, Query()],
    published: Published,
) -> Response:
    """Return the stations of one run."""
    return await _locations(request, source, query, published)


async def _stored(
    request: Request,
    station_id: str,
    snapshot: Snapshot,
    items: ItemCache,
    published: PublishedRuns,
) -> Response:
    """Send the whole forecast of a station."""
    await check_station_id(station_id, snapshot, published)

    async def make() -> tuple[bytes, RawHeaders]:
        body = await stored_forecast(station_id, snapshot, items, published)
        try:
            return stored_to_covjson(body), _COVERAGE
        except FormatError as error:
            raise DamagedForecastError(station_id, snapshot.run_id) from error

    return await of_run(request, snapshot, f"edr.forecasts.{station_id}", [], make)


async def _location(
    request: Request,
    source: Source,
    station_id: str,
    query: LocationQuery,
    items: ItemCache,
    published: PublishedRuns,
) -> Response:
    snapshot, wanted = source.snapshot, wanted_series(source, query)
    await check_station_id(station_id, snapshot, published)

    async def make() -> tuple[bytes, RawHeaders]:
        if source.name == FORECASTS:
            body = await stored_forecast(station_id, snapshot, items, published)
            one = forecast_of(body, wanted, wanted_hours(source, query))
            found = [one] if one.has_values else []
        else:
            entry = (await published.stations(snapshot)).by_id.get(station_id)
            if entry is None:
                raise await published.unknown_station(station_id, snapshot)
            found = await read_series(source, [Found(entry)], wanted, query, items)
        return written(source, found, query, is_one=True)

    asked = f"edr.{source.name}.{station_id}.{digest(source.address + query.key())}"
    return await of_run(request, snapshot, asked, [], make)


async def _locations(
    request: Request, source: Source, query: LocationsQuery, published: PublishedRuns
) -> Response:
    start = start_of(query, source.pinned)
    wanted = {series.name for series in wanted_series(source, query)}
    if start:
        source = replace(source, snapshot=await published.snapshot(start.run_id))
    snapshot = source.snapshot

    async def make() -> tuple[AsyncIterator[bytes], RawHeaders]:
        times = times_of(source.name, snapshot.run_id)
        found = _matching(source, query, wanted, await published.stations(snapshot))
        begin = start.offset if start else 0
        end = begin + (query.limit or len(found))
        more = Cursor(snapshot.run_id, end, query.asked).to_text() if end < len(found) else None
        hours = f"{times[0]}/{times[-1]}"
        page = found[begin:end]
        features = (station_feature(entry, names, hours, source.address) for entry, names in page)
        links = _links(request, source, more)
        parts = in_parts(_collected(features, len(found), len(page), links))
        headers = [*_FEATURES, *link(request, more)]
        if takes_gzip(header(request, b"accept-encoding")):
            return gzipped(parts), [*headers, (b"content-encoding", b"gzip")]
        return parts, headers

    asked = f"edr.{source.name}.locations.{digest(source.address + query.key())}"
    return await of_run(request, snapshot, asked, _VARY, make)


def _matching(
    source: Source,
    query: LocationsQuery,
    wanted: set[str],
    index: StationIndex,
) -> list[tuple[StationEntry, list[str]]]:
    """List the stations that have what is wanted, with the names of that."""
    hours, box = wanted_hours(source, query), query.box
    if hours and not any(hours):
        return []

    @cache  # a network has few kinds of stations
    def names_of(codes: tuple[str, ...]) -> list[str]:
        names = [series.name for series in series_of(source.name, codes)]
        return names if wanted.intersection(names) else []

    return [
        (entry, names)
        for entry in index.entries
        if (names := names_of(entry.parameters))
        and (box is None or box.holds(entry.station.latitude, entry.station.longitude))
    ]


def _collected(
    features: Iterator[bytes], matched: int, returned: int, links: Sequence[dict[str, str]]
) -> Iterator[bytes]:
    """Write a collection of features, piece by piece."""
    yield b'{"type":"FeatureCollection","features":['
    for number, feature in enumerate(features):
        yield feature if number == 0 else b"," + feature
    fields = {"numberMatched": matched, "numberReturned": returned, "links": links}
    yield b"]," + dumps(fields)[1:]


def _links(request: Request, source: Source, more: str | None) -> list[dict[str, str]]:
    own = f"{source.address}/locations"
    asked = f"{own}?{request.url.query}" if request.url.query else own
    addresses = [("self", asked, "This page")]
    if more:
        query = request.url.include_query_params(cursor=more).query
        addresses.append(("next", f"{own}?{query}", "The next page"))
    return [
        {"href": href, "rel": rel, "type": GEOJSON, "title": title}
        for rel, href, title in addresses
    ]
