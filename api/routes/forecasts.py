"""Forecasts of the nightly run: of one station, of several, of the nearest.

The plain lookup, which has no query, is the hot path: one key, and the stored bytes are sent as
they are. Its route has a class of its own that skips FastAPI's dependency solving, and belongs to
the application itself, where it is found sooner. If `add_lookup` were a `@router.get` like the
others, the answers would be the same, and take longer.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.dependencies import Items, Published, StationId
from api.errors import ApiError, DamagedForecastError, StationNotFoundError
from api.http.conditional import JSON, header, of_run, takes_gzip
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, answers
from api.http.problems import failed_item
from api.reading.item_cache import ItemCache
from api.reading.observed import observed
from api.reading.published_runs import PublishedRuns
from api.reading.selection import rows, select
from api.reading.snapshot import RawHeaders, Snapshot
from api.reading.stored_forecasts import check_station_id, stored_forecast
from api.schemas.digest import digest
from api.schemas.forecast_queries import ForecastFilter, ForecastQuery, NearestQuery, SeveralQuery
from api.schemas.forecast_responses import (
    ForecastResponse,
    ForecastsResponse,
    NearestForecastsResponse,
)
from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.gzip_bodies import decompress
from forecasts.item import Item, forecast_key, history_key
from forecasts.station import STATION_ID

_SOURCE = (b"forecast-source", b"precomputed")
_STORED = [_SOURCE, (b"vary", b"Accept-Encoding")]
_GZIPPED = [JSON, (b"content-encoding", b"gzip")]


class LookupRoute(APIRoute):
    """Answers a lookup without a query directly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, with the shortcut before it."""
        with_query = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.scope["query_string"]:
                return await with_query(request)
            state, station_id = request.app.state, request.path_params["station_id"]
            snapshot = await state.published.current()
            return await _stored(request, station_id, snapshot, state.items, state.published)

        return handle


router = APIRouter(tags=["forecasts"])


def add_lookup(app: FastAPI) -> None:
    """Add `get_station_forecast` to the application's own routes."""
    app.router.add_api_route(
        "/v1/stations/{station_id}/forecast",
        get_station_forecast,
        tags=["forecasts"],
        response_model=ForecastResponse,
        responses=answers(404, 422, 503, by_run=True, also=(CSV,)),
        route_class_override=LookupRoute,
    )


async def get_station_forecast(
    request: Request,
    station_id: StationId,
    query: Annotated[ForecastQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return the forecast of a station for the next 24 hours, as the nightly run made it."""
    snapshot = await published.snapshot(query.run)
    if query.is_plain:
        return await _stored(request, station_id, snapshot, items, published)
    await check_station_id(station_id, snapshot, published)

    async def make() -> tuple[bytes, RawHeaders]:
        body = await stored_forecast(station_id, snapshot, items, published)
        answer = select(body, query)
        if query.observed:
            item = await items.get(snapshot, history_key(station_id, snapshot.run_id))
            answer["observed"] = observed(item, answer, query)
        return _written(answer, query)

    asked = f"{station_id}.{digest(query.key())}"
    return await of_run(request, snapshot, asked, [_SOURCE], make)


@router.get(
    "/v1/forecasts/nearest",
    response_model=NearestForecastsResponse,
    responses=answers(404, 422, 503, by_run=True),
)
async def get_nearest_forecasts(
    request: Request,
    query: Annotated[NearestQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return the forecasts of the stations nearest to a place that have one.

    With `parameters`, only stations with a forecast of one of them count. The list is never empty,
    unless `max_km` makes it so.
    """
    snapshot = await published.snapshot(query.run)
    bodies = _Bodies(request, snapshot, query, items, published)

    async def make() -> tuple[bytes, RawHeaders]:
        index = await published.stations(snapshot)
        found = index.nearest(
            query.latitude,
            query.longitude,
            query.n,
            parameters=query.parameters,
            max_km=query.max_km,
        )
        several = await bodies.read([each.entry.station.id for each in found])
        # Bodies are JSON objects that are not empty, so a field fits in before their first one.
        near = [
            b'{"distance_km":%s,%s' % (str(each.distance_km).encode(), body[1:])
            for each, body in zip(found, several, strict=True)
        ]
        return _list(near), [JSON]

    asked = f"nearest.{digest(query.key())}"
    return await of_run(request, snapshot, asked, [_SOURCE], make, bodies.are_whole)


@router.get(
    "/v1/forecasts",
    response_model=ForecastsResponse,
    responses=answers(404, 422, 503, by_run=True),
)
async def get_forecasts(
    request: Request,
    query: Annotated[SeveralQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return the forecasts of up to 100 stations; an unknown station does not fail the others."""
    snapshot = await published.snapshot(query.run)
    bodies = _Bodies(request, snapshot, query, items, published)

    async def make() -> tuple[bytes, RawHeaders]:
        return _list(await bodies.read(query.stations)), [JSON]

    asked = f"several.{digest(query.key())}"
    return await of_run(request, snapshot, asked, [_SOURCE], make, bodies.are_whole)


async def _stored(
    request: Request,
    station_id: str,
    snapshot: Snapshot,
    items: ItemCache,
    published: PublishedRuns,
) -> Response:
    """Send a stored body as it is, gzip if the client takes it."""
    await check_station_id(station_id, snapshot, published)

    async def make() -> tuple[bytes, RawHeaders]:
        body = await stored_forecast(station_id, snapshot, items, published)
        if takes_gzip(header(request, b"accept-encoding")):
            return body, _GZIPPED
        return decompress(body), [JSON]

    return await of_run(request, snapshot, station_id, _STORED, make)


class _Bodies:
    """Reads the forecasts of several stations, of which one may fail without the others."""

    def __init__(
        self,
        request: Request,
        snapshot: Snapshot,
        wanted: ForecastFilter,
        items: ItemCache,
        published: PublishedRuns,
    ) -> None:
        self._damaged = False
        self._published = published
        self._request = request
        self._snapshot = snapshot
        self._wanted = wanted
        self._items = items

    def are_whole(self) -> bool:
        """Whether none of the stored forecasts was damaged."""
        return not self._damaged

    async def read(self, station_ids: Sequence[str]) -> list[bytes]:
        """Return the JSON of a forecast, or of an error, for each station."""
        found = await self._found(station_ids)
        others = [i for i in station_ids if i not in found]
        if others:
            index = await self._published.stations(self._snapshot)
            spelled = {i: index.spelled(i) for i in others}
            by_id = await self._found([i for i in spelled.values() if i])
            found |= {i: by_id[own] for i, own in spelled.items() if own in by_id}
        return [self._body(i, found.get(i)) for i in station_ids]

    async def _found(self, station_ids: Sequence[str]) -> dict[str, Item]:
        keys = {
            i: forecast_key(i, self._snapshot.run_id)
            for i in station_ids
            if STATION_ID.fullmatch(i)
        }
        items = await self._items.get_many(self._snapshot, list(keys.values()))
        return {i: items[key] for i, key in keys.items() if key in items}

    def _body(self, station_id: str, item: Item | None) -> bytes:
        if item is None:
            return self._failed(station_id, StationNotFoundError(station_id, self._snapshot.run_id))
        try:
            if self._wanted.takes_all:
                return decompress(item.body)
            return dumps(select(item.body, self._wanted))
        except FormatError as error:
            self._damaged = True
            self._items.drop(self._snapshot, item.key)
            damaged = DamagedForecastError(station_id, self._snapshot.run_id)
            damaged.__cause__ = error
            return self._failed(station_id, damaged)

    def _failed(self, station_id: str, error: ApiError) -> bytes:
        problem = failed_item(self._request, error)
        return dumps({"station": {"id": station_id}, "error": problem.model_dump()})


def _list(items: Sequence[bytes]) -> bytes:
    return b'{"items":[%s],"next":null}' % b",".join(items)


def _written(answer: dict[str, Any], query: ForecastQuery) -> tuple[bytes, RawHeaders]:
    if query.format == "json":
        return dumps(answer), [JSON]
    name = f"forecast-{answer['station']['id']}-{answer['run']['id']}.csv"
    return to_csv(rows(answer, query.quantiles)), [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(name)),
    ]
