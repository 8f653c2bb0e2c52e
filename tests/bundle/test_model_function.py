"""The model's bundle in Lambda's runtime, over S3, called through boto3 as the API does."""

import json
import os
import signal
from contextlib import closing

import pytest

from api.errors import EndpointDownError
from api.realtime.lambda_function import LambdaEndpoint
from api.realtime.protocol import Destination
from bench.harness.lambda_service import NAME, model_function, refusal, serving_lambda
from bench.harness.server import family_of
from model.inference import input_fn, output_fn, predict_fn
from scripts.bundle import size_of
from tests.endpoint import JSON_LINES, a_line, until

SECONDS = 5.0


@pytest.fixture(scope="module")
def emulator(runtime, bundle_of, compiled_path, tmp_path_factory):  # noqa: ARG001 -- skips without it
    """The function with the small model, compiled."""
    log = tmp_path_factory.mktemp("model-function") / "log"
    with model_function(bundle_of("ModelFunction"), compiled_path, log) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def service(emulator):
    """Lambda's Invoke API in front of the function."""
    with serving_lambda(emulator) as service:
        yield service


@pytest.fixture
def lead_boto3(service, monkeypatch):
    """The variables that point boto3 at that API."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def endpoint(lead_boto3):  # noqa: ARG001 -- boto3 reads them
    """The API's client of the function."""
    with closing(LambdaEndpoint(f"{NAME}:live", SECONDS, 1)) as client:
        yield client


def processes_of(emulator):
    """Return the ids of the processes that the emulator has started."""
    return family_of(emulator.server.pid)[1:]


def ask(endpoint, line):
    """Send a line; return the reply."""
    return endpoint.invoke(json.dumps(line).encode(), Destination(), "r1")


def test_it_carries_numpy_alone(bundle_of):
    """The bundle has no XGBoost, AWS library or model: the artifact brings its code along."""
    names = {path.name for path in bundle_of("ModelFunction").iterdir()}
    shared = {path.name for path in (bundle_of("ModelFunction") / "forecasts").iterdir()}

    assert {"model_function", "numpy"} <= names
    assert not names & {"model", "xgboost", "scipy", "boto3", "botocore", "api"}
    assert shared - {"__pycache__"} == {"__init__.py", "aws"}
    assert size_of(bundle_of("ModelFunction")).zipped < 20e6


@pytest.mark.parametrize("station_id", ["JFK", "Zürich \u2028"])
def test_the_same_answer(endpoint, model, station_id):
    """The response is byte for byte the model's own line, with the version."""
    line = a_line(station_id)
    expected = output_fn(predict_fn(input_fn(json.dumps(line), JSON_LINES), model), JSON_LINES)
    reply = ask(endpoint, line)

    assert reply.body == expected
    assert reply.variant == "1"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"station_id": "JFK"}, "no field 'history'"),
        (a_line(issue_time="yesterday"), "'yesterday' is not a time"),
        ([], "not a JSON object"),
    ],
)
def test_a_malformed_line(endpoint, line, words):
    """A line that the model refuses has an answer with the reason, and so has the next one."""
    refused = json.loads(ask(endpoint, line).body)

    assert words in refused["error"]
    assert ask(endpoint, a_line()).variant == "1"


def test_a_process_that_dies(endpoint, emulator):
    """A crash is the function's fault, and the next request finds it restarted."""
    ask(endpoint, a_line())
    [process] = processes_of(emulator)
    os.kill(process, signal.SIGKILL)
    until(lambda: processes_of(emulator), lambda found: found != [process])
    with pytest.raises(EndpointDownError, match=r"Runtime\.ExitError") as raised:
        ask(endpoint, a_line())

    assert raised.value.reason == "endpoint_error"
    assert ask(endpoint, a_line()).variant == "1"


@pytest.mark.usefixtures("lead_boto3")
def test_another_function():
    """A missing function is an endpoint that is down, and the error names it."""
    with (
        closing(LambdaEndpoint("another", SECONDS, 1)) as endpoint,
        pytest.raises(EndpointDownError, match=r"Function not found.*another"),
    ):
        ask(endpoint, a_line())


def test_refusals_of_the_service(endpoint, service):
    """Refusals of the stand-in reach boto3 as Lambda's own."""
    service.bad_answer = refusal(429, "TooManyRequestsException", "Rate Exceeded.")
    try:
        with pytest.raises(EndpointDownError, match=r"Rate Exceeded") as raised:
            ask(endpoint, a_line())
    finally:
        service.bad_answer = None

    assert raised.value.reason == "endpoint_busy"


@pytest.mark.usefixtures("runtime")
def test_an_artifact_that_is_not_compiled(bundle_of, model_path, tmp_path, lead_boto3, monkeypatch):  # noqa: ARG001 -- boto3 reads it
    """Trees that need XGBoost keep the function from starting, and the error says what to do."""
    log = tmp_path / "log"
    with (
        model_function(bundle_of("ModelFunction"), model_path, log) as emulator,
        serving_lambda(emulator) as service,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", service.url)
        with (
            closing(LambdaEndpoint(NAME, SECONDS, 1)) as endpoint,
            pytest.raises(EndpointDownError) as raised,
        ):
            ask(endpoint, a_line())

    assert raised.value.reason == "endpoint_error"
    assert "stationcast compile" in f"{raised.value} {log.read_text()}"


def test_the_folder_of_the_function_is_not_written_to(bundle_of, endpoint):
    """A request writes nothing into the bundle, because Lambda would not allow it."""
    before = set(bundle_of("ModelFunction").rglob("*"))
    ask(endpoint, a_line())

    assert set(bundle_of("ModelFunction").rglob("*")) == before
