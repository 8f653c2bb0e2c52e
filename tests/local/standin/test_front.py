"""The front between boto3 and the containers, over containers that say what a test needs."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from local.standin.endpoint import Endpoint
from local.standin.front import Front, Ports
from local.standin.http import HttpServer, Request, Response
from local.standin.instance import Instance
from local.standin.pool import Pool
from tests.endpoint import JSON_LINES

PATH = "/endpoints/stationcast/invocations"


@asynccontextmanager
async def front_over(container, **options):
    """Yield a front whose variants are all answered by *container*, over HTTP."""
    server = HttpServer(container, 0)
    await server.listen()
    front = Front(Endpoint(**({"variants": {"a": "a.tar.gz"}} | options)), Ports(0, 0), 0.0)
    for instances in front.instances.values():
        instance = Instance("a container of this test", [])
        instance.pool, instance.is_up = Pool(server.port), True
        instances.append(instance)
    try:
        yield front
    finally:
        await front.stop()
        server.close()


def through_front(container, request, **options):
    """Send one request through a front; return its answer."""

    async def run():
        async with front_over(container, **options) as front:
            return await front.handle(request)

    return asyncio.run(run())


def test_what_the_container_gets():
    """Content type, accept, custom attributes, inference id arrive; attributes come back."""
    seen = []

    async def container(request):
        seen.append(request)
        return Response(200, b"{}", {"x-amzn-sagemaker-custom-attributes": "trace=2"})

    headers = {
        "content-type": JSON_LINES,
        "accept": "application/json",
        "x-amzn-sagemaker-custom-attributes": "trace=1",
        "x-amzn-sagemaker-inference-id": "id-1",
        "authorization": "not for the container",
    }
    answer = through_front(container, Request("POST", PATH, "", headers, b"line"))
    names = ("content-type", "accept", "custom-attributes", "inference-id", "authorization")
    arrived = [
        seen[0].headers.get(name, seen[0].headers.get(f"x-amzn-sagemaker-{name}")) for name in names
    ]

    assert (seen[0].method, seen[0].path, seen[0].body) == ("POST", "/invocations", b"line")
    assert arrived == [JSON_LINES, "application/json", "trace=1", "id-1", None]
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "trace=2"


def test_nobody_is_up():
    """While no container is ready the service is unavailable, which boto3 takes for temporary."""

    async def run():
        async with front_over(None) as front:
            front.instances["a"][0].is_up = False
            return await front.handle(Request("POST", PATH))

    answer = asyncio.run(run())

    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (503, "ServiceUnavailable")


def test_a_container_that_goes_away():
    """A container that ends before it answers is a ModelError with status 500."""

    async def container(_):
        return None

    answer = through_front(container, Request("POST", PATH))

    assert answer.status == 424
    assert json.loads(answer.body)["OriginalStatusCode"] == 500
    assert "the container ended" in json.loads(answer.body)["Message"]


def test_a_container_that_takes_too_long():
    """After the time limit it is a ModelError without a status, in the service's words."""

    async def container(_):
        await asyncio.Event().wait()

    answer = through_front(container, Request("POST", PATH), answer_seconds=0.05)

    assert json.loads(answer.body)["OriginalStatusCode"] == 0
    assert json.loads(answer.body)["OriginalMessage"].startswith(
        "Your invocation timed out while waiting for a response from container primary."
    )


def test_a_delay_beyond_the_time_limit():
    """The service does not wait longer for a model than it does without the fault."""

    async def run():
        async with front_over(None, answer_seconds=0.05) as front:
            await front.handle(Request("PUT", "/faults", body=b'{"delay_seconds": 600}'))
            return await front.handle(Request("POST", PATH))

    assert json.loads(asyncio.run(run()).body)["OriginalStatusCode"] == 0


def test_the_least_busy_container():
    """Requests go to the container with the fewest unanswered ones."""

    async def run():
        async with front_over(lambda _: asyncio.Event().wait()) as front:
            front.instances["a"].append(Instance("busy", []))
            first, second = front.instances["a"]
            second.pool, second.is_up = first.pool, True
            waiting = [asyncio.create_task(front.handle(Request("POST", PATH))) for _ in range(10)]
            await asyncio.sleep(0)
            in_flight = first.in_flight, second.in_flight
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return in_flight

    assert asyncio.run(run()) == (5, 5)


def test_a_shadow_that_falls_behind():
    """A shadow variant that does not answer gets no more than a hundred requests at a time."""

    async def run():
        arrived = []

        async def container(request):
            arrived.append(request)
            if request.headers["accept"] == "shadow":
                await asyncio.Event().wait()
            return Response(200)

        async with front_over(container, shadow={"b": "b.tar.gz"}) as front:
            front.instances["a"][0].pool = Pool(0)
            request = Request("POST", PATH, "", {"accept": "shadow"})
            for _ in range(150):
                await front.handle(request)
            await asyncio.sleep(0.05)
            return front.instances["b"][0].in_flight

    assert asyncio.run(run()) == 100


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
def test_what_the_stand_in_does_not_have(method, path):
    """It is 404 and says what there is not."""
    answer = through_front(None, Request(method, path))

    assert (answer.status, json.loads(answer.body)["Message"]) == (404, f"no {method} {path}")
