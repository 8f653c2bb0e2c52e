"""The API's bundle in Lambda's runtime, over DynamoDB: the responses that API Gateway gets."""

import base64
import gzip
import json
import uuid
from contextlib import closing
from datetime import UTC, datetime

import pytest

from forecasts import runs
from forecasts.stores.dynamodb.boto import DynamoDBStore
from tests import dynamodb_local
from tests.api.answering import answering
from tests.api.conftest import forecast_of, load
from tests.api.test_handler import LINE, RUN, event
from tests.factories import A_STATION
from tests.packed import history_item

BODY = forecast_of(RUN, A_STATION).to_body()


@pytest.fixture(scope="module")
def invoke(runtime, bundle_of, dynamodb_url, dynamodb, tmp_path_factory):
    """A function that sends an event to the API in Lambda's runtime, over a published run."""
    name = f"test-{uuid.uuid4().hex}"
    now = datetime(2013, 12, 30, 1, tzinfo=UTC)
    with dynamodb_local.table_of_template(dynamodb, name) as table, answering() as endpoint:
        store = DynamoDBStore(table, lambda: now, dynamodb)
        load(store, RUN)
        store.put_many([history_item(LINE, RUN)])
        runs.publish(store, RUN.id, now)
        variables = {
            "STATIONCAST_STORE": f"dynamodb://{table}",
            "STATIONCAST_ENDPOINT": "sagemaker://stationcast",
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": endpoint.url,
        }
        log = tmp_path_factory.mktemp("api") / "log"
        folder = bundle_of("ApiFunction")
        with runtime(folder, "api.handler.handler", variables, log) as emulator:
            yield emulator.invoke


def test_json(invoke):
    """A lookup returns the stored body, as text."""
    answer = invoke(event("api_get"))

    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is False
    assert answer["body"].encode() == BODY
    assert answer["headers"]["content-type"] == "application/json"
    assert answer["headers"]["forecast-run"] == RUN.id


def test_post(invoke):
    """Sent readings go to the endpoint, through boto3 and the breaker."""
    answer = invoke(event("api_post"))

    assert json.loads(answer["body"])["source"] == "realtime"
    assert answer["headers"]["forecast-variant"] == "first"


def test_gzip(invoke):
    """A client that accepts gzip gets the stored bytes, as base64."""
    answer = invoke(event("api_get_gzip"))

    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["content-encoding"] == "gzip"
    assert gzip.decompress(base64.b64decode(answer["body"])) == BODY


def test_query(invoke):
    """A query string selects part of the forecast."""
    answer = json.loads(invoke(event("api_query"))["body"])

    assert answer["values"]["temperature"]["p50"] == [3.0, 3.0]


def test_stations(invoke):
    """The list of stations is read and searched."""
    answer = invoke(event("api_geojson"))

    assert len(json.loads(answer["body"])["features"]) == 2


def test_search(invoke):
    """A town leads to its stations: the bundle has the index of places."""
    asked = event("api_geojson") | {"rawPath": "/v1/stations", "rawQueryString": "q=New+Yrok"}
    answer = invoke(asked)

    assert [item["id"] for item in json.loads(answer["body"])["items"]] == ["JFK", "LGA", "SILENT"]


def test_head(invoke):
    """HEAD has the length and no body."""
    answer = invoke(event("api_head"))

    assert answer["statusCode"] == 200
    assert answer["headers"]["content-length"] == str(len(BODY))
    assert answer["body"] == ""


def test_options(invoke):
    """A preflight is allowed for any origin."""
    answer = invoke(event("api_options"))

    assert answer["statusCode"] == 204
    assert answer["headers"]["access-control-allow-origin"] == "*"


def test_not_modified(invoke):
    """A client that has the response gets 304 and no body."""
    etag = invoke(event("api_get"))["headers"]["etag"]
    answer = invoke(event("api_get", if_none_match=etag))

    assert answer["statusCode"] == 304
    assert answer["body"] == ""


def test_problem(invoke):
    """A refusal is a problem."""
    answer = invoke(event("api_refused"))

    assert answer["statusCode"] == 400
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["suggestions"] == ["hours"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/v1/runs", "/v1/status", "/healthz"])
def test_every_part_of_the_api_is_in_the_bundle(invoke, path):
    """Modules that an endpoint loads only on request are in the bundle too."""
    asked = event("api_get")
    asked["rawPath"] = asked["requestContext"]["http"]["path"] = path

    assert invoke(asked)["statusCode"] == 200


def test_without_its_setting_it_does_not_start(runtime, bundle_of, tmp_path):
    """The runtime reports an error that names the variable, before it handles any event."""
    log = tmp_path / "log"
    with (
        closing(log.open("w")),
        runtime(bundle_of("ApiFunction"), "api.handler.handler", {}, log) as emulator,
    ):
        answer = emulator.invoke(event("api_get"))

    assert "STATIONCAST_STORE is not set" in json.dumps(answer) + log.read_text()
