"""Forecasts that depend on what the caller sends: fresh readings, or a place without a station.

They cannot be looked up, so the real-time model is asked. If it does not answer, the nightly
forecast replaces its values, and the answer says so.
"""

import logging
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.dependencies import Clock, Published, Realtime, StationId, Store
from api.errors import DamagedForecastError, RealtimeUnavailableError
from api.http.conditional import JSON, NO_STORE, response
from api.http.documentation import answers
from api.http.json_route import JSONRoute
from api.http.middleware import REQUEST_ID
from api.reading.async_store import AsyncStore
from api.reading.published_runs import PublishedRuns
from api.reading.selection import cut, read
from api.reading.snapshot import RawHeaders, Snapshot
from api.realtime.blending import REALTIME, place_answer, station_answer
from api.realtime.client import Outcome, Question, RealtimeModel, failed
from api.realtime.journal import at_leads
from api.realtime.readings import line_of, merge
from api.schemas.context_responses import ContextForecastResponse, PlaceForecastResponse
from api.schemas.forecast_queries import ContextQuery, PlaceQuery
from api.schemas.requests import ObservationsBody, PlaceBody
from api.schemas.values import refused
from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.item import Item, TransformLine, forecast_key, history_key, history_of
from forecasts.parameter import PARAMETERS
from forecasts.station import STATION_ID

logger = logging.getLogger(__name__)

router = APIRouter(tags=["real time"], route_class=JSONRoute)

_CLIENT_ID = re.compile(r"[\x21-\x7e]{0,128}")


def _checked_client_id(text: str) -> str:
    if not _CLIENT_ID.fullmatch(text):
        raise refused("1 to 128 visible ASCII characters")
    return text


ClientId = Annotated[
    str,
    AfterValidator(_checked_client_id),
    Header(
        alias="X-Client-Id",
        json_schema_extra={"pattern": f"^{_CLIENT_ID.pattern}$"},
        description="Any name of the caller: it keeps the caller on one variant of the model.",
        examples=["kiosk-17"],
    ),
]


@router.post(
    "/v1/stations/{station_id}/forecast",
    response_model=ContextForecastResponse,
    responses=answers(404, 413, 422, 503),
)
async def forecast_station(  # noqa: PLR0913, PLR0917 -- FastAPI fills them in
    request: Request,
    station_id: StationId,
    query: Annotated[ContextQuery, Query()],
    body: ObservationsBody,
    store: Store,
    published: Published,
    clock: Clock,
    realtime: Realtime,
    client_id: ClientId = "",
) -> Response:
    """Return the forecast of a station for the next 24 hours, from its history and your readings.

    Without readings, the answer has the values of the lookup. Readings newer than the run move the
    issue time to the full hour after the newest one.
    """
    snapshot = await published.current()
    refusal = await _refusal(realtime)
    # A history takes longer to read than all the rest, and would be of no use.
    stored, history = await _read(
        station_id, snapshot, store, published, with_history=refusal is None
    )
    line, ignored = merge(history or _empty(stored), body.observations, clock())
    codes = query.parameters or _codes(line, *stored["values"], *stored["missing"])
    if history and realtime:
        country = stored["station"]["country"]
        outcome = await realtime.ask(_question(request, line, codes, country, client_id))
    else:
        outcome = failed(codes, refusal or "no_history")
    answer = station_answer(stored, line, outcome, fallback=query.fallback == "allow")
    answer["ignored"] = [each._asdict() for each in ignored]
    if answer["realtime"]:
        answer["realtime"]["observations"] = len(body.observations)
    _note(request, realtime, answer, outcome, station_id=station_id, pinned=bool(client_id))
    if query.fallback == "forbid" and answer["source"] != REALTIME:
        raise RealtimeUnavailableError(answer["degraded"]["reason"])
    headers = [(b"forecast-run", snapshot.run_id.encode())]
    return _answered(cut(answer, query), outcome, headers)


@router.post(
    "/v1/forecast",
    response_model=PlaceForecastResponse,
    responses=answers(413, 422, 503),
)
async def forecast_place(
    request: Request,
    query: Annotated[PlaceQuery, Query()],
    body: PlaceBody,
    clock: Clock,
    realtime: Realtime,
    client_id: ClientId = "",
) -> Response:
    """Return the forecast of a place without a station for the next 24 hours, from its history."""
    line = line_of(body, clock())
    codes = query.parameters or _codes(line)
    outcome = (
        await realtime.ask(_question(request, line, codes, "", client_id))
        if realtime
        else failed(codes, "endpoint_off")
    )
    answer = place_answer(line, outcome)
    _note(request, realtime, answer, outcome, station_id=None, pinned=bool(client_id))
    if outcome.failures and not outcome.values:
        raise RealtimeUnavailableError(answer["degraded"]["reason"])
    return _answered(cut(answer, query), outcome, [])


async def _refusal(realtime: RealtimeModel | None) -> str | None:
    return "endpoint_off" if realtime is None else await realtime.refusal()


async def _read(
    station_id: str,
    snapshot: Snapshot,
    store: AsyncStore,
    published: PublishedRuns,
    *,
    with_history: bool,
) -> tuple[dict[str, Any], TransformLine | None]:
    """Return the answer to a lookup, and the history that it was made from if there is one.

    Raises:
        StationNotFoundError: The run has no such station.
    """
    if not STATION_ID.fullmatch(station_id):
        raise await published.unknown_station(station_id, snapshot)
    forecast = forecast_key(station_id, snapshot.run_id)
    history = history_key(station_id, snapshot.run_id)
    items = await store.get_many([forecast, history] if with_history else [forecast])
    if forecast not in items:
        raise await published.unknown_station(station_id, snapshot)
    try:
        stored = read(items[forecast].body)
    except FormatError as error:
        raise DamagedForecastError(station_id, snapshot.run_id) from error
    return stored, _history(items.get(history))


def _history(item: Item | None) -> TransformLine | None:
    """Read a history; one that is damaged counts as missing, as there is the nightly forecast."""
    try:
        return history_of(item) if item else None
    except FormatError as error:
        logger.warning("%s: %s", item and item.key, error)
        return None


def _question(
    request: Request, line: TransformLine, codes: tuple[str, ...], country: str, client_id: str
) -> Question:
    return Question(line, codes, country, client_id or None, request.scope[REQUEST_ID])


def _note(
    request: Request,
    realtime: RealtimeModel | None,
    answer: Mapping[str, Any],
    outcome: Outcome,
    *,
    station_id: str | None,
    pinned: bool,
) -> None:
    """Write a line of the journal."""
    if realtime is None:
        return
    degraded, part = answer["degraded"] or {}, answer["realtime"] or {}
    fields = {
        "source": answer["source"],
        "reason": degraded.get("reason"),
        # A failure of a pinned caller counts for its variant, which must not look better for it.
        "variant": outcome.variant or outcome.asked or "none",
        "model": part.get("model"),
        "station_id": station_id,
        "issued_at": part.get("issued_at"),
        "pinned": pinned,
        "request_id": request.scope[REQUEST_ID],
        # A place has no observations to compare with later.
        "forecast": at_leads(outcome.values) if station_id else {},
    }
    realtime.journal.answered(fields, degraded=bool(degraded), milliseconds=outcome.milliseconds)


def _codes(line: TransformLine, *others: str) -> tuple[str, ...]:
    return tuple(code for code in PARAMETERS if code in line["history"] or code in others)


def _empty(stored: Mapping[str, Any]) -> TransformLine:
    """Make the line of a station without a history."""
    station = stored["station"]
    return {
        "station_id": station["id"],
        "latitude": station["latitude"],
        "longitude": station["longitude"],
        "elevation": station["elevation"],
        "issue_time": stored["run"]["issued_at"],
        "history": {},
    }


def _answered(answer: Mapping[str, Any], outcome: Outcome, fields: RawHeaders) -> Response:
    variant = outcome.variant
    headers = [
        JSON,
        (b"cache-control", NO_STORE.encode()),
        (b"forecast-source", answer["source"].encode()),
        *fields,
        *([(b"forecast-variant", variant.encode())] if variant else []),
    ]
    return response(dumps(answer), 200, headers)
