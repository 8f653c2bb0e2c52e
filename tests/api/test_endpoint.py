"""The client of the endpoint, against a server that answers what a test tells it to."""

import json
import socket
import time

import pytest

from api.endpoint import MOST_BYTES, SageMakerEndpoint
from api.errors import BadAnswerError, EndpointDownError, EndpointError, ModelUnavailableError
from api.target import Target
from tests.api.answering import forecast_around, refusal

LINE = json.dumps(
    {"station_id": "JFK", "issue_time": "2013-12-30T00:00:00Z", "history": {"temperature": []}}
).encode()
SECONDS = 0.5


@pytest.fixture
def endpoint(runtime):  # noqa: ARG001 -- boto3 finds it
    """A client of the server."""
    return SageMakerEndpoint("stationcast", SECONDS, 2)


def ask(endpoint, variant=None, model=None):
    """Send the line."""
    return endpoint.invoke(LINE, Target(variant, model), "r1")


def slowly(_request):
    """Answer after the time limit."""
    time.sleep(SECONDS * 1.5)
    return 200, {}, b""


def endlessly(_request):
    """Answer more than any forecast has."""
    return 200, {}, b" " * (MOST_BYTES + 1)


def hang_up_first():
    """Return an answer that hangs up the first time only."""
    answers = iter([None])
    return lambda request: next(answers, forecast_around(3.6)(request))


def test_reply(endpoint, runtime):
    """The body comes back as it was sent, with the variant that has answered."""
    reply = ask(endpoint, "depth10", "pm25.tar.gz")

    assert reply.variant == "first"
    assert json.loads(reply.body)["model"] == "v1"
    assert runtime.lines == [json.loads(LINE)]
    assert runtime.asked == [("depth10", "pm25.tar.gz")]


def test_no_variant_is_named(endpoint, runtime):
    """A reply may come without the name of a variant."""
    runtime.answer = lambda _request: (200, {}, b"{}")

    assert ask(endpoint).variant is None


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
        (refusal("ThrottlingException", 400), None, EndpointDownError, "endpoint_busy"),
        (refusal("InternalFailure", 500), None, EndpointDownError, "endpoint_error"),
        (refusal("ServiceUnavailable", 503), None, EndpointDownError, "endpoint_error"),
        (refusal("AccessDeniedException", 403), None, EndpointDownError, "endpoint_error"),
        (slowly, None, EndpointDownError, "endpoint_timeout"),
        (lambda _request: None, None, EndpointDownError, "endpoint_unreachable"),
        (endlessly, None, BadAnswerError, "bad_answer"),
    ],
)
def test_refusals(endpoint, runtime, answer, model, error, reason):
    """Each way to fail has its reason, and says whether the endpoint is down."""
    runtime.answer = answer
    with pytest.raises(EndpointError) as raised:
        ask(endpoint, model=model)

    assert type(raised.value) is error
    assert raised.value.reason == reason


@pytest.mark.usefixtures("runtime")
def test_nobody_listens(monkeypatch):
    """A port where nobody listens is an endpoint that cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", f"http://127.0.0.1:{port}")
    with pytest.raises(EndpointDownError) as raised:
        ask(SageMakerEndpoint("stationcast", SECONDS, 2))

    assert raised.value.reason == "endpoint_unreachable"


def test_a_broken_connection_is_tried_once_more(endpoint, runtime):
    """A connection that was kept too long breaks at once, and the line is sent again."""
    runtime.answer = hang_up_first()

    assert ask(endpoint).variant == "first"
    assert len(runtime.lines) == 2


def test_a_connection_that_breaks_late_is_not(endpoint, runtime):
    """Where half of the time is over there is no second try."""

    def late(_request):
        time.sleep(SECONDS * 0.6)

    runtime.answer = late
    with pytest.raises(EndpointDownError):
        ask(endpoint)

    assert len(runtime.lines) == 1
