"""The stand-in's HTTP server over real sockets, and the two faults that uvicorn does not have."""

import asyncio
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
import uvloop
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.standin.server import HOST, Listener, NoAnswer, application


async def answer(request):
    """Respond according to the path."""
    match request.path_params["wish"]:
        case "drop":
            return NoAnswer()
        case "fail":
            raise RuntimeError("a fault of our own")
    return PlainTextResponse(await request.body())


@asynccontextmanager
async def serving(endpoint=answer):
    """Serve one route; yield the listener and a client of it."""
    listener = Listener(application([Route("/{wish}", endpoint, methods=["POST"])]), 0)
    await listener.listen()
    url = f"http://{HOST}:{listener.port}"
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield listener, client
    finally:
        listener.close()


def ask(*paths):
    """Post to a server, once for each path; return the responses."""

    async def run():
        async with serving() as (_, client):
            return [await client.post(path, content=b"body") for path in paths]

    return uvloop.run(run())


def test_a_failure_of_the_stand_in(capfd):
    """It is an InternalFailure, its traceback is printed, and the next request is answered."""
    failed, answered = ask("/fail", "/anything")

    assert (failed.status_code, failed.headers["x-amzn-errortype"]) == (500, "InternalFailure")
    assert (answered.status_code, answered.content) == (200, b"body")
    assert capfd.readouterr().err.count("RuntimeError: a fault of our own") == 1


def test_no_answer(capfd):
    """The client sees a closed connection, and nothing is printed."""
    with pytest.raises(httpx.TransportError):
        ask("/drop")

    assert capfd.readouterr().err == ""


def test_a_taken_port():
    """The error names the port and what to do."""
    with (
        socket.create_server((HOST, 0)) as taken,
        pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*; try another --port"),
    ):
        Listener(application([]), taken.getsockname()[1])


def test_refusing():
    """New and idle connections are refused, a request in progress is answered, until it listens."""

    async def run():
        arrived, go = asyncio.Event(), asyncio.Event()

        async def handle(request):
            if request.path_params["wish"] == "wait":
                arrived.set()
                await go.wait()
            return Response()

        async with serving(handle) as (listener, client):
            await client.post("/idle")
            under_way = asyncio.create_task(client.post("/wait"))
            await arrived.wait()
            await listener.refuse()
            await listener.refuse()
            go.set()
            (refused,) = await asyncio.gather(client.post("/"), return_exceptions=True)
            statuses = [(await under_way).status_code]
            await listener.listen()
            await listener.listen()
            statuses.append((await client.post("/again")).status_code)
            return refused, statuses

    refused, statuses = uvloop.run(run())

    assert isinstance(refused, httpx.TransportError)
    assert statuses == [200, 200]
