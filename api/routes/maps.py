"""All stations of a run at once, as a map shows them: their places, and the medians of a parameter.

Both answers are columns rather than a list of objects, which makes them a third as long, and list
the stations in the same order. They are made once for a run and kept compressed: they are long, and
everybody who opens the map asks for the same ones.
"""

import gzip
from functools import lru_cache, partial

from starlette.requests import Request
from starlette.responses import Response

from api.endpoints import Endpoints
from api.errors import MapNotFoundError
from api.http.conditional import JSON, RawHeaders, header, of_run, takes_gzip
from api.openapi import Document
from api.query import read_query
from api.reading.published_runs import Published, Snapshot
from api.schemas.map_responses import MapForecastsAnswer, MapStationsAnswer
from api.schemas.queries import MapForecastsQuery, MapStationsQuery
from api.schemas.responses import RunOfForecast
from forecasts.forecast import dumps, valid_times
from forecasts.item import map_json, map_key
from forecasts.parameter import PARAMETERS
from forecasts.run import Run
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text

#: Answers kept, each of some hundred kilobytes where there are 11,000 stations.
ANSWERS = 16

#: Decimals of a degree: 11 metres.
_DECIMALS = 4
_VARY = [(b"vary", b"Accept-Encoding")]
_GZIPPED = [JSON, (b"content-encoding", b"gzip")]


class Maps:
    """Answers requests for all stations of a run.

    Args:
        store: Holds the medians.
        published: Says under which run to read them, and has the catalogues.
    """

    def __init__(self, store: Reader, published: Published) -> None:
        self._store = store
        self._published = published
        self._stations = lru_cache(maxsize=2)(self._make_stations)
        self._forecasts = lru_cache(maxsize=ANSWERS)(self._make_forecasts)

    def add_routes(self, endpoints: Endpoints) -> None:
        """Add the endpoints to *endpoints*."""
        endpoints.add(
            "/v1/map/stations",
            self.stations,
            Document(
                "All stations, for a map",
                MapStationsAnswer,
                MapStationsQuery,
                (404, 422, 503),
                by_run=True,
            ),
        )
        endpoints.add(
            "/v1/map/forecasts",
            self.forecasts,
            Document(
                "Medians of a parameter at all stations, for a map",
                MapForecastsAnswer,
                MapForecastsQuery,
                (404, 422, 503),
                by_run=True,
            ),
        )

    async def stations(self, request: Request) -> Response:
        """List all stations of a run in columns: id, name, country, place."""
        query = read_query(request, MapStationsQuery)
        snapshot = self._published.snapshot(query.run)
        make = partial(self._stations, snapshot.run_id)
        return _answer(request, snapshot, "map.stations", make)

    async def forecasts(self, request: Request) -> Response:
        """Return the medians of one parameter at all stations of a run, for each hour.

        In the order of `/v1/map/stations`; ask for both with the same `run`.
        """
        query = read_query(request, MapForecastsQuery)
        snapshot = self._published.snapshot(query.run)
        make = partial(self._forecasts, snapshot.run_id, query.parameter)
        return _answer(request, snapshot, f"map.forecasts.{query.parameter}", make)

    def _make_stations(self, run_id: str) -> bytes:
        run = self._published.run(run_id)
        stations = [entry.station for entry in self._published.catalogue(run_id).entries]
        columns = {
            "id": [each.id for each in stations],
            "name": [each.name for each in stations],
            "country": [each.country for each in stations],
            "latitude": [round(each.latitude, _DECIMALS) for each in stations],
            "longitude": [round(each.longitude, _DECIMALS) for each in stations],
        }
        body = {"run": _run(run), "parameters": run.parameters, "stations": columns}
        return _compressed(dumps(body))

    def _make_forecasts(self, run_id: str, parameter: str) -> bytes:
        run = self._published.run(run_id)
        keys = [map_key(run_id, parameter, part) for part in range(run.parts)]
        items = self._store.get_many(keys)
        if len(items) < len(keys):
            known = run.parameters if parameter not in run.parameters else ()
            raise MapNotFoundError(parameter, run_id, known)
        head = {
            "run": _run(run),
            "parameter": parameter,
            "unit": PARAMETERS[parameter].unit,
            "time": valid_times(run.issue_time),
        }
        medians = map_json(items[key] for key in keys)
        return _compressed(b'%s,"p50":%s}' % (dumps(head)[:-1], medians))


def _run(run: Run) -> dict[str, str]:
    return RunOfForecast(
        id=run.id,
        issued_at=utc_text(run.issue_time),
        valid_until=utc_text(run.valid_until),
        next_expected_at=utc_text(run.next_expected_at),
        model=run.model,
    ).model_dump()


def _answer(request: Request, snapshot: Snapshot, asked: str, make: partial[bytes]) -> Response:
    def content() -> tuple[bytes, RawHeaders]:
        packed = make()
        if takes_gzip(header(request, b"accept-encoding")):
            return packed, _GZIPPED
        return gzip.decompress(packed), [JSON]

    return of_run(request, snapshot, asked, _VARY, content)


def _compressed(body: bytes) -> bytes:
    # Level 9 takes three times as long and saves a thirtieth.
    return gzip.compress(body, 6, mtime=0)
