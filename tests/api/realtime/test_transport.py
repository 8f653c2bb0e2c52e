"""An endpoint that drips, breaks off or talks nonsense, over real connections."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

from api.connect import open_endpoint
from api.errors import BadAnswerError, EndpointDownError, EndpointError
from api.realtime.circuit_breaker import FAILURES, Breaker
from api.realtime.protocol import Destination
from forecasts.times import utc_now
from tests.wire import answer, is_silent, sends, sends_and_hangs_up, wire

#: Time limit of a call, and the pause between two bytes of an endpoint that drips, in seconds.
SECONDS = 1.0
PAUSE = 0.1

FORECAST = answer(b'{"model": "v1"}', 200, x_Amzn_Invoked_Production_Variant="Depth10")


@pytest.fixture
def server(monkeypatch):
    """A server that sends the bytes that a test sets; boto3 is pointed at it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with wire() as running:
        for name in ("SAGEMAKER_RUNTIME", "LAMBDA"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", running.url)
        yield running


@pytest.fixture
def endpoint(server, scheme):  # noqa: ARG001 -- boto3 finds it
    """A client of each kind of endpoint, connected to the server."""
    with closing(open_endpoint(f"{scheme}://stationcast", SECONDS, 16)) as opened:
        yield opened


def ask(endpoint):
    """Send a line; return the body, or the error."""
    try:
        return endpoint.invoke(b'{"station_id": "JFK"}', Destination(), "r1")
    except EndpointError as error:
        return error


def drips(whole):
    """Send the bytes of *whole* one by one, for as long as the test runs and the client listens."""

    def reply(server, connection):
        for byte in whole:
            connection.sendall(bytes([byte]))
            if server.over.wait(PAUSE):
                break
        return False

    return reply


@pytest.mark.parametrize("scheme", ["sagemaker"])
def test_variants_keep_their_case(server, endpoint):
    """The variant is named as it was configured, and a connection is kept."""
    server.replies = [sends(FORECAST)] * 2

    assert [ask(endpoint).variant, ask(endpoint).variant] == ["Depth10"] * 2
    assert server.connections == 1
    assert b"Content-Length: 21" in server.requests[0][0]


@pytest.mark.parametrize(
    "dripping",
    [
        drips(FORECAST),
        lambda *of: sends(FORECAST[:-15])(*of) and drips(FORECAST[-15:])(*of),
        lambda *of: sends(b"HTTP/1.1 200 OK\r\n\r\n")(*of) and drips(b" " * 99)(*of),
        drips(answer(b"no", 500)),
        is_silent,
    ],
    ids=["header", "body", "no length", "error", "silence"],
)
def test_an_endpoint_that_drips_is_cut_off(server, endpoint, dripping):
    """The limit holds for the whole call: its thread is free again, and the breaker counts it."""
    server.replies = [dripping] * 3
    begun = time.monotonic()
    error = ask(endpoint)
    taken = time.monotonic() - begun

    assert (type(error), error.reason) == (EndpointDownError, "endpoint_timeout")
    # Dripped to its end it would take at least four times as long.
    assert taken < 3 * SECONDS


def test_dripping_opens_the_circuit(server, endpoint, empty_store):
    """Calls that drip count as failures, and every thread is free for the next call."""
    server.replies = [drips(FORECAST)] * FAILURES
    breaker = Breaker(f"test-{uuid.uuid4().hex}", empty_store, utc_now, str)

    def call(_):
        with suppress(EndpointDownError):
            breaker.call(lambda: endpoint.invoke(b"{}", Destination(), "r1"))

    with ThreadPoolExecutor(FAILURES) as threads:
        list(threads.map(call, range(FAILURES)))

    assert breaker.circuit().state == "open"


@pytest.mark.parametrize(
    ("sent", "kind", "reason"),
    [
        (answer([], 500), EndpointDownError, "endpoint_error"),
        (answer(b"\xff\xfe", 424), EndpointDownError, "endpoint_error"),
        (answer(b'{"__type": 7, "message": 8}', 400), EndpointDownError, "endpoint_error"),
        (answer(b"null", 503), EndpointDownError, "endpoint_error"),
        (answer(b"", 500), EndpointDownError, "endpoint_error"),
        (answer(b"x", 302), EndpointDownError, "endpoint_error"),
        (
            answer({"OriginalStatusCode": "no"}, 424, x_amzn_ErrorType="ModelError"),
            EndpointDownError,
            "endpoint_error",
        ),
        (b"HTTP/1.1 two OK\r\n\r\n", EndpointDownError, "endpoint_unreachable"),
        (b"nonsense\r\n\r\n", EndpointDownError, "endpoint_unreachable"),
        (FORECAST[:-4], EndpointDownError, "endpoint_unreachable"),
        (FORECAST[:40], EndpointDownError, "endpoint_unreachable"),
        (answer(b" " * 1_000_001), BadAnswerError, "bad_answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1_000_001, BadAnswerError, "bad_answer"),
    ],
)
def test_nonsense(server, endpoint, sent, kind, reason):
    """Whatever comes, it is an error of the endpoint; an answer that breaks off is like none."""
    server.replies = [sends_and_hangs_up(sent)] * 3
    error = ask(endpoint)

    assert (type(error), error.reason) == (kind, reason)


def test_through_a_proxy(server, monkeypatch, scheme):
    """If the environment names a proxy, boto3 sends the request there itself."""
    server.replies = [sends(FORECAST), sends(answer(b" " * 1_000_001))]
    for name in ("SAGEMAKER_RUNTIME", "LAMBDA"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", "http://endpoint.example")
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    with closing(open_endpoint(f"{scheme}://stationcast", SECONDS, 1)) as endpoint:
        reply, too_long = ask(endpoint), ask(endpoint)

    assert type(too_long) is BadAnswerError
    assert json.loads(reply.body) == {"model": "v1"}
    assert server.requests[0][0].startswith(b"POST http://endpoint.example/")


def test_certificates_of_the_environment(server, monkeypatch, scheme, certificate):
    """The file that AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE names is trusted, as boto3 does."""
    for kind in ("SAGEMAKER_RUNTIME", "LAMBDA"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{kind}", f"https://127.0.0.1:{server.port}")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    open_endpoint(f"{scheme}://stationcast", SECONDS, 1).close()
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate))
        open_endpoint(f"{scheme}://stationcast", SECONDS, 1).close()
        monkeypatch.setenv(name, "/nowhere")
        with pytest.raises(OSError, match="No such file"):
            open_endpoint(f"{scheme}://stationcast", SECONDS, 1)
        monkeypatch.delenv(name)
