"""The forecasts: of one station, of several, of the nearest.

The plain lookup is the hot path: one key, and the stored bytes are sent as they are. It reads no
query, parses no body and builds no model.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.compact import dumps
from api.endpoints import Endpoints
from api.errors import StationNotFoundError
from api.http.conditional import JSON, RawHeaders, digest, header, of_run, takes_gzip
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.problems import item_problem
from api.openapi import CSV, Document
from api.query import read_query
from api.reading.item_cache import Warm
from api.reading.observed import observed
from api.reading.published_runs import Published, Snapshot
from api.reading.selection import rows, select
from api.reading.station_index import Found
from api.schemas.queries import ForecastFilter, ForecastQuery, NearestQuery, SeveralQuery
from api.schemas.responses import ForecastAnswer, NearestAnswer, SeveralAnswer
from forecasts.gzip_bodies import compress, decompress
from forecasts.item import forecast_key, history_key
from forecasts.station import STATION_ID

StationId = Annotated[str, Field(description="Id of the station.", examples=["JFK"])]

_SOURCE = (b"forecast-source", b"precomputed")
_STORED = [_SOURCE, (b"vary", b"Accept-Encoding")]
_GZIPPED = [JSON, (b"content-encoding", b"gzip")]

#: Stands before, between and after the items of a list.
_AROUND_ITEMS = (b'{"items":[', b",", b'],"next":null}')

#: 100 stations take 3 ms at this level and 60 ms at level 9, which saves a third of the bytes.
_LIST_LEVEL = 1


class Lookup:
    """Answers requests for forecasts.

    Args:
        warm: Gives forecasts and histories.
        published: Says under which run to read them.
    """

    def __init__(self, warm: Warm, published: Published) -> None:
        self._warm = warm
        self._published = published

    def add_routes(self, endpoints: Endpoints) -> None:
        """Add the endpoints to *endpoints*."""
        endpoints.add(
            "/v1/stations/{station_id}/forecast",
            self.one,
            Document(
                "Forecast of a station",
                ForecastAnswer,
                ForecastQuery,
                (404, 422, 503),
                by_run=True,
                also=(CSV,),
            ),
        )
        endpoints.add(
            "/v1/forecasts/nearest",
            self.nearest,
            Document(
                "Forecasts of the nearest stations",
                NearestAnswer,
                NearestQuery,
                (404, 422, 503),
                by_run=True,
            ),
        )
        endpoints.add(
            "/v1/forecasts",
            self.several,
            Document(
                "Forecasts of several stations",
                SeveralAnswer,
                SeveralQuery,
                (404, 422, 503),
                by_run=True,
            ),
        )

    async def one(self, request: Request, station_id: StationId) -> Response:
        """Return the next 24 hours at a station, as the published run forecasts them."""
        if not request.scope["query_string"]:
            return self._plain(request, station_id, self._published.current())
        query = read_query(request, ForecastQuery)
        snapshot = self._published.snapshot(query.run)
        if query.is_plain:
            return self._plain(request, station_id, snapshot)
        self._check(station_id, snapshot)
        asked = f"{station_id}.{digest(query.key())}"
        make = partial(self._part, station_id, snapshot, query)
        return of_run(request, snapshot, asked, [_SOURCE], make)

    async def several(self, request: Request) -> Response:
        """Return the forecasts of up to 100 stations; an unknown one does not fail the rest."""
        query = read_query(request, SeveralQuery)
        snapshot = self._published.snapshot(query.run)

        def make() -> tuple[bytes, RawHeaders]:
            body = _list(self._items(query.stations, snapshot, _reader_of(query)))
            if query.takes_all and takes_gzip(header(request, b"accept-encoding")):
                return compress(body, _LIST_LEVEL), _GZIPPED
            return body, [JSON]

        return of_run(request, snapshot, f"several.{digest(query.key())}", _STORED, make)

    async def nearest(self, request: Request) -> Response:
        """Return the forecasts of the stations nearest to a place, of those that have one.

        With `parameters`: of those that have one of these. Never empty, unless by `max_km`.
        """
        query = read_query(request, NearestQuery)
        snapshot = self._published.snapshot(query.run)
        make = partial(self._nearest, snapshot, query)
        return of_run(request, snapshot, f"nearest.{digest(query.key())}", [_SOURCE], make)

    def _plain(self, request: Request, station_id: str, snapshot: Snapshot) -> Response:
        self._check(station_id, snapshot)

        def make() -> tuple[bytes, RawHeaders]:
            stored = self._stored(station_id, snapshot)
            if takes_gzip(header(request, b"accept-encoding")):
                return stored, _GZIPPED
            return decompress(stored), [JSON]

        return of_run(request, snapshot, station_id, _STORED, make)

    def _part(
        self, station_id: str, snapshot: Snapshot, query: ForecastQuery
    ) -> tuple[bytes, RawHeaders]:
        answer = select(self._stored(station_id, snapshot), query)
        if query.observed:
            item = self._warm.get(history_key(station_id, snapshot.run_id))
            answer["observed"] = observed(item, answer, query)
        if query.format == "json":
            return dumps(answer), [JSON]
        name = f"forecast-{station_id}-{snapshot.run_id}.csv"
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-disposition", disposition(name)),
        ]
        return to_csv(rows(answer, query.quantiles)), headers

    def _nearest(self, snapshot: Snapshot, query: NearestQuery) -> tuple[bytes, RawHeaders]:
        catalogue = self._published.catalogue(snapshot.run_id)
        found = catalogue.nearest(
            query.latitude,
            query.longitude,
            query.n,
            parameters=query.parameters,
            max_km=query.max_km,
        )
        ids = [each.entry.station.id for each in found]
        items = self._items(ids, snapshot, _reader_of(query))
        return _list(map(_with_distance, found, items)), [JSON]

    def _items(
        self, station_ids: Sequence[str], snapshot: Snapshot, read: Callable[[bytes], bytes]
    ) -> Iterator[bytes]:
        keys = {i: forecast_key(i, snapshot.run_id) for i in station_ids if STATION_ID.fullmatch(i)}
        found = self._warm.get_many(list(keys.values()))
        for station_id in station_ids:
            key = keys.get(station_id)
            item = found.get(key) if key else None
            yield read(item.body) if item else _unknown(station_id, snapshot)

    def _stored(self, station_id: str, snapshot: Snapshot) -> bytes:
        item = self._warm.get(forecast_key(station_id, snapshot.run_id))
        if item is None:
            raise self._published.unknown_station(station_id, snapshot)
        return item.body

    def _check(self, station_id: str, snapshot: Snapshot) -> None:
        if not STATION_ID.fullmatch(station_id):
            raise self._published.unknown_station(station_id, snapshot)


def _reader_of(wanted: ForecastFilter) -> Callable[[bytes], bytes]:
    return decompress if wanted.takes_all else partial(_selected, wanted)


def _selected(wanted: ForecastFilter, body: bytes) -> bytes:
    return dumps(select(body, wanted))


def _unknown(station_id: str, snapshot: Snapshot) -> bytes:
    problem = item_problem(StationNotFoundError(station_id, snapshot.run_id))
    return dumps({"station": {"id": station_id}, "error": problem.model_dump()})


def _with_distance(found: Found, item: bytes) -> bytes:
    # Items are JSON objects that are not empty, so a field fits in before their first.
    return b'{"distance_km":%s,%s' % (str(found.distance_km).encode(), item[1:])


def _list(items: Iterable[bytes]) -> bytes:
    before, between, after = _AROUND_ITEMS
    return b"".join((before, between.join(items), after))
