"""The stand-in's HTTP server: a Starlette application under uvicorn, on a port of this machine.

uvicorn does everything but two faults, which need the sockets themselves: a `Listener` can refuse
connections for a while, and `NoAnswer` closes a connection in place of a response.
"""

import asyncio
import socket
import traceback
from collections.abc import Sequence
from http import HTTPStatus

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from local.standin.errors import RefusalError

HOST = "127.0.0.1"

#: No client keeps an idle connection for longer, so none is closed while a request is on its way.
_KEEP_ALIVE_SECONDS = 3600

#: The ASGI extension that closes the connection of a request.
_ABORT = "stationcast.abort"


def application(routes: Sequence[BaseRoute]) -> Starlette:
    """Make an application that turns errors into responses.

    A `RefusalError` has its own response. An unknown path or method is 404. A failure of the
    stand-in itself is 500, and its traceback is printed.
    """
    errors = {404: _not_found, 405: _not_found, RefusalError: _refused, Exception: _failed}
    return Starlette(routes=routes, exception_handlers=errors)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusalError)  # noqa: S101 -- registered for it
    return error.response


def _not_found(request: Request, _error: Exception) -> Response:
    return JSONResponse({"Message": f"no {request.method} {request.url.path}"}, 404)


def _failed(_request: Request, error: Exception) -> Response:
    traceback.print_exception(error)
    headers = {"x-amzn-ErrorType": "InternalFailure"}
    return JSONResponse({"Message": "An internal failure occurred."}, 500, headers)


class NoAnswer(Response):
    """A response that is never sent: the connection is closed instead."""

    def __init__(self) -> None:
        super().__init__(status_code=HTTPStatus.SERVICE_UNAVAILABLE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- of ASGI
        """Close the connection."""
        scope["extensions"][_ABORT]["close"]()
        # uvicorn would respond with 500 if this returned any earlier.
        while (await receive())["type"] != "http.disconnect":
            ...


class _Connection(HttpToolsProtocol):
    """uvicorn's connection, which lets the application close it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {_ABORT: {"close": self.transport.abort}}


class Listener:
    """Serves an application on a port of this machine.

    Args:
        application: What to serve.
        port: 0 for any free port.

    Attributes:
        port: The port.

    Raises:
        OSError: The port is in use.
    """

    def __init__(self, application: Starlette, port: int) -> None:
        self._config = uvicorn.Config(
            application,
            log_config=None,
            log_level="critical",  # `_failed` prints what uvicorn would log
            access_log=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Accept connections."""
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: _Connection(self._config, self._state, {}), sock=self._socket, backlog=2048
            )

    async def refuse(self) -> None:
        """Refuse new connections and close idle ones, but finish the requests in progress.

        The port stays bound, so that no other program takes it.
        """
        if self._server is not None:
            self._server.close()
            self._server = None
            for connection in list(self._state.connections):
                connection.shutdown()
            self._socket = _bound(self.port)
            # The loop closes them in its next turn; until then a client would still send on one.
            await asyncio.sleep(0)

    def close(self) -> None:
        """Close all connections and the port."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        self._socket.close()


def _bound(port: int) -> socket.socket:
    # The kernel refuses connections to a socket that is bound and does not listen.
    bound = socket.socket()
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise OSError(f"cannot listen on {HOST}:{port}: {error}; try another --port") from error
    return bound
