"""SageMaker Runtime of the stand-in, through an unmodified boto3 client."""

import json
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from local.errors import EndpointError
from local.standin.endpoint import Endpoint, running
from model.inference import input_fn, predict_fn
from tests.endpoint import (
    JSON_LINES,
    a_line,
    containers_of,
    invoke,
    put_weights,
    runtime_client,
    until,
)
from tests.factories import histories


@pytest.fixture(scope="module")
def client(endpoint_process):
    """A boto3 client of the endpoint."""
    return runtime_client(endpoint_process)


def error_of(client, **request):
    """Send a request that is refused; return boto3's error."""
    with pytest.raises(ClientError) as caught:
        invoke(client, a_line(), **request)
    return caught.value


def message_of(error):
    """Return the service's message."""
    return error.response["Error"]["Message"]


def answered(endpoint, calls):
    """Count how many calls each variant gets while *calls* runs."""
    before = endpoint.invocations()
    calls()
    return {
        name: counts["invocations"] - before[name]["invocations"]
        for name, counts in endpoint.invocations().items()
    }


def test_the_variables(endpoint, monkeypatch):
    """A plain boto3 client finds the endpoint by its environment variables."""
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    variables = endpoint.environment | credentials | {"AWS_DEFAULT_REGION": "eu-central-1"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    runtime, control = boto3.client("sagemaker-runtime"), boto3.client("sagemaker")
    answer = invoke(runtime, a_line())
    status = control.describe_endpoint(EndpointName="stationcast")["EndpointStatus"]
    runtime.close()
    control.close()

    assert (answer["ContentType"], status) == (JSON_LINES, "InService")


@pytest.mark.usefixtures("endpoint")
def test_an_answer(client):
    """boto3 returns the body, the content type and the name of the variant."""
    answer = invoke(client, a_line(), Accept=JSON_LINES)

    assert answer["ContentType"] == JSON_LINES
    assert answer["InvokedProductionVariant"] in {"depth5", "depth10"}
    assert json.loads(answer["Body"])["station_id"] == "JFK"


@settings(max_examples=25)
@given(
    given_histories=st.lists(histories(), min_size=1, max_size=3),
    elevation=st.none() | st.floats(-430, 9000),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
)
def test_the_same_numbers(client, model, given_histories, elevation, latitude, longitude):
    """boto3 returns exactly the numbers of `predict_fn` in this process."""
    place = {"latitude": latitude, "longitude": longitude, "elevation": elevation}
    lines = [a_line(f"S{n}", history=h, **place) for n, h in enumerate(given_histories)]
    answer = invoke(client, *lines)
    body = "".join(json.dumps(line) + "\n" for line in lines)

    got = [json.loads(line) for line in answer["Body"].decode().splitlines()]
    assert got == predict_fn(input_fn(body, JSON_LINES), model)


def test_weights(endpoint, client):
    """Requests are divided by weight: 95 to 5, within the binomial 99.9 % interval."""

    def calls():
        for _ in range(300):
            assert message_of(error_of(client, Body=b"\n")).startswith(
                "Received client error (400)"
            )

    counts = answered(endpoint, calls)
    low, high = binom.interval(0.999, 300, 0.05)

    assert low <= counts["depth10"] <= high
    assert sum(counts.values()) == 300


def test_new_weights(endpoint, client):
    """New weights apply to the next request; a variant of weight 0 can still be targeted."""
    put_weights(endpoint, {"depth5": 0, "depth10": 1})
    drawn = {invoke(client, a_line())["InvokedProductionVariant"] for _ in range(20)}
    targeted = invoke(client, a_line(), TargetVariant="depth5")

    assert drawn == {"depth10"}
    assert targeted["InvokedProductionVariant"] == "depth5"


def test_an_unknown_endpoint(client):
    """An unknown endpoint is a ValidationError with the service's message."""
    error = error_of(client, EndpointName="nobody")

    assert isinstance(error, client.exceptions.ValidationError)
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert message_of(error) == "Endpoint nobody of account 000000000000 not found."


def test_an_unknown_variant(client):
    """An unknown variant is a ValidationError that names it."""
    error = error_of(client, TargetVariant="depth6")

    assert isinstance(error, client.exceptions.ValidationError)
    assert message_of(error) == "Variant depth6 of endpoint stationcast not found."


def test_a_target_model_without_several(client):
    """TargetModel is a ValidationError if the endpoint has one model per variant."""
    error = error_of(client, TargetModel="pm25.tar.gz")

    assert isinstance(error, client.exceptions.ValidationError)
    assert message_of(error) == (
        "Endpoint stationcast is not a multi-model endpoint and does not support target model "
        "header."
    )


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        ({"Body": b""}, 400, "the request has no lines"),
        ({"ContentType": "text/csv"}, 415, "content type 'text/csv'; send application/jsonlines"),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_refusals_of_the_container(client, request_, status, message):
    """A refusal is a ModelError with the container's status and message."""
    error = error_of(client, **request_)

    assert isinstance(error, client.exceptions.ModelError)
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error.response["OriginalStatusCode"] == status
    assert error.response["OriginalMessage"] == message
    assert error.response["LogStreamArn"].endswith(
        ":log-group:/aws/sagemaker/Endpoints/stationcast"
    )
    assert message_of(error).startswith(
        f'Received client error ({status}) from primary with message "{message}".'
    )


def test_a_body_too_large(client):
    """A body of more than 6 MB is refused before it reaches the container."""
    error = error_of(client, Body=b" " * 6_291_457)

    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert message_of(error) == "HTTP content length exceeded 6291456 bytes."


def test_a_shadow_variant(model_path):
    """It gets a copy of each request; its answers and errors are discarded."""
    shadowed = Endpoint(variants={"depth5": str(model_path)}, shadow={"depth10": str(model_path)})
    with running(shadowed) as endpoint:
        client = runtime_client(endpoint)
        answers = [invoke(client, a_line()) for _ in range(5)]
        error_of(client, Body=b"\n")
        counts = until(endpoint.invocations, lambda got: got["depth10"]["invocations"] == 6)
        refused = error_of(client, TargetVariant="depth10")
        client.close()

    assert {answer["InvokedProductionVariant"] for answer in answers} == {"depth5"}
    assert counts == {name: {"invocations": 6, "errors": 1} for name in ("depth5", "depth10")}
    assert message_of(refused) == "Variant depth10 of endpoint stationcast not found."


def test_several_workers(model_path):
    """Each variant has several containers, which give the same answers."""
    with running(Endpoint(variants={"a": str(model_path)}, workers=2)) as endpoint:
        client = runtime_client(endpoint)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: invoke(client, a_line())["Body"], range(40)))
        client.close()
        containers = containers_of(endpoint)

    assert len(set(answers)) == 1
    assert len(containers) == 2


A = {"a": "a.tar.gz"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "it has production variants, or a folder of models, and not both"),
        ({"variants": A, "models": "folder"}, "it has production variants, or a folder"),
        ({"variants": A, "name": "my_endpoint"}, "'my_endpoint' is no name"),
        ({"variants": {"depth 5": "a.tar.gz"}}, "'depth 5' is no name"),
        ({"variants": A, "shadow": {"-": "b"}}, "'-' is no name"),
        ({"variants": A | {"b": "b"}, "shadow": {"c": "c"}}, "a shadow variant needs exactly one"),
        ({"models": "folder", "shadow": {"c": "c"}}, "a shadow variant needs exactly one"),
        ({"variants": A, "shadow": A}, "there is one shadow variant, with a name of its own"),
        ({"variants": A, "shadow": {"b": "b", "c": "c"}}, "there is one shadow variant"),
        ({"variants": A, "weights": {"b": 1}}, "'b' has a weight and is no production variant"),
        ({"variants": A, "weights": {"a": -1}}, "a weight is a number from 0 up"),
        ({"variants": A, "weights": {"a": float("nan")}}, "a weight is a number from 0 up"),
        ({"variants": A, "weights": {"a": float("inf")}}, "a weight is a number from 0 up"),
        ({"variants": A, "weights": {"a": 0}}, "every weight is 0: no variant would answer"),
        ({"variants": A, "workers": 0}, "each variant has at least one container"),
    ],
)
def test_invalid_endpoints(arguments, reason):
    """An endpoint that SageMaker would refuse is refused before anything starts."""
    with pytest.raises(EndpointError) as caught:
        Endpoint(**arguments)

    assert f": {reason}" in str(caught.value)
