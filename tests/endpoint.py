"""The stand-in of a SageMaker endpoint in tests: its boto3 clients, and requests."""

import json
import time
from functools import cache
from pathlib import Path

import boto3
from botocore.config import Config

#: Initial weights of the variants of the fixture `endpoint`.
WEIGHTS = {"depth5": 95.0, "depth10": 5.0}

#: boto3 requires credentials, even if nothing checks them.
UNCHECKED = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
}

JSON_LINES = "application/jsonlines"


def runtime_client(endpoint, read_seconds=60):
    """Return a boto3 client of SageMaker Runtime that does not retry."""
    return _client("sagemaker-runtime", endpoint.url, read_seconds)


def control_client(endpoint):
    """Return a boto3 client of SageMaker's control plane."""
    return _control_client(endpoint.url)


@cache  # it takes a tenth of a second to make one
def _control_client(url):
    return _client("sagemaker", url, 60)


def invoke(client, *lines, **more):
    """Send transform lines; return boto3's response, with its body read."""
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    arguments = {"EndpointName": "stationcast", "Body": body, "ContentType": JSON_LINES} | more
    answer = client.invoke_endpoint(**arguments)
    return answer | {"Body": answer["Body"].read()}


def put_weights(endpoint, weights):
    """Set other weights of the production variants."""
    control_client(endpoint).update_endpoint_weights_and_capacities(
        EndpointName=endpoint.name,
        DesiredWeightsAndCapacities=[
            {"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()
        ],
    )


def containers_of(endpoint):
    """Return the process ids of the containers of an endpoint."""
    children = Path(f"/proc/{endpoint.pid}/task/{endpoint.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def is_alive(pid):
    """Whether a process runs."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def until(ask, is_done):
    """Repeat a call until its result is as expected; return it. Tests have their own time limit."""
    while not is_done(answer := ask()):
        time.sleep(0.01)
    return answer


def a_line(station_id="JFK", **changes):
    """Return a transform line of the small model's two parameters."""
    history = {
        "temperature": [3.0 + hour % 24 / 4 for hour in range(168)],
        "pressure": [1013.0 + hour % 7 for hour in range(168)],
    }
    line = {
        "station_id": station_id,
        "latitude": 40.64,
        "longitude": -73.78,
        "elevation": 4.0,
        "issue_time": "2013-12-30T00:00:00Z",
        "history": history,
    }
    return line | changes


def _client(service, url, read_seconds):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 -- it takes any
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_seconds),
    )
