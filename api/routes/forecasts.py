"""The forecast of one station, as the nightly run made it.

The plain lookup, which has no query, is the hot path: one key, and the stored bytes are sent as
they are. Its route has a class of its own that skips FastAPI's dependency solving, and belongs to
the application itself, where it is found sooner. If `add_lookup` were a `@router.get` like the
others, the answers would be the same, and take longer.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.dependencies import Items, Published, StationId
from api.http.conditional import JSON, header, of_run, takes_gzip
from api.http.csv import table
from api.http.documentation import CSV, answers
from api.reading.hourly_table import columns, rows
from api.reading.item_cache import ItemCache
from api.reading.observed import observed
from api.reading.published_runs import PublishedRuns
from api.reading.selection import select
from api.reading.snapshot import RawHeaders, Snapshot
from api.reading.stored_forecasts import check_station_id, stored_forecast
from api.schemas.digest import digest
from api.schemas.forecast_queries import ForecastQuery
from api.schemas.forecast_responses import ForecastResponse
from forecasts.forecast import dumps
from forecasts.gzip_bodies import decompress
from forecasts.item import history_key

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


def _written(answer: dict[str, Any], query: ForecastQuery) -> tuple[bytes, RawHeaders]:
    if not query.is_table:
        return dumps(answer), [JSON]
    name = f"forecast-{answer['station']['id']}-{answer['run']['id']}"
    return table([columns(query), *rows(answer, query)], name, for_excel=query.format == "excel")
