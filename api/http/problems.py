"""Failed requests as RFC 9457 problems: ours, FastAPI's and Starlette's."""

import logging
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import (
    ApiError,
    BodyError,
    InvalidError,
    OtherCaseError,
    Refusal,
    UnknownQueryError,
    UnsatisfiableRangeError,
)
from api.http.conditional import BRIEFLY, NO_STORE, response
from api.http.middleware import REQUEST_ID, common_headers, methods_of
from api.problem_types import REALTIME_UNAVAILABLE, ProblemType, problem_type_of
from api.schemas.problem_responses import InvalidValue, ItemProblem, Problem
from forecasts.errors import DamagedItemError, ForecastsError

logger = logging.getLogger(__name__)

_BODY_REFUSALS = {"missing": "the body is missing", "json_invalid": "the body is not JSON"}

#: Refused values listed in one answer; a list may have thousands.
MOST_ERRORS = 10


def failed_item(request: Request, error: Exception) -> ItemProblem:
    """Show *error* as part of an answer that did not fail as a whole."""
    kind = problem_type_of(error)
    _log(request, kind, error)
    return ItemProblem(**_common(kind, str(error)))


async def _failed(request: Request, error: Exception) -> Response:
    kind = problem_type_of(error)
    _log(request, kind, error)
    errors = _errors(error.refusals) if isinstance(error, InvalidError) else None
    suggestions = getattr(error, "suggestions", None)
    message = error.detail if isinstance(error, HTTPException) else str(error)
    answer = _answer(request, kind, message, suggestions=suggestions, errors=errors)
    if isinstance(error, UnsatisfiableRangeError):
        answer.raw_headers.append((b"content-range", b"bytes */%d" % error.size))
    return answer


def _log(request: Request, kind: ProblemType, error: Exception) -> None:
    # A 5xx is our fault, not the reader's. The journal has the failures of the real-time model.
    if kind.status >= 500 and kind is not REALTIME_UNAVAILABLE:  # noqa: PLR2004
        request_id = request.scope[REQUEST_ID]
        if isinstance(error, DamagedItemError):
            # It says all; a traceback would only show where it was read.
            logger.error("%s, request_id %s: %s", kind.name, request_id, error)
        else:
            logger.error("%s, request_id %s", kind.name, request_id, exc_info=error)


async def _redirected(request: Request, error: OtherCaseError) -> Response:
    """Send the caller to the station's own address, so that caches keep one answer."""
    names = {**request.path_params, "station_id": error.station_id}
    quoted = {name: quote(value, safe="") for name, value in names.items()}
    path = request.scope["route"].path_format.format(**quoted)
    query = request.scope["query_string"]
    target = path.encode() + (b"?" + query if query else b"")
    return response(b"", 308, [(b"location", target), (b"cache-control", BRIEFLY.encode())])


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a request whose query, header or body FastAPI does not accept."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- for the type checker
    return await _failed(request, refusal_of(request.scope["route"], error))


async def _unforeseen(request: Request, error: Exception) -> Response:
    # Starlette answers these outside of all middleware.
    answer = await _failed(request, error)
    answer.raw_headers += common_headers(request.scope)
    return answer


def refusal_of(route: APIRoute, error: RequestValidationError) -> ApiError:
    """Return what is wrong with a request that FastAPI does not accept."""
    refusals: list[Refusal] = []
    for each in error.errors():
        place, *path = each["loc"]
        if each["type"] == "extra_forbidden" and place == "query":
            return UnknownQueryError(path[0], query_parameters(route))
        if place == "body" and (not path or each["type"] == "json_invalid"):
            return BodyError(_BODY_REFUSALS.get(each["type"], "the body is not a JSON object"))
        # The third entry of a list in the query is the caller's `parameters`, not `parameters.2`.
        name = str(path[0]) if place == "query" else ".".join(map(str, path))
        # pydantic says of a list whose every entry was refused that it is too short as well.
        if each["type"] != "too_short" or name not in {refusal.name for refusal in refusals}:
            refusals.append(Refusal(place, name, each["msg"]))
    return InvalidError(*refusals)


def query_parameters(route: APIRoute) -> list[str]:
    """List the names of the query parameters that an endpoint takes."""
    models = (field.field_info.annotation for field in route.dependant.query_params)
    fields = (field for model in models if model for field in model.model_fields.items())
    return [field.alias or name for name, field in fields]


def _answer(request: Request, kind: ProblemType, message: str, **extra: Any) -> Response:
    problem = Problem(
        **_common(kind, message),
        instance=quote(request.scope["path"][:200]),
        request_id=request.scope[REQUEST_ID],
        **{name: value for name, value in extra.items() if value is not None},
    )
    body = problem.model_dump_json(by_alias=True, exclude_unset=True).encode()
    return response(body, kind.status, _headers(request, kind))


def _common(kind: ProblemType, message: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail or message,
    }


def _headers(request: Request, kind: ProblemType) -> list[tuple[bytes, bytes]]:
    caching = BRIEFLY if kind.status == 404 else NO_STORE  # noqa: PLR2004 -- not found
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", caching.encode()),
    ]
    if kind.retry_after_seconds:
        headers.append((b"retry-after", b"%d" % kind.retry_after_seconds))
    if kind.status == 405:  # noqa: PLR2004 -- method not allowed
        headers.append((b"allow", methods_of(request.scope).encode()))
    return headers


def _errors(refusals: Iterable[Refusal]) -> list[InvalidValue]:
    return [
        InvalidValue.model_validate({"in": place, "name": name, "reason": reason})
        for place, name, reason in islice(refusals, MOST_ERRORS)
    ]


#: What answers each kind of error.
EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[..., Any]] = {
    ApiError: _failed,
    OtherCaseError: _redirected,
    ForecastsError: _failed,
    HTTPException: _failed,
    RequestValidationError: _refused,
    Exception: _unforeseen,
}
