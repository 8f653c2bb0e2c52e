"""Each function's rights in AWS are exactly those that its code needs.

A night is made and read by the handlers that the template names, each in the environment that the
template gives it, against DynamoDB Local and moto's S3; every call is recorded and checked against
the function's role.
"""

import asyncio
import json
import socket
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from time import monotonic

import boto3
import pytest
from moto import mock_aws

from api.realtime.circuit_breaker import FAILURES
from batch_jobs.announcements import webhook
from batch_jobs.errors import FileError
from batch_jobs.transform import transform
from forecasts.times import utc_now, utc_text
from tests import dynamodb_local
from tests.batch_jobs.feeds.hourly_files import parquet, row
from tests.batch_jobs.feeds.test_archive import day_of, put
from tests.deployed_functions import LOGS, RUNTIME, Functions, unused
from tests.factories import ISSUE_TIME
from tests.feeds import iem, openaq
from tests.feeds.loopback import serving
from tests.recorder import recording
from tests.relay import relaying
from tests.stack import ACCOUNT, BUCKET, REGION, TRAINING, Stack, allows, as_list
from tests.wire import answer, sends, wire

MODEL, TABLE = "small", "rights"
PARAMETERS = {
    "TableName": TABLE,
    "ForecastModel": MODEL,
    "ForecastParameters": "temperature,pressure",
    "VariantAModel": MODEL,
    "AnnounceEventBus": "default",
    "AnnounceTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:runs",
    # Nothing listens there.
    "AnnounceWebhookUrl": "https://127.0.0.1:1/",
    "FetchIem": "all",
    "FetchOpenAQ": "all",
    "FetchOpenAQArchive": "stations=2178",
}
STACK = Stack(**PARAMETERS, RealtimeBackend="instances")
#: This stack's API calls a Lambda function.
LAMBDA = Stack(**PARAMETERS, RealtimeBackend="lambda")
#: The model's function makes one call, without boto3; tests/test_template_lambda.py checks it, and
#: tests/test_template_training_rights.py those of the training.
RECORDED = [name for name in STACK.functions if name not in ("ModelFunction", *TRAINING)]
REQUEST = {"issue_time": utc_text(ISSUE_TIME)}
BEFORE = {"issue_time": utc_text(ISSUE_TIME - timedelta(days=1))}

#: These rules are for a change of kind, too; tests/test_template_realtime.py checks them.
OTHER_KINDS = {"AskEndpoint", "AskFunction"}


@pytest.fixture(scope="module")
def calls(dynamodb_url, dynamodb, observations, model, model_path):
    """The AWS calls of every function, by logical id, in good and bad nights."""
    with (
        pytest.MonkeyPatch.context() as patch,
        mock_aws(),
        recording() as recorder,
        relaying(dynamodb_url, recorder.passing) as relay,
        socket.socket() as deaf,
    ):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", relay.url)
        # This port is taken, so that no program listens there, and refuses every connection.
        deaf.bind(("127.0.0.1", 0))
        for name in ("SAGEMAKER_RUNTIME", "LAMBDA"):
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            patch.setenv(f"AWS_ENDPOINT_URL_{name}", url)
        with (
            dynamodb_local.table_of_template(dynamodb, TABLE),
            closing(asyncio.new_event_loop()) as loop,
            ExitStack() as stack,
        ):
            asyncio.set_event_loop(loop)
            bucket = a_bucket(observations, model_path)
            patch.setattr(webhook, "WAITS", ())
            listeners()
            functions = stack.enter_context(closing(Functions(STACK, recorder)))
            bad_nights(functions, recorder, bucket)
            good_night(functions, recorder, bucket, model)
            read(functions)
            download(functions, recorder)
            recorder.who = None
            for name, url in stack.enter_context(services()).items():
                patch.setenv(f"STATIONCAST_{name}_URL", url)
            fetch(functions)
            ask(functions, STACK, "ApiFunction")
            ask(functions, LAMBDA, "ApiFunction of LAMBDA")
            yield recorder.calls
            asyncio.set_event_loop(None)


def a_bucket(observations, model_path):
    """Make the data bucket, with observations and the model."""
    location = {"LocationConstraint": REGION}
    bucket = boto3.resource("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    for path in observations.rglob("*.*"):
        bucket.upload_file(str(path), f"observations/{path.relative_to(observations)}")
    bucket.upload_file(str(model_path), f"models/{MODEL}/model.tar.gz")
    return bucket


def listeners():
    """Make the topic that is told of runs, and the secret of the webhook."""
    boto3.client("sns").create_topic(Name="runs")
    secret, name = f"whsec_{'a' * 40}", STACK.parameters["WebhookSecretParameter"]
    boto3.client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString")


def bad_nights(functions, recorder, bucket):
    """Make each state miss what the state before it should have left."""
    parts = functions.state("PlanRun", request=REQUEST)["parts"]
    recorder.who = None
    bucket.objects.filter(Prefix="runs/").delete()
    again = functions.state("PlanRun", request=REQUEST)
    assert again["parts"] == parts
    part = parts[0]
    with pytest.raises(FileError, match="NoSuchKey"):
        functions.state("LoadForecasts", **part)
    with pytest.raises(FileError, match="NoSuchKey"):
        functions.state("CheckRun", run_id=part["run_id"])
    functions.state("WriteDownloads", run_id=part["run_id"])
    recorder.who = None
    bucket.objects.filter(Prefix="runs/").delete()
    with pytest.raises(FileError, match="NoSuchKey"):
        functions.state("BuildInput", **part)
    error = {"Error": "FileError", "Cause": "missing"}
    functions.state("FailRun", run_id=None, request=REQUEST, error=error)


def good_night(functions, recorder, bucket, model):
    """Run two complete nights, of which the second verifies the first."""
    for request in (BEFORE, REQUEST):
        plan = functions.state("PlanRun", request=request)
        run_id = plan["run"]["id"]
        functions.state("VerifyRun", run_id=run_id)
        for part in plan["parts"]:
            functions.state("BuildInput", **part)
            recorder.who = None
            folder = f"runs/{run_id}"
            lines = bucket.Object(f"{folder}/in/{part['name']}").get()["Body"].read()
            output = bucket.Object(f"{folder}/out/{part['name']}.out")
            output.put(Body=transform(model, lines))
            functions.state("LoadForecasts", **part)
        functions.state("WriteDownloads", run_id=run_id)
        functions.state("CheckRun", run_id=run_id)
        plan_file = bucket.Object(f"{folder}/plan.json").get()["Body"].read()
        assert set(json.loads(plan_file)["read"]["inputs"]) == {"temperature", "pressure"}
        published = functions.state("PublishRun", run_id=run_id)
        assert published["state"] == "published"
        told = functions.state("AnnounceRun", run_id=run_id)
        assert told == {"ways": 3, "failures": 1}
    again = {"request": REQUEST | {"new_attempt": True}, "minutes": 30, "share": 0.9}
    looked = functions.state("AwaitObservations", **again)
    assert looked == {"wait_seconds": 0, "series": 6, "fresh": 6}
    recorder.who = None
    for time in ("20131229T070512Z", "20131229T080512Z"):
        key = f"observations/source=iem/date=2013-12-29/{time}.parquet"
        bucket.put_object(Key=key, Body=parquet(row(1, 1.0)))
    compacted = functions.state("CompactObservations", run_id=plan["run"]["id"])
    assert compacted == {"replaced": 2, "written": 1}


@contextmanager
def services():
    """Run stand-ins of the services of observations, with an archive; yield their URLs."""
    now = utc_now()
    key = STACK.parameters["OpenAQKeyParameter"]
    boto3.client("ssm").put_parameter(Name=key, Value=openaq.KEY, Type="SecureString")
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="openaq-data-archive")
    put(client, 2178, now - timedelta(days=4), day_of(2178, now - timedelta(days=4)))
    with (
        serving(iem.StandIn()) as reports,
        serving(openaq.StandIn(monotonic)) as air,
    ):
        reports.hourly("JFK", until=now, hours=24)
        air.place(2178, {3919: 2}, 35.1353, -106.584702)
        air.measure(3919, now, 9.0)
        yield {"IEM": reports.url, "OPENAQ": air.url}


def fetch(functions):
    """Fetch twice from each source: nothing is stored before, and something is."""
    fetching = [name for name in STACK.functions if name.startswith("Fetch")]
    for name in fetching:
        fetched = [functions(name, {}) for _ in range(2)]
        assert [of["failures"] for of in fetched] == [(), ()]
        assert fetched[0]["new"] > fetched[1]["new"] == 0


def read(functions):
    """Read the night in every way that the API reads a table."""
    age = functions("ReportAgeFunction", {})
    assert age["age_seconds"] > 0
    assert functions.get("/v1/stations/JFK/forecast")["statusCode"] == 200
    assert functions.get("/v1/forecasts", "stations=JFK,LGA")["statusCode"] == 200
    assert functions.get("/v1/runs")["statusCode"] == 200


def download(functions, recorder):
    """Ask for a file that is not there, and for one that is; the API's requests need no boto3."""
    with wire() as s3, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", s3.url)
        s3.replies = [sends(answer(b"", 404)), sends(answer(b"x", 206))]
        statuses = [functions.get("/v1/runs/current/download")["statusCode"] for _ in range(2)]
        recorder.reading(*(head.split(b" ")[1].decode() for head, _ in s3.requests))
    assert statuses == [404, 302]


def ask(functions, stack, who):
    """Ask for real time without an endpoint, until the circuit is open."""
    post = functions.post("/v1/stations/JFK/forecast", {"observations": []}, stack, who)
    reasons = [json.loads(post()["body"])["degraded"]["reason"] for _ in range(FAILURES + 1)]
    assert set(reasons) == {"endpoint_unreachable", "circuit_open"}


@pytest.mark.parametrize("function", RECORDED)
def test_may_do_what_it_does(calls, function):
    """A function's role allows every call that its code makes."""
    role = STACK.role(function)
    refused = [c for c in calls[function] if not any(allows(rule, c) for rule in role)]

    assert refused == []


def test_the_api_may_ask_a_function(calls):
    """If a Lambda function has the model, the role allows calling it, and the API needs that."""
    made = calls["ApiFunction of LAMBDA"]
    role = LAMBDA.role("ApiFunction")
    (rule,) = (rule for rule in role if rule["Sid"] == "AskFunction")

    assert [call for call in made if not any(allows(rule, call) for rule in role)] == []
    assert any(allows(rule, call) for call in made)


@pytest.mark.parametrize("function", RECORDED)
def test_may_do_no_more(calls, function):
    """The function's code needs each action and each resource of its role."""
    idle = []
    for rule in STACK.role(function):
        if rule.get("Sid") in OTHER_KINDS:
            continue
        actions = set(as_list(rule["Action"])) - RUNTIME
        if actions:
            idle += unused(rule, actions, calls[function])

    assert idle == []


@pytest.mark.parametrize("sid", ["WriteForecasts", "MovePointer"])
def test_loading_cannot_publish(sid):
    """LoadForecasts cannot write the pointer, and PublishRun cannot write forecasts."""
    functions = {"WriteForecasts": "LoadForecastsFunction", "MovePointer": "PublishRunFunction"}
    (rule,) = (r for r in STACK.role(functions[sid]) if r.get("Sid") == sid)
    ((_, keys),) = rule["Condition"].items()

    assert ("RUN" in keys["dynamodb:LeadingKeys"]) is (sid == "MovePointer")


def test_logs_go_to_one_group():
    """A function may write to the log group that it is configured with, and to no other."""
    for name, function in STACK.functions.items():
        (rule,) = (r for r in STACK.role(name) if set(as_list(r["Action"])) <= LOGS)
        group = STACK.resolve(function["LoggingConfig"]["LogGroup"])

        assert rule["Resource"] == STACK.attribute(f"{group}.Arn")
