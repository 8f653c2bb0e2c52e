"""HTTP of the stand-in, over real sockets: what clients send, and what they should not."""

import asyncio
import socket

import pytest
import uvloop

from local.standin.http import BODY_LIMIT, HOST, HttpServer, Request, Response
from local.standin.pool import Pool


async def echo(request):
    """Answer with the request; not at all, or with a fault of our own, where it asks for that."""
    if request.path == "/drop":
        return None
    if request.path == "/fail":
        raise RuntimeError("a fault of our own")
    if request.path == "/wait":
        await asyncio.sleep(float(request.query))
    content = f"{request.method} {request.path} {request.query} {len(request.body)}"
    return Response(200, content.encode(), {"x-name": request.headers.get("x-name", "")})


def exchange(*messages):
    """Send bytes on one connection; return all that comes back until it is closed."""

    async def run():
        server = HttpServer(echo, 0)
        await server.listen()
        try:
            reader, writer = await asyncio.open_connection(HOST, server.port)
            for message in messages:
                writer.write(message)
                await writer.drain()
            received = await reader.read()
            writer.close()
            return received.decode()
        finally:
            server.close()

    return asyncio.run(run())


def ask(*requests):
    """Send requests through a pool, one after the other; return the answers."""

    async def run():
        server = HttpServer(echo, 0)
        await server.listen()
        pool = Pool(server.port)
        try:
            return [await pool.ask(request) for request in requests]
        finally:
            pool.close()
            server.close()

    return asyncio.run(run())


def test_a_request():
    """Method, path, query, headers and body arrive, and the answer with its headers."""
    (answer,) = ask(Request("POST", "/a%20b", "", {"X-Name": "JFK"}, b"12345"))

    assert answer.status == 200
    assert answer.body == b"POST /a%20b  5"
    assert answer.headers["x-name"] == "JFK"


def test_requests_without_waiting():
    """Who sends the second request before the first is answered gets both answers, in order."""
    received = exchange(
        b"GET /wait?0.05 HTTP/1.1\r\n\r\nGET /second?q HTTP/1.1\r\nConnection: close\r\n\r\n"
    )

    assert received.count("HTTP/1.1 200 OK") == 2
    assert received.index("GET /wait 0.05 0") < received.index("GET /second q 0")
    assert received.endswith("connection: close\r\n\r\nGET /second q 0")


def test_who_asks_whether_to_send():
    """A client that expects it is told to go on before it sends the body."""
    received = exchange(
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"2\r\nab\r\n0\r\n\r\n",
    )

    assert received.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert received.endswith("POST /  2")


@pytest.mark.parametrize(
    ("size", "status"), [(BODY_LIMIT, 200), (BODY_LIMIT + 1, 413), (10_000_000, 413)]
)
def test_the_size_of_a_body(size, status):
    """Six megabytes are taken; one byte more is read to its end and refused."""
    (answer, other) = ask(Request("POST", "/", body=b" " * size), Request("GET", "/"))

    assert (answer.status, other.status) == (status, 200)


@pytest.mark.parametrize("message", [b"no HTTP at all\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http(message):
    """It is refused and the connection closed."""
    received = exchange(message)

    assert received.startswith("HTTP/1.1 400 Bad Request")
    assert received.endswith("not HTTP/1.1\n")


def test_an_upgrade():
    """Another protocol is not spoken."""
    headers = b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"

    assert "HTTP/1.1 400" in exchange(b"GET / HTTP/1.1\r\n" + headers)


def test_a_fault_of_our_own(capfd):
    """It is answered as AWS answers one, stands on standard error, and ends nothing else."""
    failed, answer = ask(Request("GET", "/fail"), Request("GET", "/"))

    assert (failed.status, failed.headers["x-amzn-errortype"]) == (500, "InternalFailure")
    assert answer.status == 200
    assert "RuntimeError: a fault of our own" in capfd.readouterr().err


def test_no_answer():
    """A dropped connection is an error of the client, not an empty answer."""
    with pytest.raises(ConnectionError):
        ask(Request("GET", "/drop"))


def test_nobody_there():
    """A server that is not there is an error of the client."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        asyncio.run(Pool(port).ask(Request("GET", "/")))


def test_a_taken_port():
    """Who asks for a port that is taken is told so, and what to do."""
    with (
        socket.create_server((HOST, 0)) as listener,
        pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*; try another --port"),
    ):
        HttpServer(echo, listener.getsockname()[1])


def test_refusing():
    """Connections are refused and idle ones closed; what was under way is answered; then again."""

    async def run():
        arrived, go = asyncio.Event(), asyncio.Event()

        async def handle(request):
            if request.path == "/wait":
                arrived.set()
                await go.wait()
            return Response(200)

        server = HttpServer(handle, 0)
        await server.listen()
        idle, busy = Pool(server.port), Pool(server.port)
        await idle.ask(Request("GET", "/"))
        under_way = asyncio.create_task(busy.ask(Request("GET", "/wait")))
        await arrived.wait()
        server.refuse()
        server.refuse()
        go.set()
        refused = await asyncio.gather(idle.ask(Request("GET", "/")), return_exceptions=True)
        statuses = [(await under_way).status]
        await server.listen()
        statuses.append((await busy.ask(Request("GET", "/"))).status)
        busy.close()
        server.close()
        return refused, statuses

    (refused,), statuses = asyncio.run(run())

    assert isinstance(refused, OSError)
    assert statuses == [200, 200]


def test_who_no_longer_waits():
    """An answer that comes too late is not taken for the answer of the next request."""

    async def run():
        server = HttpServer(echo, 0)
        await server.listen()
        pool = Pool(server.port)
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await pool.ask(Request("GET", "/wait", "0.1"))
            return await pool.ask(Request("GET", "/next"))
        finally:
            pool.close()
            server.close()

    assert asyncio.run(run()).body == b"GET /next  0"


def test_a_client_that_went_away(caplog):
    """An answer that nobody waits for any more is no fault; others are answered."""

    async def run():
        arrived, gone = asyncio.Event(), asyncio.Event()

        async def handle(request):
            if request.path == "/wait":
                arrived.set()
                await gone.wait()
            return Response(200)

        server = HttpServer(handle, 0)
        await server.listen()
        _, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(b"GET /wait HTTP/1.1\r\n\r\n")
        await arrived.wait()
        writer.transport.abort()
        while server.connections:  # noqa: ASYNC110 -- the server says it in no other way
            await asyncio.sleep(0)
        gone.set()
        pool = Pool(server.port)
        status = (await pool.ask(Request("GET", "/"))).status
        pool.close()
        server.close()
        return status

    # The loop that serves: its transports refuse to write once they are closed.
    assert uvloop.run(run()) == 200
    assert not caplog.records
