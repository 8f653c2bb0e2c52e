"""Events of API Gateway are answered as Mangum and FastAPI answer them, with neither of them."""

import asyncio
import json
import logging
from contextlib import contextmanager

import pytest
from mangum import Mangum

from api.app import make_endpoints
from api.events import Handler
from forecasts.errors import FormatError, StoreError
from tests.api.conftest import FailingStore
from tests.api.http.test_middleware import EVERY
from tests.api.test_handler import event


def over(endpoints):
    """Make a handler over endpoints and FastAPI's application of them, as the function has it."""
    return Handler(endpoints, lambda: endpoints.application)


@pytest.fixture
def handler(endpoints):
    """The handler over `store`; it has no event loop."""
    return over(endpoints)


@contextmanager
def mangum_over(app):
    """Give a function that answers an event through Mangum and an application."""
    text = ["text/", "application/json", "application/problem+json", "application/geo+json"]
    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        mangum = Mangum(app, lifespan="off", text_mime_types=text)
        yield lambda event: mangum(event, None)
    asyncio.set_event_loop(None)


@pytest.fixture
def through_mangum(app):
    """A function that answers an event through Mangum and FastAPI's application."""
    with mangum_over(app) as through:
        yield through


def asking(path, method="GET", name="api_get", **headers):
    """Return an event that asks for a path with a query."""
    asked = event(name, **headers)
    path, _, asked["rawQueryString"] = path.partition("?")
    asked["rawPath"] = asked["requestContext"]["http"]["path"] = path
    asked["requestContext"]["http"]["method"] = method
    return asked


@pytest.mark.parametrize("name", ["api_get", "api_get_gzip"])
@pytest.mark.parametrize(
    "path",
    [
        *EVERY,
        "/nothing",
        "/v1/stations/J%2FK/forecast",
        "/v1/stations/%F0%9F%8C%8D/forecast",
        "/v1/stations?q=Z%C3%BCrich&limit=1",
        "/v1/stations?format=csv",
        "/v1/stations?limit=0",
        "/v1/stations/JFK/forecast?hour=1",
        "/v1/map/stations",
        "/v1/map/forecasts?parameter=temperature",
    ],
)
def test_the_same_answers_as_mangum(handler, through_mangum, path, name):
    """Whatever is asked for, status, header fields and body are those of FastAPI's application."""
    for method in ("GET", "HEAD", "OPTIONS", "PUT"):
        asked = asking(path, method, name, x_request_id="same")

        assert handler(asked, None) == through_mangum(asked)


@pytest.mark.parametrize("error", [ZeroDivisionError(), StoreError("no disk"), FormatError("bad")])
def test_the_same_answers_to_errors(clock, error):
    """So are the answers where reading fails, whether or not somebody foresaw how."""
    endpoints = make_endpoints(FailingStore(error), clock)
    asked = event("api_get", x_request_id="same")
    with mangum_over(endpoints.application) as through:
        expected = through(asked)

    assert over(endpoints)(asked, None) == expected
    assert expected["statusCode"] >= 500


def test_not_modified(handler, through_mangum):
    """So is the answer to a client that has it already."""
    etag = handler(event("api_get"), None)["headers"]["etag"]
    asked = event("api_get", if_none_match=etag, x_request_id="same")

    assert handler(asked, None) == through_mangum(asked)
    assert handler(asked, None)["statusCode"] == 304


def test_post_goes_through_a_loop(handler, through_mangum):
    """What may wait for the real-time model is Mangum's."""
    asked = event("api_post", x_request_id="same")
    answer = handler(asked, None)

    assert answer == through_mangum(asked)
    assert json.loads(answer["body"])["degraded"]["reason"] == "endpoint_off"


def test_unforeseen_error(clock, caplog):
    """An error that nobody foresaw is answered as a problem, and its traceback is in the log."""
    handler = over(make_endpoints(FailingStore(ZeroDivisionError("what happened")), clock))
    with caplog.at_level(logging.ERROR):
        answer = handler(event("api_get"), None)

    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["type"] == "/problems/internal-error"
    assert "what happened" in caplog.text


def test_store_that_is_down(clock):
    """An error of the store is the problem that it is everywhere."""
    handler = over(make_endpoints(FailingStore(StoreError("no disk")), clock))

    assert handler(event("api_get"), None)["statusCode"] == 503


def test_header_that_comes_twice():
    """Header fields of one name are one field for API Gateway."""

    async def app(_scope, _receive, send):
        headers = [(b"vary", b"a"), (b"vary", b"b"), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": "é".encode()})

    answer = Handler(app, lambda: app)(event("api_get"), None)

    assert answer["headers"] == {"vary": "a,b", "content-type": "text/plain"}
    assert answer["body"] == "é"


def test_get_without_a_body():
    """A GET that asks for its body finds it empty."""
    bodies = []

    async def app(_scope, receive, send):
        bodies.append(await receive())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    Handler(app, lambda: app)(event("api_get"), None)

    assert bodies == [{"type": "http.request", "body": b"", "more_body": False}]


def test_get_that_waits():
    """A GET that waits for something is a mistake in the application, and is named."""

    async def app(_scope, _receive, _send):
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="/v1/stations/JFK/forecast waits"):
        Handler(app, lambda: app)(event("api_get"), None)
