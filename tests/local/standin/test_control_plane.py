"""The actions of the control plane that the commands use, through boto3."""

import asyncio
from random import Random

import httpx
import pytest
from botocore.exceptions import ClientError
from starlette.routing import Route

from local.standin.control_plane import ControlPlane
from local.standin.endpoint import Endpoint
from local.standin.server import application
from local.standin.weighted_choice import Weights
from tests.endpoint import WEIGHTS, control_client, put_weights

UNKNOWN_VARIANT = (
    'The variant name(s) "depth6" is/are not present within endpoint configuration '
    '"stationcast-config".'
)

ARN = "arn:aws:sagemaker:local:000000000000:endpoint/stationcast"


@pytest.fixture
def client(endpoint):
    """A boto3 client of the control plane."""
    return control_client(endpoint)


def refusal_of(call, **arguments):
    """Make a call that is refused; return code and message."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def send(endpoint, body, target):
    """Send an action without boto3, which would refuse it; return the status and the error."""
    answer = httpx.post(endpoint.url, content=body, headers={"x-amz-target": target})
    return answer.status_code, answer.json()["__type"], answer.json()["message"]


def test_describe_endpoint(client):
    """The endpoint is in service, with the weight and the instances of each variant."""
    got = client.describe_endpoint(EndpointName="stationcast")

    assert (got["EndpointArn"], got["EndpointStatus"]) == (ARN, "InService")
    assert got["EndpointConfigName"] == "stationcast-config"
    assert got["CreationTime"] == got["LastModifiedTime"]
    assert "ShadowProductionVariants" not in got
    assert got["ProductionVariants"] == [
        {
            "VariantName": name,
            "CurrentWeight": weight,
            "DesiredWeight": weight,
            "CurrentInstanceCount": 1,
            "DesiredInstanceCount": 1,
        }
        for name, weight in WEIGHTS.items()
    ]


def test_describe_endpoint_config(endpoint, client):
    """The configuration keeps the first weights, and names the model of each variant."""
    put_weights(endpoint, {"depth5": 1, "depth10": 0})
    got = client.describe_endpoint_config(EndpointConfigName="stationcast-config")

    assert [v["InitialVariantWeight"] for v in got["ProductionVariants"]] == [95.0, 5.0]
    assert {v["ModelName"] for v in got["ProductionVariants"]} == {"model"}
    assert got["EndpointConfigArn"].endswith(":endpoint-config/stationcast-config")


def test_list_endpoints(client):
    """The one endpoint is found by a part of its name."""
    found = client.list_endpoints(NameContains="cast")["Endpoints"]

    assert [endpoint["EndpointArn"] for endpoint in found] == [ARN]
    assert client.list_endpoints(NameContains="other")["Endpoints"] == []
    assert client.list_endpoints()["Endpoints"] == found


def test_new_weights(client):
    """Named variants get a new weight at once; the others keep theirs."""
    answer = client.update_endpoint_weights_and_capacities(
        EndpointName="stationcast",
        DesiredWeightsAndCapacities=[
            {"VariantName": "depth10", "DesiredWeight": 20.0, "DesiredInstanceCount": 1},
            {"VariantName": "depth5"},
        ],
    )
    got = client.describe_endpoint(EndpointName="stationcast")["ProductionVariants"]

    assert answer["EndpointArn"] == ARN
    assert {v["VariantName"]: v["CurrentWeight"] for v in got} == {"depth5": 95, "depth10": 20}


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (
            [{"VariantName": "depth6", "DesiredWeight": 1}],
            UNKNOWN_VARIANT,
        ),
        (
            [{"VariantName": "depth5", "DesiredWeight": weight} for weight in (1, 2)],
            'The variant name "depth5" was non-unique within the request.',
        ),
        (
            [{"VariantName": name, "DesiredWeight": 0} for name in ("depth5", "depth10")],
            "every weight is 0: no variant would answer",
        ),
        (
            [{"VariantName": "depth5", "DesiredInstanceCount": 2}],
            "the stand-in keeps 1 instances of depth5",
        ),
    ],
)
def test_weights_that_cannot_be(client, wishes, message):
    """Invalid changes are refused, and nothing changes."""
    arguments = {"EndpointName": "stationcast", "DesiredWeightsAndCapacities": wishes}
    refusal = refusal_of(client.update_endpoint_weights_and_capacities, **arguments)
    got = client.describe_endpoint(EndpointName="stationcast")["ProductionVariants"]

    assert refusal == ("ValidationException", message)
    assert {v["VariantName"]: v["CurrentWeight"] for v in got} == WEIGHTS


def test_another_endpoint(client):
    """The error has the ARN of the unknown endpoint or configuration."""
    endpoint = refusal_of(client.describe_endpoint, EndpointName="Nobody")
    changed = refusal_of(
        client.update_endpoint_weights_and_capacities,
        EndpointName="Nobody",
        DesiredWeightsAndCapacities=[{"VariantName": "a"}],
    )
    config = refusal_of(client.describe_endpoint_config, EndpointConfigName="nobody")

    arn = "arn:aws:sagemaker:local:000000000000:endpoint"
    assert endpoint == ("ValidationException", f'Could not find endpoint "{arn}/nobody".')
    assert changed == endpoint
    assert config[1] == f'Could not find endpoint configuration "{arn}-config/nobody".'


def test_an_action_that_is_not_there(client):
    """The error names an action that the stand-in does not have."""
    refusal = refusal_of(client.delete_endpoint, EndpointName="stationcast")

    assert refusal == ("UnknownOperationException", "the stand-in has no SageMaker.DeleteEndpoint")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"no JSON", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "not a JSON object"),
        (b"{}", 'Could not find endpoint "arn:aws:sagemaker:local:000000000000:endpoint/none".'),
    ],
)
def test_malformed_requests(endpoint, body, message):
    """A malformed request is refused, and the next one is answered."""
    refused = send(endpoint, body, "SageMaker.DescribeEndpoint")

    assert refused == (400, "ValidationException", message)


@pytest.mark.parametrize("weight", ["-1", '"1"', "NaN", "Infinity", "null"])
def test_invalid_weights(endpoint, weight):
    """A weight is a finite number from 0 up."""
    wish = f'[{{"VariantName": "depth5", "DesiredWeight": {weight}}}]'
    body = f'{{"EndpointName": "stationcast", "DesiredWeightsAndCapacities": {wish}}}'
    _, kind, message = send(endpoint, body.encode(), "SageMaker.UpdateEndpointWeightsAndCapacities")

    assert kind == "ValidationException"
    assert "Member must have value greater than or equal to 0" in message


def test_a_shadow_variant():
    """A shadow variant is listed separately, in the endpoint and in its configuration."""
    endpoint = Endpoint(variants={"a": "models/v1.tar.gz"}, shadow={"b": "models/v2.tar.gz"})
    control = ControlPlane(endpoint, Weights(endpoint.production, Random()), 0.0)  # noqa: S311 -- no secret
    transport = httpx.ASGITransport(application([Route("/", control.handle, methods=["POST"])]))

    async def post(action, content):
        headers = {"x-amz-target": f"SageMaker.{action}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://control") as client:
            return await client.post("/", json=content, headers=headers)

    def ask(action, content):
        return asyncio.run(post(action, content)).json()

    described = ask("DescribeEndpoint", {"EndpointName": "stationcast"})
    configured = ask("DescribeEndpointConfig", {"EndpointConfigName": "stationcast-config"})

    assert [v["VariantName"] for v in described["ShadowProductionVariants"]] == ["b"]
    assert [v["ModelName"] for v in configured["ShadowProductionVariants"]] == ["v2"]
    assert [v["ModelName"] for v in configured["ProductionVariants"]] == ["v1"]
