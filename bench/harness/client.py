"""A client that costs little: keep-alive connections in a closed loop, on bare sockets.

Each connection sends a request, waits for the whole answer and sends the next one at once. There
is no HTTP library, whose own time would be larger than that of the server that is measured.
"""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import cycle, islice
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, NamedTuple

from bench.harness.errors import ServerError
from bench.harness.server import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CONNECTIONS = 16

#: Seconds without any answer after which the server is given up.
_PATIENCE = 30

_BLOCK = 262_144
_END_OF_HEAD = b"\r\n\r\n"


class Answer(NamedTuple):
    """An HTTP answer; names of headers are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Driven(NamedTuple):
    """What a round took.

    Attributes:
        seconds: From the first request to the last answer.
        latencies: Of each request, in seconds, in order of arrival.
    """

    seconds: float
    latencies: list[float]


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Write a GET request."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n".encode()


def post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Write a POST request."""
    head = get(path, {**(headers or {}), "Content-Length": str(len(body))})
    return b"POST" + head.removeprefix(b"GET") + body


def length_of(received: bytes) -> int | None:
    """Return how long the answer is that *received* begins; None while its head is not whole.

    Answers say their `content-length` or have no body, as those of a 304.
    """
    head, end, _ = received.partition(_END_OF_HEAD)
    if not end:
        return None
    before, found, after = head.lower().partition(b"\r\ncontent-length:")
    body = int(after.partition(b"\r\n")[0]) if found else 0
    return len(before) + len(found) + len(after) + len(end) + body


def answer_of(received: bytes) -> Answer:
    """Read a whole answer."""
    head, _, body = received.partition(_END_OF_HEAD)
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(int(first.split(" ")[1]), headers, body)


def ask(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """Send requests one after the other, and return their answers."""
    with closing(Caller(port)) as caller:
        return [answer_of(caller.ask(request)) for request in requests]


class Caller:
    """A connection that is kept open, for one request at a time.

    Args:
        port: On `HOST`.
    """

    def __init__(self, port: int) -> None:
        self._socket = _connected(port)

    def ask(self, request: bytes) -> bytes:
        """Send a request, and return the whole answer.

        Raises:
            ServerError: The connection fails or is closed.
        """
        self._socket.sendall(request)
        received = b""
        while (length := length_of(received)) is None or len(received) < length:
            received += _received(self._socket)
        return received

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def drive(port: int, requests: Sequence[bytes], count: int, status: int) -> Driven:
    """Send *count* requests over `CONNECTIONS` connections, beginning again after the last.

    Raises:
        ServerError: An answer has another status, a connection ends, or there is no answer.
    """
    left = islice(cycle(requests), count)
    latencies: list[float] = []
    with DefaultSelector() as selector, ExitStack() as stack:
        connections = [_Connection.open(port, status, stack) for _ in range(CONNECTIONS)]
        for connection in connections:
            selector.register(connection.socket, EVENT_READ, connection)
        started = time.perf_counter()
        for connection in connections:
            connection.send(left)
        while len(latencies) < count:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise ServerError(f"no answer in {_PATIENCE} s")
            for key, _ in ready:
                latency = key.data.receive()
                if latency is not None:
                    latencies.append(latency)
                    key.data.send(left)
        return Driven(time.perf_counter() - started, latencies)


@dataclass
class _Connection:
    socket: socket.socket
    status: bytes
    received: bytes = b""
    sent_at: float = field(default=0.0)

    @classmethod
    def open(cls, port: int, status: int, stack: ExitStack) -> _Connection:
        return cls(stack.enter_context(_connected(port)), b"HTTP/1.1 %d " % status)

    def send(self, requests: Iterator[bytes]) -> None:
        """Send the next request, if there is one."""
        request = next(requests, None)
        if request is not None:
            self.received = b""
            self.sent_at = time.perf_counter()
            self.socket.sendall(request)

    def receive(self) -> float | None:
        """Take what has arrived; return the latency in seconds when the answer is whole."""
        self.received += _received(self.socket)
        length = length_of(self.received)
        if length is None or len(self.received) < length:
            return None
        if not self.received.startswith(self.status):
            wanted, found = self.status.decode(), self.received[:400].decode("latin-1")
            raise ServerError(f"wanted {wanted}, got {found}")
        return time.perf_counter() - self.sent_at


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=_PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _received(connection: socket.socket) -> bytes:
    try:
        block = connection.recv(_BLOCK)
    except OSError as error:
        raise ServerError(f"the connection failed: {error}") from error
    if not block:
        raise ServerError("the server closed the connection")
    return block
