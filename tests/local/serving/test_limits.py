"""Clients that send too much, too slowly or not to the end, over real connections."""

import logging
import socket
from contextlib import suppress

import pytest

from api.app import make_app
from local.serving.limits import MOST_HEADER_BYTES, LimitedProtocol
from tests.serving import serving

GET = b"GET /v1/parameters HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/forecast HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


class Hasty(LimitedProtocol):
    """A server that waits for a short time only."""

    request_seconds = 0.3


@pytest.fixture
def address(clock, request):
    """The address of an API without a store, with the limits of `request.param` or the usual."""
    with serving(make_app(None, clock), getattr(request, "param", LimitedProtocol)) as at:
        yield at


def exchange(address, *parts):
    """Send bytes; return what comes until the server hangs up."""
    with socket.create_connection(address, timeout=30) as connection:
        received = b""
        # The server may close while bytes of the client are on their way.
        with suppress(ConnectionResetError, BrokenPipeError):
            for part in parts:
                connection.sendall(part)
            while part := connection.recv(65536):
                received += part
        return received


def status_of(answer):
    """Return the status line of an answer."""
    return answer.partition(b"\r\n")[0]


@pytest.mark.parametrize("size", [0, MOST_HEADER_BYTES // 2])
def test_usual_requests(address, size):
    """A request with a header of usual length is answered, and so is the next one."""
    more = b"X-A: " + b"a" * size + b"\r\n"
    answer = exchange(address, GET + more + b"\r\n" + GET + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_a_body_that_comes_later(address):
    """A body that does not come together with its header is read, however long it is."""
    head = POST.replace(b"100\r\n", b"300000\r\nExpect: 100-continue\r\nConnection: close\r\n")
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head)
        invited = connection.recv(25)
        connection.sendall(b" " * 300_000)
        answer = connection.recv(65536)

    assert invited == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b"/problems/invalid-body" in answer


@pytest.mark.parametrize("size", [700_000, 3_000_000])
def test_a_header_that_is_too_long(address, size):
    """A header without an end is refused before it fills the memory."""
    answer = exchange(address, GET + b"X-A: ", *[b"a" * 1000] * (size // 1000))

    assert status_of(answer) in (b"HTTP/1.1 400 Bad Request", b"")
    assert b"200 OK" not in answer


@pytest.mark.parametrize("address", [Hasty], indirect=True)
@pytest.mark.parametrize("part", [b"", b"GET", GET, POST, POST + b"{", GET + b"\r\n" + POST[:30]])
def test_an_incomplete_request(address, part, caplog):
    """A request that does not arrive in time ends with its connection, and nothing is logged."""
    answer = exchange(address, part)

    assert answer.count(b"200 OK") == part.count(GET + b"\r\n")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "sent", [POST, POST + b'{"a', POST.replace(b"Content-Length: 100", b"x: y")]
)
def test_a_client_that_hangs_up(address, sent, caplog):
    """A client that hangs up in the middle of its request is no error of ours."""
    with socket.create_connection(address) as connection:
        connection.sendall(sent)
    # The server has seen the end of the first one when it answers the second.
    assert b"200 OK" in exchange(address, GET + b"Connection: close\r\n\r\n")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
