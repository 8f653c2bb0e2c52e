"""Caching and content coding: what answers say about how long they last, and 304.

Every answer that is read under a run carries a weak ETag made of the run and of what was asked for,
so that a client's `If-None-Match` is answered without reading anything.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request

    from api.reading.published_runs import Snapshot

#: Header fields as ASGI has them: lower-case name, value.
RawHeaders = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")

NO_STORE = "no-store"
CURRENT = "public, max-age=300, stale-while-revalidate=600, stale-if-error=86400"
PINNED = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"


def digest(text: str) -> str:
    """Shorten *text* to 16 characters that are safe in a header and an address."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def header(request: Request, name: bytes) -> bytes:
    """Return the value of the request header *name* (lower-case); empty where there is none.

    Several fields of one name count as one list, as RFC 9110 has it.
    """
    found: list[bytes] = [value for key, value in request.scope["headers"] if key == name]
    return b", ".join(found) if found else b""


def is_known(etag: str, if_none_match: bytes) -> bool:
    """Whether a client has what *etag* stands for: it is in the list, compared weakly."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.decode("latin-1").split(","))
    return etag.removeprefix("W/") in tags


def is_any(if_none_match: bytes) -> bool:
    """Whether a client wants an answer only where there is none yet: `If-None-Match: *`."""
    return if_none_match.strip() == b"*"


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


def response(body: bytes, status: int, headers: Iterable[tuple[bytes, bytes]]) -> Response:
    """Make a response of bytes and header fields that are ready to send."""
    answer = Response(status_code=status)
    answer.body = body
    answer.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]
    return answer


def of_run(
    request: Request,
    snapshot: Snapshot,
    asked: str,
    fields: RawHeaders,
    make: Callable[[], tuple[bytes, RawHeaders]],
) -> Response:
    """Answer what is read under a run; 304 to a client that has it, without making it.

    Args:
        request: What the client sent.
        snapshot: The run.
        asked: What is asked for of the run; safe in a header.
        fields: Go with the answer and with a 304.
        make: Makes the body, and the fields that only go with a body.
    """
    etag = snapshot.etag(asked)
    fields = [*fields, *snapshot.headers, (b"etag", etag.encode())]
    if_none_match = header(request, b"if-none-match")
    if is_known(etag, if_none_match):
        return _not_modified(fields)
    body, content = make()
    if is_any(if_none_match):
        return _not_modified(fields)
    return response(body, 200, [*content, *fields])


def of_content(request: Request, body: bytes, cache_control: str) -> Response:
    """Answer JSON that is not read under one run; its ETag is made of its content."""
    etag = f'W/"{digest(body.decode())}"'
    fields = [(b"cache-control", cache_control.encode()), (b"etag", etag.encode())]
    if_none_match = header(request, b"if-none-match")
    if is_known(etag, if_none_match) or is_any(if_none_match):
        return _not_modified(fields)
    return response(body, 200, [JSON, *fields])


def _not_modified(fields: RawHeaders) -> Response:
    answer = Response(status_code=304)
    answer.raw_headers = fields
    return answer
