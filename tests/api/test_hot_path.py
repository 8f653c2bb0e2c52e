"""The cost of a lookup in Lambda, in function calls, which do not depend on the machine."""

import cProfile
import json
import pstats
import subprocess
import sys

import pytest

from forecasts import runs
from forecasts.stores.dynamodb.boto import DynamoDBStore
from tests.api.conftest import load
from tests.api.test_handler import HEAVY, ROOT, RUN, event, handling
from tests.relay import relaying

#: A bare `get_item` of boto3 is 3,900.
MOST_CALLS = 720
MOST_CALLS_WARM = 600


@pytest.fixture
def told():
    """The operations that DynamoDB receives."""
    return []


@pytest.fixture
def environment(table, dynamodb, dynamodb_url, clock, told):
    """Lambda's environment, over a published run in DynamoDB Local."""
    store = DynamoDBStore(table, clock, dynamodb)
    load(store, RUN)
    runs.publish(store, RUN.id, clock.now)
    with relaying(dynamodb_url, lambda operation, _: told.append(operation)) as relay:
        yield {
            "STATIONCAST_STORE": f"dynamodb://{table}",
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            "AWS_ENDPOINT_URL_DYNAMODB": relay.url,
        }


@pytest.fixture
def handler(environment, monkeypatch):
    """The handler of a process in that environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with handling() as handle:
        yield handle


def lookup(station_id, **headers):
    """Return the event that requests a station."""
    asked = event("api_get_gzip", **headers)
    path = f"/v1/stations/{station_id}/forecast"
    asked["rawPath"] = asked["requestContext"]["http"]["path"] = path
    return asked


def calls_of(handler, asked, status=200):
    """Return how many functions, C's included, are called to handle an event."""
    profile = cProfile.Profile()
    profile.enable()
    answer = handler(asked)
    profile.disable()
    assert answer["statusCode"] == status
    return pstats.Stats(profile).total_calls


def test_lookup(handler):
    """The first request for a station costs a fifth of the calls of boto3's `get_item`."""
    handler(lookup("LGA"))

    assert calls_of(handler, lookup("ZRH")) <= MOST_CALLS


def test_repeated_lookup(handler):
    """A repeated request for a station costs less."""
    handler(lookup("LGA"))

    assert calls_of(handler, lookup("LGA")) <= MOST_CALLS_WARM


def test_boto3_for_comparison(dynamodb, table):
    """A plain call of boto3 costs five times as many."""
    key = {"pk": {"S": "S"}, "sk": {"S": "F"}}
    dynamodb.get_item(TableName=table, Key=key)
    profile = cProfile.Profile()
    profile.runcall(dynamodb.get_item, TableName=table, Key=key)

    assert pstats.Stats(profile).total_calls > 5 * MOST_CALLS


def test_not_modified(handler, told):
    """If the client has the response, nothing is read."""
    etag = handler(lookup("JFK"))["headers"]["etag"]
    told.clear()

    assert calls_of(handler, lookup("JFK", if_none_match=etag), 304) <= MOST_CALLS_WARM
    assert told == []


def test_reads(handler, told):
    """The pointer is read once, and then one item for each station."""
    for station_id in ("LGA", "ZRH", "LGA"):
        handler(lookup(station_id))

    assert told == ["GetItem"] * 3


def test_start_reads_nothing(handler, told):
    """Starting a process, which may then be kept as a snapshot, reads nothing from the table."""
    assert told == []
    assert handler(lookup("LGA"))["statusCode"] == 200
    assert told == ["GetItem"] * 2


def test_several_are_read_at_once(handler, told):
    """A list is read in one call, without the stations that are cached."""
    handler(lookup("LGA"))
    told.clear()
    asked = event("api_get_gzip")
    asked["rawPath"] = asked["requestContext"]["http"]["path"] = "/v1/forecasts"
    answer = handler(asked | {"rawQueryString": "stations=LGA,ZRH,JFK"})
    items = json.loads(answer["body"])["items"]

    assert [item["station"]["id"] for item in items] == ["LGA", "ZRH", "JFK"]
    assert told == ["BatchGetItem"]


def test_boto3_is_not_loaded(environment):
    """A process that only handles lookups loads no AWS client."""
    script = (
        "import api.handler, json, sys\n"
        "answer = api.handler.handler(json.load(sys.stdin), None)\n"
        "print(answer['statusCode'], *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        input=json.dumps(lookup("LGA")),
        capture_output=True,
        text=True,
        check=True,
    )
    status, *modules = done.stdout.split()

    assert status == "200"
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
