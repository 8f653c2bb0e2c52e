"""Kept HTTP connections to one server, with as much of HTTP as AWS's services use.

`http.client` opens the connections, with TLS and time limits. This module reads the responses
itself: `http.client` uses the e-mail parser for header fields, which takes longer than the rest of
a lookup.
"""

import ssl
import time
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPSConnection,
    IncompleteRead,
    RemoteDisconnected,
)
from typing import NamedTuple
from urllib.parse import urlsplit

#: How long connecting may take, and how long the server may send nothing. A lookup should fail
#: while its caller is still waiting.
CONNECT_SECONDS = 2
READ_SECONDS = 5

_MOST_HEADER_BYTES = 65_536
_MOST_AT_ONCE = 65_536


class Server(NamedTuple):
    """The server that requests are sent to.

    Attributes:
        host: Name or address.
        port: TCP port.
        context: Checks the server's certificate; None to connect without TLS.
    """

    host: str
    port: int
    context: ssl.SSLContext | None

    @classmethod
    def of(cls, url: str, certificates: str | None = None) -> "Server":
        """Read a server from the URL of an endpoint.

        Args:
            url: `http://` or `https://`, a host, and a port unless it is the scheme's default.
            certificates: File with the certificates to trust; None for the system's own.

        Raises:
            ValueError: *url* is not such a URL.
            OSError: The certificates cannot be read.
        """
        scheme, host, port = _parts(url)
        if scheme == "http":
            return cls(host, port or 80, None)
        return cls(host, port or 443, ssl.create_default_context(cafile=certificates))

    @property
    def authority(self) -> str:
        """The value of the header field Host: without the port if it is the scheme's default."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.context else 80
        return name if self.port == usual else f"{name}:{self.port}"


class Response(NamedTuple):
    """A response.

    Attributes:
        status: The HTTP status.
        fields: The header fields: values by name in lower case.
        body: The complete body.
    """

    status: int
    fields: dict[bytes, bytes]
    body: bytes


class Limit(NamedTuple):
    """What a response may take in all, however slowly it comes.

    Attributes:
        until: When it must be complete, by `time.monotonic`.
        most_bytes: The most bytes of it that are received.
    """

    until: float
    most_bytes: int

    def seconds(self) -> float:
        """Return the time that is left, in seconds.

        Raises:
            TimeoutError: It is up.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response was not complete in time")
        return left


class TooLongError(HTTPException):
    """The response is longer than it may be."""


class _StaleError(Exception):
    """The server had closed a kept connection before it received the request."""


class Connections:
    """Connections to one server, opened as needed and kept. May be used from several threads.

    Args:
        server: The server that requests are sent to.
        read_seconds: How long the server may send nothing.
    """

    def __init__(self, server: Server, read_seconds: float = READ_SECONDS) -> None:
        self._server = server
        self._read_seconds = read_seconds
        self._idle: list[_Connection] = []

    def send(self, request: bytes, limit: Limit | None = None) -> Response:
        """Send a request, which must be safe to send twice; return the response.

        Servers close idle connections silently. So if a kept connection breaks before the first
        byte of the response, the request is sent once more over a new connection.

        Args:
            request: The whole request.
            limit: Holds for everything together; None if a server that goes on sending may take as
                long as it likes.

        Raises:
            OSError: The server cannot be reached, sent nothing for too long, or hung up.
            TimeoutError: The time limit is over.
            TooLongError: The response is too long.
            HTTPException: The response is malformed or incomplete.
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._exchange(self._open(limit), request, limit)
        try:
            return self._exchange(connection, request, limit)
        except _StaleError:
            # The other connections have been idle for longer, so they are stale too.
            self.close()
            return self._exchange(self._open(limit), request, limit)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _open(self, limit: Limit | None) -> "_Connection":
        host, port, context = self._server
        seconds = min(CONNECT_SECONDS, limit.seconds()) if limit else CONNECT_SECONDS
        http = (
            HTTPSConnection(host, port, timeout=seconds, context=context)
            if context
            else HTTPConnection(host, port, timeout=seconds)
        )
        http.connect()
        http.sock.settimeout(self._read_seconds)
        return _Connection(http)

    def _exchange(self, connection: "_Connection", request: bytes, limit: Limit | None) -> Response:
        try:
            response, may_be_kept = connection.exchange(request, limit)
        except BaseException:
            # The rest of a response may still be on its way, so the connection is not kept.
            connection.close()
            raise
        if may_be_kept:
            self._idle.append(connection)
        else:
            connection.close()
        return response


class _Connection:
    """One connection, with the bytes that were received but not read yet."""

    def __init__(self, http: HTTPConnection) -> None:
        self._http = http
        self._unread = b""
        self._used = False
        self._limit: Limit | None = None
        self._received = 0

    def close(self) -> None:
        self._http.close()

    def exchange(self, request: bytes, limit: Limit | None) -> tuple[Response, bool]:
        """Send *request*; return the response and whether the connection may be used again."""
        self._limit, self._received = limit, 0
        self._begin(request)
        self._used = True
        try:
            first, _, rest = self._until(b"\r\n\r\n").partition(b"\r\n")
            response, ends = self._read(_status(first), _fields(rest))
        except ValueError as error:
            raise HTTPException(f"not an HTTP response: {error}") from error
        closes = response.fields.get(b"connection", b"").lower() == b"close"
        return response, ends and not closes and first.startswith(b"HTTP/1.1")

    def _begin(self, request: bytes) -> None:
        """Send *request*; receive the first bytes of the response."""
        try:
            if self._limit:
                self._http.sock.settimeout(self._limit.seconds())
            self._http.sock.sendall(request)
            self._unread = self._recv(_MOST_AT_ONCE)
        except TimeoutError:
            raise
        except OSError as error:
            raise _StaleError if self._used else error from error
        if not self._unread:
            raise _StaleError if self._used else RemoteDisconnected("the server hung up")

    def _read(self, status: int, fields: dict[bytes, bytes]) -> tuple[Response, bool]:
        """Read the body; return the response and whether its end was marked."""
        if b"content-length" in fields:
            return Response(status, fields, self._exactly(int(fields[b"content-length"]))), True
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = b"".join(iter(self._chunk, b""))
            # Header fields may follow; they end with an empty line, as the header does.
            while self._until(b"\r\n"):
                pass
            return Response(status, fields, body), True
        return Response(status, fields, self._rest()), False

    def _chunk(self) -> bytes:
        size = int(self._until(b"\r\n").partition(b";")[0], 16)
        if not size:
            return b""
        return self._exactly(size + 2)[:-2]

    def _until(self, end: bytes) -> bytes:
        """Return the bytes before *end*, and skip *end*."""
        while end not in self._unread:
            if len(self._unread) > _MOST_HEADER_BYTES:
                raise ValueError("the header is too long")
            self._unread += self._receive()
        found, _, self._unread = self._unread.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        if size < 0:
            raise ValueError(f"its content-length is {size}")
        body, self._unread = self._unread[:size], self._unread[size:]
        if len(body) == size:
            return body
        parts, missing = [body], size - len(body)
        while missing:
            parts.append(self._receive(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def _rest(self) -> bytes:
        parts = [self._unread]
        while part := self._recv(_MOST_AT_ONCE):
            parts.append(part)
        return b"".join(parts)

    def _receive(self, most: int = _MOST_AT_ONCE) -> bytes:
        received = self._recv(min(most, _MOST_AT_ONCE))
        if not received:
            raise IncompleteRead(self._unread)
        return received

    def _recv(self, most: int) -> bytes:
        """Receive what has come, or wait for it; empty if the server has hung up."""
        if self._limit is None:
            return self._http.sock.recv(most)
        # The socket's own limit is for each wait: a server that drips would never reach it.
        self._http.sock.settimeout(self._limit.seconds())
        received = self._http.sock.recv(most)
        self._received += len(received)
        if self._received > self._limit.most_bytes:
            raise TooLongError(f"a response of more than {self._limit.most_bytes:,} bytes")
        return received


def _parts(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of the URL of an endpoint."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"Invalid endpoint: {url}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"Invalid endpoint: {url}")
    return parts.scheme, parts.hostname, port


def _status(line: bytes) -> int:
    version, status, *_ = line.split(None, 2)
    if not version.startswith(b"HTTP/1."):
        raise ValueError(repr(line[:100]))
    return int(status)


def _fields(header: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in header.split(b"\r\n"))
    return {name.lower(): value.strip() for name, _, value in lines}
