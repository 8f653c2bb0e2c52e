"""Forecasts of several stations at once: of those that are named, or of the nearest."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Items, Published
from api.errors import ApiError, DamagedForecastError, StationNotFoundError
from api.http.conditional import JSON, of_run
from api.http.csv import table
from api.http.documentation import CSV, answers
from api.http.problems import failed_item
from api.reading.hourly_table import several_rows
from api.reading.item_cache import ItemCache
from api.reading.published_runs import PublishedRuns
from api.reading.selection import select
from api.reading.snapshot import RawHeaders, Snapshot
from api.schemas.digest import digest
from api.schemas.forecast_queries import ForecastFilter, NearestQuery, SeveralQuery
from api.schemas.forecast_responses import ForecastsResponse, NearestForecastsResponse
from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.gzip_bodies import decompress
from forecasts.item import Item, forecast_key
from forecasts.station import STATION_ID

_SOURCE = (b"forecast-source", b"precomputed")

#: A stored answer as it is, or one that was read, or an error in its place.
_Answer = bytes | dict[str, Any]

router = APIRouter(tags=["forecasts"])


@router.get(
    "/v1/forecasts/nearest",
    response_model=NearestForecastsResponse,
    responses=answers(404, 422, 503, by_run=True, also=(CSV,)),
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
    reader = _Reader(request, snapshot, query, items, published)

    async def make() -> tuple[bytes, RawHeaders]:
        index = await published.stations(snapshot)
        found = index.nearest(
            query.latitude,
            query.longitude,
            query.n,
            parameters=query.parameters,
            max_km=query.max_km,
        )
        several = await reader.read([each.entry.station.id for each in found])
        return _written(several, query, snapshot, [each.distance_km for each in found])

    asked = f"nearest.{digest(query.key())}"
    return await of_run(request, snapshot, asked, [_SOURCE], make, reader.is_whole)


@router.get(
    "/v1/forecasts",
    response_model=ForecastsResponse,
    responses=answers(404, 422, 503, by_run=True, also=(CSV,)),
)
async def get_forecasts(
    request: Request,
    query: Annotated[SeveralQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return the forecasts of up to 100 stations; an unknown station does not fail the others.

    In a table, a station or parameter without a forecast has a row that says why.
    """
    snapshot = await published.snapshot(query.run)
    reader = _Reader(request, snapshot, query, items, published)

    async def make() -> tuple[bytes, RawHeaders]:
        return _written(await reader.read(query.stations), query, snapshot)

    asked = f"several.{digest(query.key())}"
    return await of_run(request, snapshot, asked, [_SOURCE], make, reader.is_whole)


class _Reader:
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
        self._items = items
        as_stored = wanted.takes_all and not wanted.is_table
        self._take: Callable[[bytes], _Answer] = (
            decompress if as_stored else partial(select, wanted=wanted)
        )

    def is_whole(self) -> bool:
        """Whether none of the stored forecasts was damaged."""
        return not self._damaged

    async def read(self, station_ids: Sequence[str]) -> list[_Answer]:
        """Return a forecast, or an error, for each station."""
        found = await self._found(station_ids)
        others = [i for i in station_ids if i not in found]
        if others:
            index = await self._published.stations(self._snapshot)
            spelled = {i: index.spelled(i) for i in others}
            by_id = await self._found([i for i in spelled.values() if i])
            found |= {i: by_id[own] for i, own in spelled.items() if own in by_id}
        return [self._answer(i, found.get(i)) for i in station_ids]

    async def _found(self, station_ids: Sequence[str]) -> dict[str, Item]:
        keys = {
            i: forecast_key(i, self._snapshot.run_id)
            for i in station_ids
            if STATION_ID.fullmatch(i)
        }
        items = await self._items.get_many(self._snapshot, list(keys.values()))
        return {i: items[key] for i, key in keys.items() if key in items}

    def _answer(self, station_id: str, item: Item | None) -> _Answer:
        if item is None:
            return self._failed(station_id, StationNotFoundError(station_id, self._snapshot.run_id))
        try:
            return self._take(item.body)
        except FormatError as error:
            self._damaged = True
            self._items.drop(self._snapshot, item.key)
            damaged = DamagedForecastError(station_id, self._snapshot.run_id)
            damaged.__cause__ = error
            return self._failed(station_id, damaged)

    def _failed(self, station_id: str, error: ApiError) -> dict[str, Any]:
        problem = failed_item(self._request, error)
        return {"station": {"id": station_id}, "error": problem.model_dump()}


def _written(
    several: Sequence[_Answer],
    query: ForecastFilter,
    snapshot: Snapshot,
    distances: Sequence[float | None] | None = None,
) -> tuple[bytes, RawHeaders]:
    """Write a list of answers.

    Args:
        several: The answers; all of them read if a table is wanted.
        query: What was asked for.
        snapshot: The run.
        distances: The distance of each station from a place, in kilometres.
    """
    if query.is_table:
        read = cast("list[dict[str, Any]]", several)
        name, for_excel = f"forecasts-{snapshot.run_id}", query.format == "excel"
        return table(several_rows(read, query, distances), name, for_excel=for_excel)
    bodies = [answer if isinstance(answer, bytes) else dumps(answer) for answer in several]
    if distances is not None:
        # Bodies are JSON objects that are not empty, so a field fits in before their first one.
        bodies = [
            b'{"distance_km":%s,%s' % (str(distance).encode(), body[1:])
            for distance, body in zip(distances, bodies, strict=True)
        ]
    return b'{"items":[%s],"next":null}' % b",".join(bodies), [JSON]
