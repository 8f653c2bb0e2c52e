"""Connections from the front to one container: kept alive, one request at a time on each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httptools

from local.standin.http import HOST, Response

if TYPE_CHECKING:
    from local.standin.http import Request


class Pool:
    """The connections to one container.

    Args:
        port: Where the container listens, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Connection] = []

    async def ask(self, request: Request) -> Response:
        """Send a request and wait for its answer, however long that takes.

        Raises:
            OSError: There is no container there, or it went away before it answered.
        """
        connection = await self._connection()
        try:
            response = await connection.ask(request)
        except asyncio.CancelledError:
            # Nobody waits any more; what is answered late must not be the next one's answer.
            connection.close()
            raise
        self._idle.append(connection)
        return response

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, HOST, self._port)
        return connection


class _Connection(asyncio.Protocol):
    """One connection to a container."""

    def __init__(self) -> None:
        self.is_open = True
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Response] | None = None

    async def ask(self, request: Request) -> Response:
        """Send a request; return its answer.

        Raises:
            ConnectionError: The container closed the connection instead.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(_encode(request))
        return await self._answer

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # TCP

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            reason = exc or "the container closed the connection without an answer"
            self._answer.set_exception(ConnectionResetError(str(reason)))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        response = Response(self._parser.get_status_code(), b"".join(self._body), self._headers)
        self._answer.set_result(response)  # type: ignore[union-attr]  # somebody has asked


def _encode(request: Request) -> bytes:
    target = f"{request.path}?{request.query}" if request.query else request.path
    lines = [f"{request.method} {target} HTTP/1.1", f"host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines.append(f"content-length: {len(request.body)}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + request.body
