"""A client on bare sockets, because an HTTP library would take longer than what is measured."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from bench.harness.errors import ServerError
from bench.harness.server import HOST

#: Seconds to wait for an answer.
_PATIENCE = 30

_BLOCK = 262_144
_END_OF_HEAD = b"\r\n\r\n"


class Answer(NamedTuple):
    """An HTTP answer; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Write a GET request."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n".encode()


def post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Write a POST request."""
    head = get(path, {**(headers or {}), "Content-Length": str(len(body))})
    return b"POST" + head.removeprefix(b"GET") + body


def length_of(received: bytes) -> int | None:
    """Return the length of the answer that *received* begins; None while its head is incomplete.

    An answer without a `content-length`, such as a 304, has no body.
    """
    head, end, _ = received.partition(_END_OF_HEAD)
    if not end:
        return None
    before, found, after = head.lower().partition(b"\r\ncontent-length:")
    body = int(after.partition(b"\r\n")[0]) if found else 0
    return len(before) + len(found) + len(after) + len(end) + body


def answer_of(received: bytes) -> Answer:
    """Parse a complete answer."""
    head, _, body = received.partition(_END_OF_HEAD)
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(int(first.split(" ")[1]), headers, body)


def ask(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """Send requests one after the other; return their answers."""
    with closing(Caller(port)) as caller:
        return [answer_of(caller.ask(request)) for request in requests]


class Caller:
    """A connection that stays open, for one request at a time.

    Args:
        port: Port on `HOST`.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=_PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """Send a request; return the complete answer.

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


def _received(connection: socket.socket) -> bytes:
    try:
        block = connection.recv(_BLOCK)
    except OSError as error:
        raise ServerError(f"the connection failed: {error}") from error
    if not block:
        raise ServerError("the server closed the connection")
    return block
