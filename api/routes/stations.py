"""The stations of a run: search, and one of them."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import Published, StationId, refuse_query
from api.http.conditional import JSON, of_run
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, GEOJSON, answers
from api.http.paging import link, start_of
from api.reading.snapshot import RawHeaders
from api.reading.station_index import Found, StationIndex, by_distance
from api.schemas.cursor import Cursor
from api.schemas.digest import digest
from api.schemas.queries import StationsQuery
from api.schemas.station_responses import StationResponse, StationsResponse
from forecasts.forecast import dumps, station_answer

router = APIRouter(tags=["stations"])

_COLUMNS = (
    "station_id",
    "name",
    "country",
    "latitude",
    "longitude",
    "elevation",
    "timezone",
    "attribution",
    "licence",
    "parameters",
    "distance_km",
)


@router.get(
    "/v1/stations",
    response_model=StationsResponse,
    responses=answers(404, 422, 503, by_run=True, also=(GEOJSON, CSV)),
)
async def list_stations(
    request: Request, query: Annotated[StationsQuery, Query()], published: Published
) -> Response:
    """Search for stations, a page at a time. All pages are read under one run."""
    start = start_of(query)
    snapshot = await published.snapshot(start and start.run_id)

    async def make() -> tuple[bytes, RawHeaders]:
        found = _found(await published.stations(snapshot), query)
        begin = start.offset if start else 0
        end = begin + query.limit
        more = Cursor(snapshot.run_id, end, query.asked).to_text() if end < len(found) else None
        body, headers = _WRITERS[query.format](found[begin:end], more)
        return body, [*headers, *link(request, more)]

    return await of_run(request, snapshot, f"stations.{digest(query.key())}", [], make)


@router.get(
    "/v1/stations/{station_id}",
    response_model=StationResponse,
    responses=answers(404, 503, by_run=True),
    dependencies=[Depends(refuse_query)],
)
async def get_station(request: Request, station_id: StationId, published: Published) -> Response:
    """Return a station of the published run, and the parameters that are forecast there."""
    snapshot = await published.current()
    index = await published.stations(snapshot)
    entry = index.by_id.get(station_id)
    if entry is None:
        raise await published.unknown_station(station_id, snapshot)

    async def make() -> tuple[bytes, RawHeaders]:
        return dumps(_answer(Found(entry, None))), [JSON]

    return await of_run(request, snapshot, f"station.{station_id}", [], make)


def _found(index: StationIndex, query: StationsQuery) -> list[Found]:
    entries = index.search(query.q, query.country, query.parameter, query.box)
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
