"""The stations of a run: search, and one of them."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import Published, StationId, refuse_query
from api.http.conditional import JSON, of_run
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, GEOJSON, answers
from api.http.paging import link, start_of
from api.reading.published_runs import PublishedRuns
from api.reading.snapshot import RawHeaders, Snapshot
from api.reading.station_index import Found
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
    "place",
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
        index = await published.stations(snapshot)
        found, suggestions = await _matching(published, snapshot, query)
        wanted = _filtered(found, query)
        if query.place:
            wanted = index.by_distance(wanted, *query.place, query.max_km)
        begin = start.offset if start else 0
        end = begin + query.limit
        more = Cursor(snapshot.run_id, end, query.asked).to_text() if end < len(wanted) else None
        page = wanted[begin:end]
        if query.place:
            page = [index.away(each, *query.place) for each in page]
        body, headers = _WRITERS[query.format](_Page(page, more, suggestions))
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
        return dumps(_answer(Found(entry))), [JSON]

    return await of_run(request, snapshot, f"station.{station_id}", [], make)


class _Page(NamedTuple):
    """A page of stations.

    Attributes:
        found: The stations.
        cursor: Where the next page begins; None on the last page.
        suggestions: What else to search for; None if that is not asked.
    """

    found: Sequence[Found]
    cursor: str | None
    suggestions: list[str] | None

    def envelope(self) -> dict[str, Any]:
        """Return what an answer has beside its stations."""
        meant = {} if self.suggestions is None else {"suggestions": self.suggestions}
        return {"next": self.cursor, **meant}


async def _matching(
    published: PublishedRuns, snapshot: Snapshot, query: StationsQuery
) -> tuple[list[Found], list[str] | None]:
    """Return the stations that match the text, and suggestions if there is none."""
    if query.names_nothing:
        return (await published.stations(snapshot)).all, None
    search = await published.search(snapshot)
    found = search.find(query.q)
    return found, None if found else search.suggestions(query.q)


def _filtered(found: list[Found], query: StationsQuery) -> list[Found]:
    if not (query.country or query.parameter or query.box):
        return found
    return [each for each in found if _is_wanted(each, query)]


def _is_wanted(found: Found, query: StationsQuery) -> bool:
    """Whether a station passes the filters of a query."""
    station, box = found.entry.station, query.box
    return (
        query.country in ("", station.country)
        and (not query.parameter or query.parameter in found.entry.parameters)
        and (box is None or box.holds(station.latitude, station.longitude))
    )


def _answer(found: Found) -> dict[str, Any]:
    answer = {**station_answer(found.entry.station), "parameters": found.entry.parameters}
    through = {"distance_km": found.distance_km, "place": found.place}
    return answer | {name: value for name, value in through.items() if value is not None}


def _to_json(page: _Page) -> tuple[bytes, RawHeaders]:
    return dumps({"items": [_answer(each) for each in page.found], **page.envelope()}), [JSON]


def _to_geojson(page: _Page) -> tuple[bytes, RawHeaders]:
    features = [_feature(_answer(each)) for each in page.found]
    collection = {"type": "FeatureCollection", "features": features, **page.envelope()}
    return dumps(collection), [(b"content-type", GEOJSON.encode())]


def _feature(answer: dict[str, Any]) -> dict[str, Any]:
    position = [answer.pop("longitude"), answer.pop("latitude")]
    return {
        "type": "Feature",
        "id": answer["id"],
        "geometry": {"type": "Point", "coordinates": position},
        "properties": answer,
    }


def _to_csv(page: _Page) -> tuple[bytes, RawHeaders]:
    rows = [tuple(_row(_answer(each))) for each in page.found]
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition("stations.csv")),
    ]
    return to_csv([_COLUMNS, *rows]), headers


def _row(answer: dict[str, Any]) -> list[object]:
    cells = {**answer, "station_id": answer["id"], "parameters": " ".join(answer["parameters"])}
    return [cells.get(column) for column in _COLUMNS]


_WRITERS: dict[str, Callable[[_Page], tuple[bytes, RawHeaders]]] = {
    "json": _to_json,
    "geojson": _to_geojson,
    "csv": _to_csv,
}
