"""The front between boto3 and the containers, over containers that respond as a test needs."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
import uvloop
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.standin.endpoint import Endpoint
from local.standin.front import Front, Ports
from local.standin.instance import Instance
from local.standin.server import Listener, NoAnswer, application
from tests.endpoint import JSON_LINES

PATH = "/endpoints/stationcast/invocations"


@asynccontextmanager
async def front_over(container, **options):
    """Yield a front and a client of it; *container* serves all of its variants over HTTP."""
    route = Route("/invocations", container, methods=["POST"])
    listener = Listener(application([route]), 0)
    await listener.listen()
    endpoint = Endpoint(**({"variants": {"a": "a.tar.gz"}} | options))
    front = Front(endpoint, Ports(0, 0), 0.0)
    for instances in front.instances.values():
        instances += [Instance("a container", []) for _ in range(endpoint.workers)]
        for instance in instances:
            instance.connect(listener.port)
    transport = httpx.ASGITransport(front.application)
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client:
        yield front, client
    await front.stop()
    listener.close()


def through_front(container, method, path, headers=None, **options):
    """Send one request through a front; return its response."""

    async def run():
        async with front_over(container, **options) as (_, client):
            return await client.request(method, path, headers=headers, content=b"line")

    return uvloop.run(run())


async def never(_request):
    """Never respond."""
    await asyncio.Event().wait()


def test_headers_of_the_container():
    """Content type, accept, custom attributes and inference id arrive; attributes come back."""
    seen = {}

    async def container(request):
        seen.update(request.headers, body=await request.body())
        return JSONResponse({}, headers={"x-amzn-sagemaker-custom-attributes": "trace=2"})

    headers = {
        "content-type": JSON_LINES,
        "accept": "application/json",
        "x-amzn-sagemaker-custom-attributes": "trace=1",
        "x-amzn-sagemaker-inference-id": "id-1",
    }
    secret = {"authorization": "not for the container"}
    answer = through_front(container, "POST", PATH, headers | secret)

    assert {name: seen[name] for name in headers} == headers
    assert ("authorization" in seen, seen["body"]) == (False, b"line")
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "trace=2"


def test_no_container_is_up():
    """While no container is ready the service is unavailable, which boto3 takes for temporary."""

    async def run():
        async with front_over(never) as (front, client):
            front.instances["a"][0].is_up = False
            return await client.post(PATH)

    answer = uvloop.run(run())

    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (503, "ServiceUnavailable")


def test_a_container_that_goes_away():
    """If a container ends before it responds, it is a ModelError with status 500."""

    async def container(_):
        return NoAnswer()

    answer = through_front(container, "POST", PATH)

    assert answer.status_code == 424
    assert answer.json()["OriginalStatusCode"] == 500
    assert "the container ended" in answer.json()["Message"]


def test_a_container_that_takes_too_long():
    """After the time limit it is a ModelError without a status, in the service's words."""
    answer = through_front(never, "POST", PATH, answer_seconds=0.05)

    assert answer.json()["OriginalStatusCode"] == 0
    assert answer.json()["OriginalMessage"].startswith(
        "Your invocation timed out while waiting for a response from container primary."
    )


def test_an_answer_that_comes_too_late():
    """The response to a request that timed out is not taken for the response to the next one."""
    late = asyncio.Event()

    async def container(request):
        if await request.body() == b"slow":
            await late.wait()
        return Response(await request.body())

    async def run():
        async with front_over(container, answer_seconds=0.3) as (_, client):
            slow = await client.post(PATH, content=b"slow")
            late.set()
            return slow, await client.post(PATH, content=b"next")

    slow, following = uvloop.run(run())

    assert (slow.status_code, following.content) == (424, b"next")


def test_a_delay_beyond_the_time_limit():
    """The service does not wait longer for a model than it does without the fault."""

    async def run():
        async with front_over(never, answer_seconds=0.05) as (_, client):
            await client.put("/faults", json={"delay_seconds": 600})
            return await client.post(PATH)

    assert uvloop.run(run()).json()["OriginalStatusCode"] == 0


def test_the_least_busy_container():
    """Requests go to the container with the fewest unanswered ones."""

    async def run():
        arrived = asyncio.Semaphore(0)

        async def container(request):
            arrived.release()
            await never(request)

        async with front_over(container, workers=2) as (front, client):
            waiting = [asyncio.create_task(client.post(PATH)) for _ in range(10)]
            for _ in waiting:
                await arrived.acquire()
            in_flight = [instance.in_flight for instance in front.instances["a"]]
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return in_flight

    assert uvloop.run(run()) == [5, 5]


def test_a_shadow_that_falls_behind():
    """A shadow variant that does not respond gets no more than a hundred requests at a time."""

    async def run():
        arrived = asyncio.Semaphore(0)

        async def container(request):
            arrived.release()
            await never(request)

        async with front_over(container, shadow={"b": "b.tar.gz"}) as (front, client):
            front.instances["a"][0].is_up = False
            for _ in range(150):
                await client.post(PATH)
            for _ in range(100):
                await arrived.acquire()
            return front.instances["b"][0].in_flight

    assert uvloop.run(run()) == 100


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("POST", "/endpoints/stationcast/async-invocations"),
        ("GET", "/"),
        ("POST", "/faults"),
        ("DELETE", "/invocations"),
    ],
)
def test_unknown_paths(method, path):
    """The response is 404 and names the request."""
    answer = through_front(never, method, path)

    assert (answer.status_code, answer.json()["Message"]) == (404, f"no {method} {path}")
