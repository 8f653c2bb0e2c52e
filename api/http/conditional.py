"""Caching and content coding: how long an answer may be kept, and 304 Not Modified.

An answer that is read under a run carries a weak ETag made of the run and of the request, so a
client's `If-None-Match` is answered without reading anything. Clients that only know dates send
`If-Modified-Since`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.reading.snapshot import RawHeaders, Snapshot
from api.schemas.digest import digest

JSON = (b"content-type", b"application/json")

NO_STORE = "no-store"
BRIEFLY = "public, max-age=60"


def header(request: Request, name: bytes) -> bytes:
    """Return the value of the request header *name* (lower-case); empty if it is not there.

    Several fields of one name count as one list, as in RFC 9110.
    """
    found: list[bytes] = [value for key, value in request.scope["headers"] if key == name]
    return b", ".join(found) if found else b""


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether a client takes gzip, by its `Accept-Encoding`.

    >>> takes_gzip(b"gzip;q=0.5, br"), takes_gzip(b"*"), takes_gzip(b"gzip;q=0, *"), takes_gzip(b"")
    (True, True, False, False)
    """
    weights = dict(map(_coding, accept_encoding.decode("latin-1").lower().split(",")))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _coding(text: str) -> tuple[str, float]:
    name, _, weight = text.replace(" ", "").partition(";q=")
    try:
        return name, float(weight or 1)
    except ValueError:
        return name, 0.0


def response(
    body: bytes | AsyncIterator[bytes], status: int, headers: Iterable[tuple[bytes, bytes]]
) -> Response:
    """Make a response of a body, whole or in parts, and header fields that are ready to send."""
    if not isinstance(body, bytes):
        stream = StreamingResponse(body, status)
        stream.raw_headers = [*headers]
        return stream
    answer = Response(status_code=status)
    answer.body = body
    answer.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]
    return answer


async def of_run(
    request: Request,
    snapshot: Snapshot,
    asked: str,
    fields: RawHeaders,
    make: Callable[[], Awaitable[tuple[bytes | AsyncIterator[bytes], RawHeaders]]],
    is_whole: Callable[[], bool] = lambda: True,
) -> Response:
    """Answer a request that is read under a run: 304 if the client has the answer already.

    Args:
        request: The request.
        snapshot: The run.
        asked: Names what is asked of the run; safe in a header.
        fields: Header fields of the answer and of a 304.
        make: Makes the body, and the header fields that describe it; not called for a 304 unless
            the client sends `If-None-Match: *`, or only a date. An empty body is answered with 204.
        is_whole: Asked after *make*: whether caches may keep the answer, and a 304 confirm it.
    """
    etag = snapshot.etag(asked)
    fields = [*fields, *snapshot.headers, (b"etag", etag.encode())]
    if_none_match = header(request, b"if-none-match")
    if is_known(etag, if_none_match):
        return _not_modified(fields)
    body, content = await make()
    if not is_whole():
        return _uncached(response(body, 200, [*content, *fields]))
    if _is_any(if_none_match) if if_none_match else _is_unmodified(request, snapshot):
        return _not_modified(fields)
    return response(body, 200, [*content, *fields]) if body else _bodiless(204, fields)


async def of_content_and_run(
    request: Request,
    snapshot: Snapshot,
    asked: str,
    make: Callable[[], Awaitable[tuple[bytes, RawHeaders]]],
) -> Response:
    """Answer a request that is read under a run, with what may change while readers are on it.

    The ETag is made of the content, too, and there is no date that could confirm it.

    Args:
        request: The request.
        snapshot: The run.
        asked: Names what is asked; safe in a header.
        make: Makes the body, and the header fields that describe it.
    """
    body, content = await make()
    etag = snapshot.etag(f"{asked}.{digest(body.decode())}")
    kept = [field for field in snapshot.headers if field[0] != b"last-modified"]
    fields = [*kept, (b"etag", etag.encode())]
    if_none_match = header(request, b"if-none-match")
    if is_confirmed(etag, if_none_match):
        return _not_modified(fields)
    return response(body, 200, [*content, *fields])


def _uncached(answer: Response) -> Response:
    """Forbid caches to keep *answer*, and take its validators away, so that no 304 confirms it."""
    validators = (b"cache-control", b"etag", b"last-modified")
    fields = [field for field in answer.raw_headers if field[0] not in validators]
    answer.raw_headers = [*fields, (b"cache-control", NO_STORE.encode())]
    return answer


def of_content(
    request: Request, body: bytes, cache_control: str, media_type: str = "application/json"
) -> Response:
    """Answer with what is not read under one run; its ETag is made of its content."""
    etag = f'W/"{digest(body.decode())}"'
    fields = [(b"cache-control", cache_control.encode()), (b"etag", etag.encode())]
    if_none_match = header(request, b"if-none-match")
    if is_confirmed(etag, if_none_match):
        return _not_modified(fields)
    return response(body, 200, [(b"content-type", media_type.encode()), *fields])


def is_confirmed(etag: str, if_none_match: bytes) -> bool:
    """Whether a client that sends such a header has what *etag* is of; `*` stands for anything."""
    return is_known(etag, if_none_match) or _is_any(if_none_match)


def is_known(etag: str, if_none_match: bytes) -> bool:
    """Whether *etag* is in the list of a client's tags, compared weakly."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.decode("latin-1").split(","))
    return etag.removeprefix("W/") in tags


def _is_any(if_none_match: bytes) -> bool:
    return if_none_match.strip() == b"*"


def _is_unmodified(request: Request, snapshot: Snapshot) -> bool:
    """Whether readers have been on the run since before the client's `If-Modified-Since`."""
    since = header(request, b"if-modified-since")
    if not since:
        return False
    try:
        date = parsedate_to_datetime(since.decode("latin-1"))
        # The header has seconds. A date without a zone is UTC, as HTTP has no other.
        return snapshot.since.replace(microsecond=0) <= date.replace(tzinfo=date.tzinfo or UTC)
    except ValueError:
        return False


def _not_modified(fields: RawHeaders) -> Response:
    return _bodiless(304, fields)


def _bodiless(status: int, fields: RawHeaders) -> Response:
    answer = Response(status_code=status)
    answer.raw_headers = fields
    return answer
