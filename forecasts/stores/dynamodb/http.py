"""Kept HTTP connections to one server, and no more of HTTP than DynamoDB speaks.

`http.client` opens connections, with TLS and time limits. It reads an answer's header as if it were
an e-mail's, which costs more than all the rest of a lookup, so answers are read here.
"""

from __future__ import annotations

from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPSConnection,
    IncompleteRead,
    RemoteDisconnected,
)
from typing import TYPE_CHECKING, NamedTuple

from forecasts.stores.dynamodb.retries import CONNECT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    import ssl

_MOST_HEADER_BYTES = 65_536
_MOST_AT_ONCE = 65_536


class Server(NamedTuple):
    """Who is asked.

    Attributes:
        host: Name or address.
        port: Where it listens.
        context: What its certificate is checked with; None to speak without TLS.
    """

    host: str
    port: int
    context: ssl.SSLContext | None


class Answer(NamedTuple):
    """An answer.

    Attributes:
        status: Of HTTP.
        fields: Of its header: names and values, in lower case.
        body: Of as many bytes as were announced.
    """

    status: int
    fields: dict[bytes, bytes]
    body: bytes


class _StaleError(Exception):
    """A kept connection was closed at the other end before it was asked anything."""


class Connections:
    """Connections to one server, opened as needed and kept. May be used from several threads.

    Args:
        server: Who is asked.
        read_seconds: How long the server may be silent.
    """

    def __init__(self, server: Server, read_seconds: float = READ_SECONDS) -> None:
        self._server = server
        self._read_seconds = read_seconds
        self._idle: list[_Connection] = []

    def send(self, request: bytes) -> Answer:
        """Send a request, which must be one that may be sent twice; return its answer.

        Servers close connections that nobody uses, and say so to nobody. So where a kept connection
        breaks before a byte of the answer has come, the request goes out once more, over a new one.

        Raises:
            OSError: The server cannot be reached, was silent for too long, or hung up.
            HTTPException: What came is no answer, or only half of one.
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._exchange(self._open(), request)
        try:
            return self._exchange(connection, request)
        except _StaleError:
            # The others are older, so they are stale too.
            self.close()
            return self._exchange(self._open(), request)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> _Connection:
        host, port, context = self._server
        http = (
            HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=context)
            if context
            else HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        )
        http.connect()
        http.sock.settimeout(self._read_seconds)
        return _Connection(http)

    def _exchange(self, connection: _Connection, request: bytes) -> Answer:
        try:
            answer, may_be_kept = connection.exchange(request)
        except BaseException:
            # Whatever it was: half an answer may still be on its way.
            connection.close()
            raise
        if may_be_kept:
            self._idle.append(connection)
        else:
            connection.close()
        return answer


class _Connection:
    """One connection, and what has come over it that nobody has read yet."""

    def __init__(self, http: HTTPConnection) -> None:
        self._http = http
        self._unread = b""
        self._used = False

    def close(self) -> None:
        self._http.close()

    def exchange(self, request: bytes) -> tuple[Answer, bool]:
        """Send *request*; return its answer, and whether the connection may be used again."""
        self._begin(request)
        self._used = True
        try:
            first, _, rest = self._until(b"\r\n\r\n").partition(b"\r\n")
            answer, ends = self._read(_status(first), _fields(rest))
        except ValueError as error:
            raise HTTPException(f"no answer of HTTP: {error}") from error
        closes = answer.fields.get(b"connection") == b"close"
        return answer, ends and not closes and first.startswith(b"HTTP/1.1")

    def _begin(self, request: bytes) -> None:
        """Send *request*; receive the first bytes of its answer."""
        try:
            self._http.sock.sendall(request)
            self._unread = self._http.sock.recv(_MOST_AT_ONCE)
        except TimeoutError:
            raise
        except OSError as error:
            raise _StaleError if self._used else error from error
        if not self._unread:
            raise _StaleError if self._used else RemoteDisconnected("the server hung up")

    def _read(self, status: int, fields: dict[bytes, bytes]) -> tuple[Answer, bool]:
        """Read the body of an answer; return both, and whether it said where it ends."""
        if b"content-length" in fields:
            return Answer(status, fields, self._exactly(int(fields[b"content-length"]))), True
        if fields.get(b"transfer-encoding") == b"chunked":
            body = b"".join(iter(self._chunk, b""))
            # Fields may follow, and end as those of the header do: with an empty line.
            while self._until(b"\r\n"):
                pass
            return Answer(status, fields, body), True
        return Answer(status, fields, self._rest()), False

    def _chunk(self) -> bytes:
        size = int(self._until(b"\r\n").partition(b";")[0], 16)
        if not size:
            return b""
        return self._exactly(size + 2)[:-2]

    def _until(self, end: bytes) -> bytes:
        """Read up to *end*, which is left out."""
        while end not in self._unread:
            if len(self._unread) > _MOST_HEADER_BYTES:
                raise ValueError("its header does not end")
            self._unread += self._receive()
        found, _, self._unread = self._unread.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        if size < 0:
            raise ValueError(f"{size} bytes are announced")
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
        while part := self._http.sock.recv(_MOST_AT_ONCE):
            parts.append(part)
        return b"".join(parts)

    def _receive(self, most: int = _MOST_AT_ONCE) -> bytes:
        received = self._http.sock.recv(min(most, _MOST_AT_ONCE))
        if not received:
            raise IncompleteRead(self._unread)
        return received


def _status(line: bytes) -> int:
    version, status, *_ = line.split(None, 2)
    if not version.startswith(b"HTTP/1."):
        raise ValueError(repr(line[:100]))
    return int(status)


def _fields(header: bytes) -> dict[bytes, bytes]:
    # In lower case as a whole: nothing that is read of a value depends on its case.
    lines = (line.partition(b":") for line in header.lower().split(b"\r\n"))
    return {name: value.strip() for name, _, value in lines}
