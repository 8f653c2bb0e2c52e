"""HTTP connections, kept, broken, slow and over TLS, against a real server that misbehaves."""

import socket
import ssl
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

import pytest

from forecasts.aws.http import Connections, Limit, Server
from tests.endpoint import until
from tests.wire import answer, hangs_up, is_silent, resets, sends, sends_and_hangs_up, wire

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
ANSWER = answer(b'{"a": 1}')
SILENT, LAST = b"GET /silent HTTP/1.1\r\n\r\n", b"GET /last HTTP/1.1\r\n\r\n"


@pytest.fixture
def server():
    """A server that sends what a test sets."""
    with wire() as running:
        yield running


@pytest.fixture
def connections(server):
    """Connections to that server."""
    with closing(Connections(Server("127.0.0.1", server.port, None))) as opened:
        yield opened


AWS = "dynamodb.eu-central-1.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, "127.0.0.1:8000"),
        ("http://localhost/", "localhost", 80, "localhost"),
        ("http://[::1]:8000", "::1", 8000, "[::1]:8000"),
        (f"https://{AWS}", AWS, 443, AWS),
        (f"https://{AWS}:443", AWS, 443, AWS),
        ("https://localhost:8443", "localhost", 8443, "localhost:8443"),
    ],
)
def test_server(url, host, port, authority):
    """The server is the URL's host, on the port of its scheme if the URL names none."""
    server = Server.of(url)

    assert (server.host, server.port, server.authority) == (host, port, authority)
    assert (server.context is None) == url.startswith("http:")


def send(connections):
    """Send a request; return the body of the response."""
    return connections.send(REQUEST).body


def test_answer(server, connections):
    """A response has a status, header fields by lower-case name, and as many bytes as announced."""
    server.replies = [sends(answer(b"no", 503, X_Some="Thing"))]

    assert connections.send(REQUEST) == (
        503,
        {
            b"content-type": b"application/x-amz-json-1.0",
            b"x-amz-crc32": b"%d" % zlib.crc32(b"no"),
            b"content-length": b"2",
            b"x-some": b"Thing",
        },
        b"no",
    )
    assert server.requests == [tuple(REQUEST.split(b"\r\n\r\n"))]


def test_connection_is_kept(server, connections):
    """Consecutive requests use one connection."""
    server.replies = [sends(ANSWER)] * 3

    assert [send(connections) for _ in range(3)] == [b'{"a": 1}'] * 3
    assert server.connections == 1


def test_answer_in_pieces(server, connections):
    """A response may arrive byte by byte."""
    server.replies = [sends(*(bytes([byte]) for byte in ANSWER))]

    assert send(connections) == b'{"a": 1}'


def test_large_answer(server, connections):
    """A response of megabytes is complete, and so is the next one."""
    body = bytes(range(256)) * 20_000
    server.replies = [sends(answer(body)), sends(ANSWER)]

    assert send(connections) == body
    assert send(connections) == b'{"a": 1}'
    assert server.connections == 1


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"


@pytest.mark.parametrize(
    "chunks",
    [
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"3;name=value\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\nAnother: 2\r\n\r\n",
        b"0005\r\nabcde\r\n0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_chunks(server, connections, chunks, size):
    """A chunked response is put together, however it is cut, and the connection is kept."""
    sent = CHUNKED + chunks
    pieces = [sent[start : start + size] for start in range(0, len(sent), size)]
    server.replies = [sends(*pieces), sends(ANSWER)]

    assert send(connections) == b"abcde"
    assert send(connections) == b'{"a": 1}'
    assert server.connections == 1


@pytest.mark.parametrize(
    "last", [answer(b"{}", Connection="Close"), ANSWER.replace(b"HTTP/1.1", b"HTTP/1.0")]
)
def test_connection_that_is_not_to_be_kept(server, connections, last):
    """If a server says that it will close the connection, the connection is not kept."""
    server.replies = [sends(last), sends(ANSWER)]
    send(connections)

    assert send(connections) == b'{"a": 1}'
    assert server.connections == 2


def test_answer_that_ends_with_the_connection(server, connections):
    """A response without a length ends when the connection does."""
    text = bytes(300_000)
    head = b"HTTP/1.1 502 Bad\r\nServer: x\r\n\r\n"
    server.replies = [sends_and_hangs_up(head, text), sends(ANSWER)]

    assert connections.send(REQUEST) == (502, {b"server": b"x"}, text)
    assert send(connections) == b'{"a": 1}'


@pytest.mark.parametrize("end", [hangs_up, resets])
def test_stale_connection(server, connections, end):
    """If a kept connection was closed, the request is sent again at once over a new one."""
    server.replies = [sends(ANSWER), end, sends(ANSWER)]
    send(connections)

    assert send(connections) == b'{"a": 1}'
    assert server.connections == 2


def test_stale_only_once(server, connections):
    """If the new connection breaks too, that is an error."""
    server.replies = [sends(ANSWER), hangs_up, hangs_up]
    send(connections)

    with pytest.raises(RemoteDisconnected, match="hung up"):
        send(connections)

    assert server.connections == 2


def test_other_stale_connections_are_not_tried(server, connections):
    """If one kept connection was closed, the others are not tried."""
    with ThreadPoolExecutor(3) as pool:
        server.replies = [sends(*(ANSWER[:5], ANSWER[5:]))] * 3
        list(pool.map(lambda _: send(connections), range(3)))
    opened = server.connections
    server.replies = [hangs_up, sends(ANSWER), sends(ANSWER)]

    assert send(connections) == send(connections) == b'{"a": 1}'
    assert server.connections == opened + 1


def test_new_connection_that_is_reset(server, connections):
    """If a connection breaks before its first use, that is an error."""
    server.replies = [resets]

    with pytest.raises(ConnectionError):
        send(connections)


@pytest.mark.parametrize(
    "half",
    [
        ANSWER[:10],
        ANSWER[:-1],
        ANSWER.partition(b"\r\n\r\n")[0],
        CHUNKED + b"3\r\nab",
        CHUNKED + b"3\r\nabc\r\n",
        CHUNKED + b"3\r\nabc\r\n0\r\n",
    ],
)
def test_incomplete_response(server, connections, half):
    """An incomplete response is an error, and its connection is not used again."""
    server.replies = [sends_and_hangs_up(half), sends(ANSWER)]

    with pytest.raises(IncompleteRead):
        send(connections)

    assert send(connections) == b'{"a": 1}'


@pytest.mark.parametrize(
    "nonsense",
    [
        b"220 mail.example.com ESMTP\r\n\r\n",
        b"HTTP/1.1 fine\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        CHUNKED + b"xyz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + bytes(200_000),
    ],
)
def test_not_http(server, connections, nonsense):
    """A response that is not HTTP is refused."""
    server.replies = [sends(nonsense)]

    with pytest.raises(HTTPException, match="not an HTTP response"):
        send(connections)


@pytest.mark.parametrize("kept", [False, True])
def test_silence(server, kept):
    """A server that says nothing is given up, and the request is not repeated."""
    with closing(Connections(Server("127.0.0.1", server.port, None), 0.05)) as connections:
        if kept:
            keep_one(server, connections)
        opened = server.connections
        server.replies = [is_silent] * 3

        with pytest.raises(TimeoutError):
            connections.send(SILENT)

    # Connections are accepted in turn, so one of a repeated request would be there before the last.
    with socket.create_connection(("127.0.0.1", server.port)) as last:
        last.sendall(LAST)
        until(lambda: came(server), {SILENT, LAST}.issubset)
    assert server.connections == opened + (1 if kept else 2)
    assert came(server).count(SILENT) == 1


def came(server):
    """Return the requests that came, whole."""
    return [b"\r\n\r\n".join(each) for each in server.requests]


def keep_one(server, connections):
    """Leave a connection that was used: on a busy machine, any response may be given up."""
    server.replies = [sends(ANSWER)] * 1000
    while True:
        with suppress(TimeoutError):
            return send(connections)


def test_no_time_left(server, connections):
    """If the time is up before the request is sent, nothing is sent."""
    with pytest.raises(TimeoutError, match="not complete in time"):
        connections.send(REQUEST, Limit(until=0.0, most_bytes=100))

    assert server.connections == 0


def test_port_without_a_listener():
    """A port without a listener is an error."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))

        with pytest.raises(ConnectionRefusedError):
            send(Connections(Server("127.0.0.1", deaf.getsockname()[1], None)))


def test_threads_have_connections_of_their_own(server, connections):
    """Concurrent requests neither wait for each other nor get each other's responses."""
    server.replies = [sends(ANSWER)] * 200
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: send(connections), range(200)))

    assert bodies == [b'{"a": 1}'] * 200
    assert server.connections <= 8


@pytest.fixture
def secure(certificate):
    """A server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with wire(context) as running:
        yield running


def test_tls(secure, certificate):
    """Everything works over TLS as well, stale connections included."""
    secure.replies = [sends(ANSWER), sends(ANSWER), hangs_up, sends(ANSWER)]
    trusting = ssl.create_default_context(cafile=str(certificate))
    with closing(Connections(Server("127.0.0.1", secure.port, trusting))) as connections:
        bodies = [send(connections) for _ in range(3)]

    assert bodies == [b'{"a": 1}'] * 3
    assert secure.connections == 2


def test_untrusted_certificate(secure):
    """A server that cannot prove its identity receives no request."""
    connections = Connections(Server("127.0.0.1", secure.port, ssl.create_default_context()))

    with pytest.raises(ssl.SSLCertVerificationError):
        send(connections)

    assert secure.requests == []
