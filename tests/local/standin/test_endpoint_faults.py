"""Faults of the endpoint, which boto3 sees as those of the real service."""

import contextlib

import httpx
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.endpoint import a_line, invoke, runtime_client


@pytest.fixture
def client(endpoint):
    """A boto3 client of the endpoint with a timeout of half a second."""
    client = runtime_client(endpoint, read_seconds=0.5)
    yield client
    client.close()


def error_of(client, **request):
    """Send a request that fails; return boto3's error."""
    with pytest.raises(ClientError) as caught:
        invoke(client, a_line(), **request)
    return caught.value


def test_a_delay(endpoint, client):
    """A long delay is a timeout of the client; the client waits out a short one."""
    endpoint.put_faults(delay_seconds=5)
    with pytest.raises(ReadTimeoutError):
        invoke(client, a_line())
    endpoint.put_faults(delay_seconds=0.1)
    answer = invoke(client, a_line())

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_delay_of_one_variant(endpoint, client):
    """The other variant still answers at once."""
    endpoint.put_faults(delay_seconds=5, variant="depth10")
    with pytest.raises(ReadTimeoutError):
        invoke(client, a_line(), TargetVariant="depth10")

    assert invoke(client, a_line(), TargetVariant="depth5")["InvokedProductionVariant"] == "depth5"


def test_errors_of_the_model(endpoint, client):
    """An error of the model is a ModelError with status 500."""
    endpoint.put_faults(error_rate=1)
    error = error_of(client)

    assert isinstance(error, client.exceptions.ModelError)
    assert error.response["OriginalStatusCode"] == 500


def test_a_share_of_errors(endpoint, client):
    """With an error rate, some requests fail and some do not."""
    endpoint.put_faults(error_rate=0.5)
    before = endpoint.invocations()["depth5"]["errors"]
    answered = 0
    for _ in range(60):
        with contextlib.suppress(ClientError):
            answered += bool(invoke(client, a_line(), TargetVariant="depth5"))

    assert 10 <= answered <= 50
    assert endpoint.invocations()["depth5"]["errors"] - before == 60 - answered


def test_dropped_connections(endpoint, client):
    """A connection that is closed without a response is a ConnectionClosedError."""
    endpoint.put_faults(drop_rate=1)
    with pytest.raises(ConnectionClosedError):
        invoke(client, a_line())


def test_throttling(endpoint, client):
    """Too many requests are a ThrottlingException."""
    endpoint.put_faults(throttle_rate=1)
    error = error_of(client)

    assert error.response["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_refused_connections(endpoint, client):
    """New and idle connections are refused until the fault is off."""
    invoke(client, a_line())
    endpoint.put_faults(refuse=True)
    with pytest.raises(EndpointConnectionError):
        invoke(client, a_line())
    endpoint.clear_faults()

    assert invoke(client, a_line())["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_faults_on_the_port_of_the_endpoint(endpoint):
    """Faults can also be set and read on the endpoint's own port."""
    url = f"{endpoint.url}/faults"
    put = httpx.put(url, json={"delay_seconds": 1}).json()
    got = httpx.get(url).json()
    refused = httpx.put(url, json={"refuse": True}).json()
    cleared = httpx.delete(f"{endpoint.faults_url}/faults").json()

    assert put == got
    assert (got["delay_seconds"], got["refuse"]) == (1, False)
    assert refused["refuse"] is True
    assert cleared == httpx.get(url).json()
    assert not any(cleared.values())


def test_invalid_faults(endpoint):
    """Invalid faults are refused with the name of the field, and the faults stay as they were."""
    endpoint.put_faults(delay_seconds=1)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        endpoint.put_faults(error_rate=2)
    refused = caught.value.response

    assert refused.status_code == 400
    assert refused.json() == {"Message": "'error_rate' is 2, not a number from 0 to 1"}
    assert httpx.get(f"{endpoint.url}/faults").json()["delay_seconds"] == 1
