"""HTTP/1.1 as the stand-in needs it: a server and a client of few parts, connections kept alive.

Both the containers and the front in front of them speak it. A web framework on both sides would
cost more processor time than the model that is served; and no framework lets a connection be
dropped, or refused, on purpose.
"""

from __future__ import annotations

import asyncio
import json
import socket
import traceback
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import httptools

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"

#: Bytes that SageMaker takes in one request, and hands to a container.
BODY_LIMIT = 6 * 1024 * 1024

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Request(NamedTuple):
    """A request.

    Attributes:
        method: In capitals.
        path: With its percent signs, without the query.
        query: What stands after the question mark.
        headers: By lower-case name.
        body: Whole.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 -- of a tuple, and never changed
    body: bytes = b""


class Response(NamedTuple):
    """An answer.

    Attributes:
        status: HTTP status code.
        body: Whole.
        headers: By name, without content-length and connection.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 -- of a tuple, and never changed


def json_response(status: int, content: Any, **headers: str) -> Response:
    """Answer with JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"content-type": "application/json", **headers})


TOO_LARGE = json_response(413, {"Message": f"HTTP content length exceeded {BODY_LIMIT} bytes."})
NOT_HTTP = Response(400, b"not HTTP/1.1\n")

#: A fault of our own; what it was stands on standard error.
FAILED = json_response(
    500, {"Message": "An internal failure occurred."}, **{"x-amzn-ErrorType": "InternalFailure"}
)


class HttpServer:
    """A server on a port of this machine.

    Args:
        handler: Answers a request; None closes the connection without an answer.
        port: 0 for any that is free.

    Attributes:
        port: What it listens on.

    Raises:
        OSError: Somebody else listens there.
    """

    def __init__(self, handler: Callable[[Request], Awaitable[Response | None]], port: int) -> None:
        self.handler = handler
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self.connections: set[_ServerConnection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Take connections."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: _ServerConnection(self), sock=self._socket, backlog=2048
            )

    def refuse(self) -> None:
        """Refuse new connections, but keep the port; what is being answered still is."""
        if self._server is not None:
            self._server.close()
            self._server = None
            for connection in list(self.connections):
                connection.finish()
            self._socket = _bound(self.port)

    def close(self) -> None:
        """Close all connections and the port."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.abort()
        self._socket.close()


def _bound(port: int) -> socket.socket:
    # Bound and not listening: the kernel refuses connections, and the port is ours.
    bound = socket.socket()
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise OSError(f"cannot listen on {HOST}:{port}: {error}; try another --port") from error
    return bound


class _ServerConnection(asyncio.Protocol):
    """One connection of a client: its requests are answered one after the other."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request | None, bool]] = deque()
        self._task: asyncio.Task[Response | None] | None = None
        self._keep_alive = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # TCP
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's name
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.write(_encode(NOT_HTTP, keep_alive=False))
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def finish(self) -> None:
        """Close the connection, after the answer that is under way."""
        self._keep_alive = False
        if self._task is None:
            self._transport.abort()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect") == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        # The rest is read too, and thrown away: who is cut off while sending reads no answer.
        if self._size <= BODY_LIMIT:
            self._body.append(data)

    def on_message_complete(self) -> None:
        request = None if self._size > BODY_LIMIT else self._request()
        self._waiting.append((request, self._parser.should_keep_alive()))
        if self._task is None:
            self._next()

    def _request(self) -> Request:
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode()
        return Request(method, path, query, self._headers, b"".join(self._body))

    def _next(self) -> None:
        self._task = None
        if self._waiting:
            request, self._keep_alive = self._waiting.popleft()
            self._task = asyncio.get_running_loop().create_task(self._answer(request))
            self._task.add_done_callback(self._done)

    async def _answer(self, request: Request | None) -> Response | None:
        return TOO_LARGE if request is None else await self._server.handler(request)

    def _done(self, task: asyncio.Task[Response | None]) -> None:
        if task.cancelled():
            return
        if error := task.exception():
            traceback.print_exception(error)
        response = FAILED if error else task.result()
        if response is None or self._transport.is_closing():
            # The client may have gone while it waited; a closed transport takes nothing.
            self._transport.abort()
            return
        self._transport.write(_encode(response, keep_alive=self._keep_alive))
        if self._keep_alive:
            self._next()
        else:
            self._transport.close()


def _encode(response: Response, *, keep_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_PHRASES[response.status]}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    lines.append(f"content-length: {len(response.body)}")
    if not keep_alive:
        lines.append("connection: close")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + response.body
