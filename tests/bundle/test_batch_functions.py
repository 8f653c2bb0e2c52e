"""The nightly bundles in Lambda's runtime, over S3 and DynamoDB: a night, step by step.

The order and the faults of the states are tested with the state machine. Here each function starts
from what will be deployed, with nothing else installed, and does its part of a small night.
"""

import io
import json
import uuid
from dataclasses import replace
from functools import partial
from time import monotonic

import boto3
import polars as pl
import pytest
from moto.server import ThreadedMotoServer

from bench.harness.dynamodb import REGION
from forecasts import runs
from forecasts.downloads import file_of
from forecasts.item import forecast_key
from forecasts.run import RunState
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.times import utc_now
from scripts.bundle import FUNCTIONS
from tests.batch_jobs.observations.parquet_folder import HEADER, JFK, LGA, SCHEMA, reading
from tests.factories import ISSUE_TIME, NOW, a_night, quantiles_around
from tests.feeds import openaq
from tests.feeds.loopback import serving
from tests.finished_jobs import put_job
from tests.receiver import receiving

BUCKET = "stationcast"
RUN_ID = "20131230T0000Z-1"
VARIABLES = {
    "STATIONCAST_RUNS": f"s3://{BUCKET}/runs",
    "STATIONCAST_OBSERVATIONS": f"s3://{BUCKET}/observations",
    "STATIONCAST_MODEL": "v1",
    "STATIONCAST_PARAMETERS": "temperature",
    "POWERTOOLS_SERVICE_NAME": "stationcast",
}


@pytest.fixture(scope="module")
def s3_url():
    """The URL of an S3 on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_url):
    """A client of S3, with a bucket that holds two stations' observations."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    client = boto3.client("s3", endpoint_url=s3_url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    put(client, "observations/stations.csv", (HEADER + JFK + LGA).encode())
    rows = [reading(3.0, minutes=-60 * h, station=s) for h in range(48) for s in ("JFK", "LGA")]
    parquet = io.BytesIO()
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(parquet)
    put(client, "observations/a.parquet", parquet.getvalue())
    return client


@pytest.fixture
def invoke(runtime, bundle_of, dynamodb_url, s3_url, table, tmp_path):
    """A function that starts a nightly function in Lambda's runtime and sends it an event."""
    endpoints = {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url, "AWS_ENDPOINT_URL_S3": s3_url}
    variables = {**VARIABLES, **endpoints, "STATIONCAST_STORE": f"dynamodb://{table}"}

    def send(name, event, **more):
        log = tmp_path / f"{name}-{uuid.uuid4().hex}.log"
        with runtime(bundle_of(name), FUNCTIONS[name].handler, variables | more, log) as emulator:
            answer = emulator.invoke({"execution": "night-1", **event})
        send.log = log.read_text()
        return answer

    return send


def put(s3, key, body):
    """Put an object."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def transform(s3, part):
    """Leave the output of a transform job: the same forecast for each station of a part."""
    given = s3.get_object(Bucket=BUCKET, Key=f"runs/{RUN_ID}/in/{part['name']}")["Body"].read()
    values = {"temperature": quantiles_around(3.6)}
    lines = [
        {key: line[key] for key in ("station_id", "issue_time")}
        | {"model": "v1", "values": values, "missing": {}}
        for line in map(json.loads, given.splitlines())
    ]
    output = "".join(json.dumps(line) + "\n" for line in lines).encode()
    put(s3, f"runs/{RUN_ID}/out/{part['name']}.out", output)
    return [line["station_id"] for line in lines]


def test_a_night(invoke, s3, dynamodb, table):
    """The deployed functions plan, build, load, check and publish a night, and compact."""
    planned = invoke("PlanRunFunction", {"request": {"scheduled_time": "2013-12-30T00:00:07Z"}})
    assert planned["run"]["id"] == RUN_ID, planned
    (part,) = planned["parts"]

    assert invoke("BuildInputFunction", part) == {}
    assert transform(s3, part) == ["JFK", "LGA"]
    assert invoke("LoadForecastsFunction", part) == {}
    where = {"STATIONCAST_DOWNLOADS": f"s3://{BUCKET}/downloads"}
    assert invoke("WriteDownloadsFunction", {"run_id": RUN_ID}, **where) == {}
    checked = invoke("CheckRunFunction", {"run_id": RUN_ID})
    assert checked["state"] == "loaded", checked
    assert invoke("PublishRunFunction", {"run_id": RUN_ID})["state"] == "published"
    assert invoke("AnnounceRunFunction", {"run_id": RUN_ID}) == {"ways": 0, "failures": 0}
    for time in ("20131229T070512Z", "20131229T080512Z"):
        content = s3.get_object(Bucket=BUCKET, Key="observations/a.parquet")["Body"].read()
        put(s3, f"observations/source=iem/date=2013-12-29/{time}.parquet", content)
    compacted = invoke("CompactObservationsFunction", {"run_id": RUN_ID})
    assert compacted == {"replaced": 2, "written": 1}
    again = {"request": {"issue_time": ISSUE_TIME.isoformat(), "new_attempt": True}}
    looked = invoke("AwaitObservationsFunction", again | {"minutes": 30, "share": 0.9})
    assert looked == {"wait_seconds": 0, "series": 2, "fresh": 2}
    file = s3.get_object(Bucket=BUCKET, Key=f"downloads/{file_of(RUN_ID, 'forecasts')}")
    assert len(pl.read_parquet(file["Body"].read())) == 2 * 24
    assert invoke("ReportAgeFunction", {})["run_id"] == RUN_ID

    store = DynamoDBStore(table, lambda: NOW, dynamodb)
    assert runs.current_pointer(store).current == RUN_ID
    assert runs.get_run(store, RUN_ID).state is RunState.PUBLISHED
    assert store.get(forecast_key("LGA", RUN_ID)) is not None


def test_a_fetch(invoke, s3, s3_url):
    """The deployed function reads its key, asks the service, and writes what is new."""
    now = utc_now()
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    ssm = boto3.client("ssm", endpoint_url=s3_url, region_name=REGION, **keys)
    ssm.put_parameter(Name="/key", Value=openaq.KEY, Type="SecureString")
    with serving(openaq.StandIn(monotonic)) as service:
        service.place(2178, {3919: 2}, 35.1353, -106.584702)
        service.measure(3919, now, 9.0)
        variables = {
            "STATIONCAST_SOURCE": "openaq",
            "STATIONCAST_STATIONS": "near=35.1,-106.6,10",
            "STATIONCAST_KEY_PARAMETER": "/key",
            "STATIONCAST_OPENAQ_URL": service.url,
            "AWS_ENDPOINT_URL_SSM": s3_url,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "900",
        }
        fetched = invoke("FetchOpenAQFunction", {}, **variables)

    assert (fetched.get("new"), fetched.get("failures")) == (1, []), fetched
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="observations/source=openaq/")["Contents"]
    assert [entry["Key"].rpartition(".")[2] for entry in listed] == ["json", "parquet", "csv"]
    assert '"message":"fetched"' in invoke.log
    assert openaq.KEY not in invoke.log


def test_a_training(invoke, s3, s3_url, model):
    """The deployed functions, which have no xgboost, plan a training, judge it and release."""
    folders = {
        "STATIONCAST_TRAINING": f"s3://{BUCKET}/training",
        "STATIONCAST_IN_USE": f"s3://{BUCKET}/models/in-use",
    }
    window = {"since": "2024-01-01T00:00:00Z", "until": "2024-12-31T23:00:00Z"}
    put(s3, "training/set/manifest.json", json.dumps(window | {"parameters": {}}))
    begun = invoke("PlanTrainingFunction", {}, **folders)
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    bucket = boto3.resource("s3", endpoint_url=s3_url, region_name="us-east-1", **keys).Bucket(
        BUCKET
    )
    for each in begun["candidates"]:
        put_job(bucket, f"{each['job']}-0", replace(model, name=each["name"]), accepted=True)
    event = {"training": begun["training"]["name"]}
    results = [{"name": each["name"], "job": f"{each['job']}-0"} for each in begun["candidates"]]
    judged = invoke("JudgeCandidatesFunction", event | {"results": results}, **folders)
    assert judged["state"] == "approved", judged
    released = invoke("ReleaseModelFunction", event, **folders)
    error = {"Error": "States.Timeout", "Cause": "none"}
    failed = invoke("FailTrainingFunction", event | {"error": error}, **folders)

    assert released["state"] == "released", released
    assert failed["reason"] == "States.Timeout: none", failed
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="models/in-use/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["models/in-use/model.tar.gz"]


def test_a_published_run_is_told(invoke, dynamodb, table, s3_url):
    """The deployed function, which has no other services, reads its secret and tells all."""
    store = DynamoDBStore(table, utc_now, dynamodb)
    run = replace(a_night(), planned_at=utc_now())
    runs.put_run(store, run)
    runs.publish(store, run.id, utc_now())
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    aws = partial(boto3.client, endpoint_url=s3_url, region_name=REGION, **keys)
    secret = f"whsec_{'a' * 40}"
    aws("ssm").put_parameter(Name="/secret", Value=secret, Type="SecureString")
    topic = aws("sns").create_topic(Name="runs")["TopicArn"]
    with receiving() as receiver:
        variables = {
            "STATIONCAST_EVENT_BUS": "default",
            "STATIONCAST_TOPIC": topic,
            "STATIONCAST_WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/hidden",
            "STATIONCAST_WEBHOOK_SECRET_PARAMETER": "/secret",
        }
        endpoints = {f"AWS_ENDPOINT_URL_{name}": s3_url for name in ("SSM", "SNS", "EVENTBRIDGE")}
        told = invoke("AnnounceRunFunction", {"run_id": run.id}, **variables, **endpoints)

    assert told == {"ways": 3, "failures": 0}
    assert json.loads(receiver.requests[0][1])["subject"] == run.id
    assert '"message":"run announced"' in invoke.log
    assert [word for word in ("hidden", "a" * 40) if word in invoke.log] == []


def test_a_failed_night(invoke):
    """FailRun records the reason, and each line of its log names the execution."""
    request = {"request": {"issue_time": ISSUE_TIME.isoformat()}, "run_id": None}
    error = {"Error": "NoObservationsError", "Cause": json.dumps({"errorMessage": "none"})}
    answer = invoke("FailRunFunction", request | {"error": error})

    assert answer["reason"] == "NoObservationsError: none"
    assert '"correlation_id":"night-1"' in invoke.log
