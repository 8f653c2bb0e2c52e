"""An operator follows docs/operations.md, from the first observations to an empty account."""

import re
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import boto3
import polars as pl
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto.s3.models import s3_backends

from api.app import make_app
from forecasts.run import RunState
from forecasts.runs import get_run
from forecasts.stores.dynamodb.boto import DynamoDBStore
from local.commands.main import main
from tests import dynamodb_local
from tests.aws.conftest import TABLE
from tests.aws.interpreter import now
from tests.aws.machine import ACCOUNT, BUCKET, MODEL
from tests.aws.nights import TONIGHT, YESTERDAY
from tests.client import Client
from tests.factories import ISSUE_TIME

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()

#: The guide promises that readers follow within this time.
FOLLOWED = timedelta(seconds=15)

#: The length of the training data; the whole year would take longer.
WEEKS = timedelta(weeks=10)


def invoke(*arguments):
    """Run the command line; return its result."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def stationcast(*arguments):
    """Run a command that must succeed; return its output on one line."""
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def commands(tool):
    """Return the commands of the guide that run a tool, each as a list of words."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", GUIDE, re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines if line.strip().startswith(tool)]
    return [command for command in words if command[0] == tool]


@pytest.fixture
def account(machine, observations, tmp_path):
    """The stack when first deployed, without observations, model or night; with its machine."""
    s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys.clear()
    recent = pl.scan_parquet(observations / "observations" / "weather.parquet").filter(
        pl.col("time") > ISSUE_TIME - WEEKS
    )
    recent.sink_parquet(tmp_path / "weather.parquet")
    bucket = boto3.resource("s3").Bucket(BUCKET)
    bucket.upload_file(str(observations / "stations.csv"), "observations/stations.csv")
    bucket.upload_file(str(tmp_path / "weather.parquet"), "observations/weather.parquet")
    return machine


@pytest.fixture
def trained(account, tmp_path):
    """The stack with a model that was trained on its bucket's observations."""
    source, path = f"s3://{BUCKET}/observations/", tmp_path / "model.tar.gz"
    options = ("--name", MODEL, "--parameters", "temperature,pressure", "--output", path)
    stationcast("train", "--observations", source, *options)
    boto3.client("s3").upload_file(str(path), BUCKET, f"models/{MODEL}/model.tar.gz")
    return account


def test_from_observations_to_a_rollback(trained, clock, dynamodb, monkeypatch):
    """After two nights, readers are on the operator's choice within 15 seconds."""
    monkeypatch.setenv("STATIONCAST_STORE", f"dynamodb://{TABLE}")
    clock.now = now()
    client = Client(make_app(DynamoDBStore(TABLE, clock, dynamodb), clock))

    def answered():
        clock.now += FOLLOWED
        return client.get("/v1/stations/JFK/forecast").json()["run"]

    assert client.get("/v1/status").json()["state"] == "none"
    for issue_time in ("2013-12-29T00:00:00Z", "2013-12-30T00:00:00Z"):
        assert trained.night(issue_time=issue_time).status == "SUCCEEDED"
    assert (answered()["id"], answered()["model"]) == (TONIGHT, MODEL)
    assert TONIGHT in stationcast("runs", "list")
    assert '"accepted": true' in stationcast("runs", "show", TONIGHT)

    assert stationcast("runs", "rollback") == f"Readers are back on {YESTERDAY}"
    assert answered()["id"] == YESTERDAY

    assert f"Readers are on {TONIGHT}" in stationcast("runs", "publish", TONIGHT)
    assert answered()["id"] == TONIGHT

    stationcast("runs", "rollback")
    second = trained.night(issue_time="2013-12-30T00:00:00Z", new_attempt=True)
    assert second.output["id"] == answered()["id"] == "20131230T0000Z-2"


def test_broken_model(trained, monkeypatch):
    """The list shows the reason; once the model is mended, the same command is a new attempt."""
    monkeypatch.setenv("STATIONCAST_STORE", f"dynamodb://{TABLE}")
    artifact = boto3.resource("s3").Object(BUCKET, f"models/{MODEL}/model.tar.gz")
    content = artifact.get()["Body"].read()
    artifact.put(Body=b"not a model")
    failed = trained.night(issue_time="2013-12-30T00:00:00Z")
    artifact.put(Body=content)

    assert (failed.status, failed.error) == ("FAILED", "RunFailed")
    assert "not a model artifact" in get_run(trained.store, TONIGHT).reason
    assert trained.night(issue_time="2013-12-30T00:00:00Z").output["id"] == "20131230T0000Z-2"


def test_an_operator_publishes_a_late_night(machine, monkeypatch):
    """Once readers are on the run, it is no longer reported as not published."""
    monkeypatch.setenv("STATIONCAST_STORE", f"dynamodb://{TABLE}")
    machine.night(issue_time="2013-12-30T00:00:00Z")
    late = machine.night(issue_time="2013-12-29T00:00:00Z")
    assert late.error == "RunNotPublished"
    assert "older" in get_run(machine.store, YESTERDAY).reason

    stationcast("runs", "publish", YESTERDAY)
    run = get_run(machine.store, YESTERDAY)

    assert (run.state, run.reason) == (RunState.PUBLISHED, None)


def test_take_down(services, dynamodb, monkeypatch):  # noqa: ARG001 -- S3 must run
    """Table and bucket are protected from deletion; the guide's steps remove them."""
    dynamodb.create_table(
        **dynamodb_local.table_arguments("doomed"), DeletionProtectionEnabled=True
    )
    bucket = boto3.resource("s3").create_bucket(
        Bucket="doomed", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    bucket.Versioning().enable()
    for body in (b"first", b"second"):
        bucket.put_object(Key="observations/a.csv", Body=body)
    bucket.Object("observations/a.csv").delete()

    with pytest.raises(ClientError, match="protected against deletion"):
        dynamodb.delete_table(TableName="doomed")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        bucket.delete()

    dynamodb.update_table(TableName="doomed", DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName="doomed")
    dynamodb.delete_table(TableName="doomed")
    (program,) = [words[2] for words in commands("python3") if words[1] == "-c"]
    monkeypatch.setattr(sys, "argv", ["-c", "doomed"])
    exec(program, {})  # noqa: S102 -- what the guide has people run

    assert "doomed" not in dynamodb.list_tables()["TableNames"]
    assert "doomed" not in {found.name for found in boto3.resource("s3").buckets.all()}


def test_commands_exist():
    """Every `stationcast` command in the guide exists, with the options that it uses."""
    found = commands("stationcast")
    refused = [" ".join(c) for c in found if invoke(*c[1:], "--help").exit_code]

    assert len(found) > 5
    assert refused == []


def test_outputs_exist():
    """The stack has every output that the guide uses."""
    asked = set(re.findall(r"\$\(output (\w+)\)", GUIDE))

    assert {"ApiUrl", "StateMachineArn", "StoreUrl"} < asked
    assert asked <= dynamodb_local.template()["Outputs"].keys()
