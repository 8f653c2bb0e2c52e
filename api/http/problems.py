"""Failed requests as RFC 9457 problems: every error, the framework's own included."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.exceptions import HTTPException

from api.errors import (
    REALTIME_UNAVAILABLE,
    ApiError,
    InvalidError,
    ProblemType,
    Refusal,
    problem_type_of,
)
from api.http.conditional import BRIEFLY, NO_STORE, response
from api.http.middleware import REQUEST_ID, methods_of
from api.schemas.responses import InvalidValue, ItemProblem, Problem
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

logger = logging.getLogger(__name__)

#: Refused values listed in one answer; a list may have thousands.
MOST_ERRORS = 10


def item_problem(error: Exception) -> ItemProblem:
    """Show *error* as part of an answer that did not fail as a whole."""
    return ItemProblem(**_common(problem_type_of(error), str(error)))


async def _failed(request: Request, error: Exception) -> Response:
    kind = problem_type_of(error)
    # Ours, not the reader's; that real time is unavailable stands in the journal.
    if kind.status >= 500 and kind is not REALTIME_UNAVAILABLE:  # noqa: PLR2004
        request_id = request.scope[REQUEST_ID]
        logger.error("%s, request_id %s", kind.name, request_id, exc_info=error)
    errors = _errors(error.refusals) if isinstance(error, InvalidError) else None
    suggestions = getattr(error, "suggestions", None)
    return _answer(request, kind, str(error), suggestions=suggestions, errors=errors)


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
HANDLERS = dict.fromkeys((ApiError, ForecastsError, HTTPException, Exception), _failed)
