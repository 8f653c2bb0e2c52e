"""What every answer has in common: CORS, a request id, HEAD and OPTIONS.

A few lines of plain ASGI. Starlette's `CORSMiddleware` does not fit: it sends its headers only to
requests with an `Origin`, but answers are cached and shared between origins.
"""

import re
import secrets
from collections.abc import Iterable

from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Key of the request id in an ASGI scope.
REQUEST_ID = "stationcast.request_id"

#: Key of the method that the client sent, in a scope whose HEAD is answered like GET.
SENT_METHOD = "stationcast.sent_method"

_EXPOSED = (
    "Accept-Ranges, Content-Range, ETag, Forecast-Run, Forecast-Source, Forecast-Variant, Link, "
    "Retry-After, X-Request-Id"
)
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED.encode()),
)
_PREFLIGHT = (
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
    (b"cache-control", b"public, max-age=86400"),
)

#: The methods of the API, in the order of the header `Allow`.
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")

_SANE_ID = re.compile(rb"[A-Za-z0-9._:=+/-]{1,128}")


class CommonHeaders:
    """Middleware that adds the common headers, and answers HEAD like GET, and OPTIONS.

    Args:
        app: The application inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is not HTTP is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[REQUEST_ID] = _request_id(scope["headers"])
        send = _completed(send, common_headers(scope))
        method = scope["method"]
        if method == "OPTIONS":
            await _preflight(send, methods_of(scope).encode())
            return
        if method == "HEAD":
            # A copy: the server looks at the method of its own scope to know that no body comes.
            scope, send = {**scope, "method": "GET", SENT_METHOD: method}, _bodiless(send)
        await self._app(scope, receive, send)


def common_headers(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """List the header fields that every answer has."""
    return (*_CORS, (b"x-request-id", scope[REQUEST_ID].encode()))


def methods_of(scope: Scope) -> str:
    """List the methods that the path of *scope* takes, as the header `Allow` has it.

    A path that does not exist takes all, so that a page of any origin may see the 404.
    """
    taken = {
        method
        for route in iter_route_contexts(scope["app"].routes)
        if route.path_regex.match(scope["path"])
        for method in route.methods or ()
    }
    if "GET" in taken:
        taken.add("HEAD")
    return ", ".join(m for m in _METHODS if not taken or m in (*taken, "OPTIONS"))


def _request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return value.decode()
    return secrets.token_hex(8)


def _completed(send: Send, extra: tuple[tuple[bytes, bytes], ...]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            # A new list: several answers may share the one they were made with.
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return send_with_headers


def _bodiless(send: Send) -> Send:
    async def send_without_body(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_without_body


async def _preflight(send: Send, methods: bytes) -> None:
    taken = [(b"allow", methods), (b"access-control-allow-methods", methods)]
    headers = [*taken, *_PREFLIGHT]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
