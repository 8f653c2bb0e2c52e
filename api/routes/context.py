"""The forecasts that depend on what the caller sends: fresh readings, or a place of its own.

They cannot be looked up, so the real-time model is asked. Where it does not answer, the nightly
forecast stands in, and the answer says so.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.compact import dumps, loads
from api.endpoints import Endpoints
from api.errors import InvalidError, RealtimeUnavailableError, Refusal
from api.http.conditional import JSON, NO_STORE, RawHeaders, header, response
from api.http.middleware import REQUEST_ID
from api.openapi import Document
from api.query import read_query
from api.reading.published_runs import Published, Snapshot
from api.reading.selection import cut
from api.realtime.blending import REALTIME, place_answer, station_answer
from api.realtime.client import Outcome, Question, Realtime, failed
from api.realtime.journal import at_leads
from api.realtime.readings import line_of, merge
from api.routes.forecasts import StationId
from api.schemas.queries import ContextQuery, PlaceQuery
from api.schemas.requests import ObservationsBody, PlaceBody, read_body
from api.schemas.responses import ContextAnswer, PlaceAnswer
from forecasts.gzip_bodies import decompress
from forecasts.item import TransformLine, forecast_key, history_key, history_of
from forecasts.parameter import PARAMETERS
from forecasts.station import STATION_ID
from forecasts.stores.protocol import Reader

#: Names a caller, so that it stays with one production variant.
_CLIENT_ID = b"x-client-id"
_SANE_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Context:
    """Answers what cannot be looked up.

    Args:
        store: Holds forecasts and histories.
        published: Says under which run to read them.
        clock: Gives the aware time.
        realtime: The real-time model; None where it is switched off.
    """

    def __init__(
        self,
        store: Reader,
        published: Published,
        clock: Callable[[], datetime],
        realtime: Realtime | None,
    ) -> None:
        self._store = store
        self._published = published
        self._clock = clock
        self._realtime = realtime

    def add_routes(self, endpoints: Endpoints) -> None:
        """Add the endpoints to *endpoints*."""
        endpoints.add(
            "/v1/stations/{station_id}/forecast",
            self.station,
            Document(
                "Forecast of a station from fresh readings",
                ContextAnswer,
                ContextQuery,
                (404, 413, 422, 503),
                body=ObservationsBody,
            ),
        )
        endpoints.add(
            "/v1/forecast",
            self.place,
            Document(
                "Forecast of a place without a station",
                PlaceAnswer,
                PlaceQuery,
                (413, 422, 503),
                body=PlaceBody,
            ),
        )

    async def station(self, request: Request, station_id: StationId) -> Response:
        """Return the next 24 hours at a station, from its history and the readings that are sent.

        Without readings that is what the lookup says. Readings newer than the run move the issue
        time to the full hour that ends the hour of the newest. The header `X-Client-Id` keeps a
        caller on one variant of the model.
        """
        query = read_query(request, ContextQuery)
        client_id = _client_id(request)
        body = await read_body(request, ObservationsBody)
        snapshot = self._published.current()
        refusal = self._refusal()
        # A history takes longer to read than all the rest, and nobody would be sent it.
        stored, history = self._read(station_id, snapshot, with_history=refusal is None)
        line = merge(history or _empty(stored), body.observations, self._clock())
        codes = query.parameters or _codes(line, *stored["values"], *stored["missing"])
        country = stored["station"]["country"]
        if history:
            outcome = await self._ask(request, line, codes, country, client_id)
        else:
            outcome = failed(codes, refusal or "no_history")
        answer = station_answer(stored, line, outcome, fallback=query.fallback == "allow")
        if answer["realtime"]:
            answer["realtime"]["observations"] = len(body.observations)
        self._note(request, answer, outcome, station_id)
        if query.fallback == "forbid" and answer["source"] != REALTIME:
            raise RealtimeUnavailableError(answer["degraded"]["reason"])
        return _answered(cut(answer, query), outcome, [(b"forecast-run", snapshot.run_id.encode())])

    async def place(self, request: Request) -> Response:
        """Return the next 24 hours at a place, from its own history."""
        query = read_query(request, PlaceQuery)
        client_id = _client_id(request)
        line = line_of(await read_body(request, PlaceBody), self._clock())
        codes = query.parameters or _codes(line)
        outcome = await self._ask(request, line, codes, "", client_id)
        answer = place_answer(line, outcome)
        self._note(request, answer, outcome, None)
        if outcome.failures and not outcome.values:
            raise RealtimeUnavailableError(answer["degraded"]["reason"])
        return _answered(cut(answer, query), outcome, [])

    def _refusal(self) -> str | None:
        return "endpoint_off" if self._realtime is None else self._realtime.refusal()

    def _read(
        self, station_id: str, snapshot: Snapshot, *, with_history: bool
    ) -> tuple[dict[str, Any], TransformLine | None]:
        """Return the answer to a lookup, and the history that it was made from if it is there.

        Raises:
            StationNotFoundError: The run has no such station.
        """
        if not STATION_ID.fullmatch(station_id):
            raise self._published.unknown_station(station_id, snapshot)
        forecast = forecast_key(station_id, snapshot.run_id)
        history = history_key(station_id, snapshot.run_id)
        items = self._store.get_many([forecast, history] if with_history else [forecast])
        if forecast not in items:
            raise self._published.unknown_station(station_id, snapshot)
        stored: dict[str, Any] = loads(decompress(items[forecast].body))
        return stored, history_of(items[history]) if history in items else None

    async def _ask(
        self,
        request: Request,
        line: TransformLine,
        codes: tuple[str, ...],
        country: str,
        client_id: str | None,
    ) -> Outcome:
        if self._realtime is None:
            return failed(codes, "endpoint_off")
        request_id = request.scope[REQUEST_ID]
        return await self._realtime.ask(Question(line, codes, country, client_id, request_id))

    def _note(
        self,
        request: Request,
        answer: Mapping[str, Any],
        outcome: Outcome,
        station_id: str | None,
    ) -> None:
        if self._realtime is None:
            return
        degraded, realtime = answer["degraded"] or {}, answer["realtime"] or {}
        fields = {
            "source": answer["source"],
            "reason": degraded.get("reason"),
            # A pinned caller's failure is its variant's, which must not look the better for it.
            "variant": outcome.variant or outcome.asked or "none",
            "model": realtime.get("model"),
            "station_id": station_id,
            "issued_at": realtime.get("issued_at"),
            "pinned": bool(header(request, _CLIENT_ID)),
            "request_id": request.scope[REQUEST_ID],
            # A place has no observations to compare with later.
            "forecast": at_leads(outcome.values) if station_id else {},
        }
        self._realtime.journal.answered(
            fields, degraded=bool(degraded), milliseconds=outcome.milliseconds
        )


def _client_id(request: Request) -> str | None:
    """Return what the caller names itself; None where it does not.

    Raises:
        InvalidError: It is longer than 128 characters, or has others than visible ASCII.
    """
    text = header(request, _CLIENT_ID).decode("latin-1")
    if not text:
        return None
    if not _SANE_CLIENT_ID.fullmatch(text):
        reason = "1 to 128 visible ASCII characters"
        raise InvalidError(Refusal("header", _CLIENT_ID.decode(), reason))
    return text


def _codes(line: TransformLine, *others: str) -> tuple[str, ...]:
    return tuple(code for code in PARAMETERS if code in line["history"] or code in others)


def _empty(stored: Mapping[str, Any]) -> TransformLine:
    """Make the line of a station whose history is not there."""
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
