"""The clients of endpoints, against a server that sends the answers that a test sets."""

import json
import socket
import time
from contextlib import closing

import pytest

from api.connect import open_endpoint
from api.errors import BadAnswerError, EndpointDownError, EndpointError, ModelUnavailableError
from api.realtime.protocol import Destination
from api.realtime.transport import MOST_BYTES
from tests.api.answering import failure, forecast_around, of_sagemaker, refusal

LINE = json.dumps(
    {"station_id": "JFK", "issue_time": "2013-12-30T00:00:00Z", "history": {"temperature": []}}
).encode()
SECONDS = 1.0


@pytest.fixture
def endpoint(runtime, scheme):  # noqa: ARG001 -- boto3 finds it
    """A client of each kind, connected to the server."""
    with closing(open_endpoint(f"{scheme}://stationcast", SECONDS, 2)) as opened:
        yield opened


def ask(endpoint, variant=None, model=None):
    """Send a line."""
    return endpoint.invoke(LINE, Destination(variant, model), "r1")


def refused(endpoint, model=None):
    """Send a line that is refused; return the error."""
    with pytest.raises(EndpointError) as raised:
        ask(endpoint, model=model)
    return raised.value


def slowly(_request):
    """Answer after the time limit."""
    time.sleep(SECONDS * 1.5)
    return 200, {}, b""


def endlessly(_request):
    """Send more bytes than any forecast has."""
    return 200, {}, b" " * (MOST_BYTES + 1)


def hang_up_first():
    """Return an answer that hangs up the first time only."""
    answers = iter([None])
    return lambda request: next(answers, forecast_around(3.6)(request))


@of_sagemaker
def test_request(endpoint, runtime):
    """A SageMaker endpoint is called by its name, with a variant and a target model."""
    ask(endpoint, "depth10", "pm25.tar.gz")

    assert runtime.paths == ["/endpoints/stationcast/invocations"]
    assert runtime.asked == [("depth10", "pm25.tar.gz")]


def test_reply(endpoint, runtime):
    """The body is returned as it was sent, with the variant that sent it."""
    reply = ask(endpoint)

    assert reply.variant == "first"
    assert json.loads(reply.body)["model"] == "v1"
    assert runtime.lines == [json.loads(LINE)]
    assert runtime.asked == [(None, None)]


def test_no_variant_is_named(endpoint, runtime):
    """A reply may not name its variant."""
    runtime.answer = lambda _request: (200, {}, b"{}")

    assert ask(endpoint).variant is None


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (slowly, EndpointDownError, "endpoint_timeout"),
        (lambda _request: None, EndpointDownError, "endpoint_unreachable"),
        (endlessly, BadAnswerError, "bad_answer"),
        (refusal("TooManyRequestsException", 429), EndpointDownError, "endpoint_busy"),
        (refusal("ThrottlingException", 400), EndpointDownError, "endpoint_busy"),
        (refusal("AccessDeniedException", 403), EndpointDownError, "endpoint_error"),
        (refusal("ServiceUnavailable", 503), EndpointDownError, "endpoint_error"),
        (refusal("Whatever", 500), EndpointDownError, "endpoint_error"),
    ],
)
def test_failures(endpoint, runtime, answer, error, reason):
    """Each failure has its own reason, and says whether the endpoint is down."""
    runtime.answer = answer
    raised = refused(endpoint)

    assert type(raised) is error
    assert raised.reason == reason


@of_sagemaker
@pytest.mark.parametrize(
    ("answer", "model", "error", "reason"),
    [
        (refusal("ModelNotReadyException", 429), "m", ModelUnavailableError, "model_not_ready"),
        (
            refusal("ValidationError", 400, message="Failed to download model data"),
            "m",
            ModelUnavailableError,
            "model_missing",
        ),
        (
            refusal("ValidationError", 400, message="Endpoint x of account 1 not found."),
            "m",
            EndpointDownError,
            "endpoint_error",
        ),
        (refusal("ValidationError", 400), None, EndpointDownError, "endpoint_error"),
        (
            refusal("ModelError", 424, OriginalStatusCode=400),
            None,
            EndpointError,
            "endpoint_error",
        ),
        (
            refusal("ModelError", 424, OriginalStatusCode=500),
            None,
            EndpointDownError,
            "endpoint_error",
        ),
    ],
)
def test_refusals_of_sagemaker(endpoint, runtime, answer, model, error, reason):
    """A missing model or a bad line is not the endpoint's fault; a missing endpoint is."""
    runtime.answer = answer
    raised = refused(endpoint, model)

    assert type(raised) is error
    assert raised.reason == reason


@pytest.mark.parametrize("scheme", ["lambda"])
@pytest.mark.parametrize(
    ("answer", "error", "reason", "words"),
    [
        (
            failure("InputError", "line 1: no field 'history'"),
            EndpointError,
            "endpoint_error",
            "no field 'history' (Lambda's request lambda-1)",
        ),
        (failure("KeyError"), EndpointDownError, "endpoint_error", "KeyError"),
        (
            failure("Runtime.ExitError", "Runtime exited with error: exit status 1"),
            EndpointDownError,
            "endpoint_error",
            "exit status 1",
        ),
        (
            failure("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 15.00 seconds"),
            EndpointDownError,
            "endpoint_timeout",
            "timed out",
        ),
        (
            lambda _request: (200, {"X-Amz-Function-Error": "Unhandled"}, b"gone"),
            EndpointDownError,
            "endpoint_error",
            "without a reason",
        ),
        (
            lambda _request: (200, {"X-Amz-Function-Error": "Unhandled"}, b"[]"),
            EndpointDownError,
            "endpoint_error",
            "without a reason",
        ),
        (
            refusal("ResourceNotFoundException", 404, message="Function not found: x"),
            EndpointDownError,
            "endpoint_error",
            "Function not found",
        ),
    ],
)
def test_failures_of_a_function(endpoint, runtime, answer, error, reason, words):
    """A line that the function refuses is not its fault; every other failure is."""
    runtime.answer = answer
    raised = refused(endpoint)

    assert type(raised) is error
    assert raised.reason == reason
    assert words in str(raised)


@pytest.mark.usefixtures("runtime")
def test_port_without_a_listener(monkeypatch, scheme):
    """A port without a listener is an endpoint that cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name in ("SAGEMAKER_RUNTIME", "LAMBDA"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", f"http://127.0.0.1:{port}")
    with closing(open_endpoint(f"{scheme}://stationcast", SECONDS, 2)) as endpoint:
        raised = refused(endpoint)

    assert type(raised) is EndpointDownError
    assert raised.reason == "endpoint_unreachable"


def test_a_broken_connection_is_tried_once_more(endpoint, runtime):
    """If a kept connection breaks at once, the line is sent again."""
    runtime.answer = hang_up_first()

    assert ask(endpoint).variant == "first"
    assert len(runtime.lines) == 2


def test_a_connection_that_breaks_late_is_not_tried_again(endpoint, runtime):
    """If half of the time limit is over, there is no second try."""

    def late(_request):
        time.sleep(SECONDS * 0.6)

    runtime.answer = late
    with pytest.raises(EndpointDownError):
        ask(endpoint)

    assert len(runtime.lines) == 1
