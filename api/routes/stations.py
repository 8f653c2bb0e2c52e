"""The stations of a run: search, and one of them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.endpoints import Endpoints
from api.errors import StationNotFoundError
from api.http.conditional import JSON, RawHeaders, digest, of_run
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.openapi import CSV, GEOJSON, Document
from api.query import Query, invalid, read_query
from api.reading.published_runs import Published, Snapshot
from api.reading.station_index import Found, by_distance
from api.routes.forecasts import StationId
from api.schemas.cursor import Cursor
from api.schemas.queries import StationsQuery
from api.schemas.responses import StationAnswer, StationsAnswer
from forecasts.forecast import dumps, station_answer

_COLUMNS = (
    "station_id",
    "name",
    "country",
    "latitude",
    "longitude",
    "elevation",
    "timezone",
    "parameters",
    "distance_km",
)


class Stations:
    """Answers requests for stations.

    Args:
        published: Has the catalogues.
    """

    def __init__(self, published: Published) -> None:
        self._published = published

    def add_routes(self, endpoints: Endpoints) -> None:
        """Add the endpoints to *endpoints*."""
        endpoints.add(
            "/v1/stations",
            self.search,
            Document(
                "Search for stations",
                StationsAnswer,
                StationsQuery,
                (404, 422, 503),
                by_run=True,
                also=(GEOJSON, CSV),
            ),
        )
        endpoints.add(
            "/v1/stations/{station_id}",
            self.one,
            Document("A station", StationAnswer, Query, (404, 503), by_run=True),
        )

    async def one(self, request: Request, station_id: StationId) -> Response:
        """Return a station of the published run and what is forecast there."""
        read_query(request, Query)
        snapshot = self._published.current()
        catalogue = self._published.catalogue(snapshot.run_id)
        entry = catalogue.by_id.get(station_id)
        if entry is None:
            suggestions = catalogue.suggestions(station_id)
            raise StationNotFoundError(station_id, snapshot.run_id, suggestions)
        body = dumps(_answer(Found(entry, None)))
        return of_run(request, snapshot, f"station.{station_id}", [], lambda: (body, [JSON]))

    async def search(self, request: Request) -> Response:
        """List the stations that fit, a page at a time; all pages are of one run."""
        query = read_query(request, StationsQuery)
        if query.cursor and query.cursor.asked != query.asked:
            raise invalid("cursor", "it belongs to another search; take `next` of the page before")
        snapshot = self._published.snapshot(query.cursor and query.cursor.run_id)
        asked = f"stations.{digest(query.key())}"
        return of_run(request, snapshot, asked, [], partial(self._page, request, snapshot, query))

    def _page(
        self, request: Request, snapshot: Snapshot, query: StationsQuery
    ) -> tuple[bytes, RawHeaders]:
        found = self._found(snapshot.run_id, query)
        start = query.cursor.offset if query.cursor else 0
        end = start + query.limit
        cursor = Cursor(snapshot.run_id, end, query.asked).to_text() if end < len(found) else None
        body, headers = _WRITERS[query.format](found[start:end], cursor)
        if cursor is None:
            return body, headers
        following = request.url.include_query_params(cursor=cursor)
        return body, [*headers, (b"link", f'<?{following.query}>; rel="next"'.encode())]

    def _found(self, run_id: str, query: StationsQuery) -> list[Found]:
        catalogue = self._published.catalogue(run_id)
        entries = catalogue.search(query.q, query.country, query.parameter, query.box)
        if query.near is None:
            return [Found(entry, None) for entry in entries]
        return by_distance(entries, *query.near, query.max_km)


def _answer(found: Found) -> dict[str, Any]:
    answer = {**station_answer(found.entry.station), "parameters": found.entry.parameters}
    return answer if found.distance_km is None else {**answer, "distance_km": found.distance_km}


def _to_json(found: Sequence[Found], cursor: str | None) -> tuple[bytes, RawHeaders]:
    return dumps({"items": [_answer(each) for each in found], "next": cursor}), [JSON]


def _to_geojson(found: Sequence[Found], cursor: str | None) -> tuple[bytes, RawHeaders]:
    features = [_feature(_answer(each)) for each in found]
    collection = {"type": "FeatureCollection", "features": features, "next": cursor}
    return dumps(collection), [(b"content-type", GEOJSON.encode())]


def _feature(answer: dict[str, Any]) -> dict[str, Any]:
    position = [answer.pop("longitude"), answer.pop("latitude")]
    return {
        "type": "Feature",
        "id": answer["id"],
        "geometry": {"type": "Point", "coordinates": position},
        "properties": answer,
    }


def _to_csv(found: Sequence[Found], _cursor: str | None) -> tuple[bytes, RawHeaders]:
    rows = [tuple(_row(_answer(each))) for each in found]
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition("stations.csv")),
    ]
    return to_csv([_COLUMNS, *rows]), headers


def _row(answer: dict[str, Any]) -> list[object]:
    cells = {**answer, "station_id": answer["id"], "parameters": " ".join(answer["parameters"])}
    return [cells.get(column) for column in _COLUMNS]


_WRITERS: dict[str, Callable[[Sequence[Found], str | None], tuple[bytes, RawHeaders]]] = {
    "json": _to_json,
    "geojson": _to_geojson,
    "csv": _to_csv,
}
