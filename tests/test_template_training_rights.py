"""The rights of the training's functions, and of the Spark job, are exactly those that they need.

Two trainings are run by the handlers that the template names, with what training jobs would leave,
against DynamoDB Local and moto's S3. Every call is recorded and checked against its role.
"""

import json
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from batch_jobs.training.preparation import prepare_group
from batch_jobs.training.prepare import Request, prepare
from batch_jobs.training.probation import NIGHTS
from batch_jobs.training.registry import TrainingState
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.times import utc_now
from tests import dynamodb_local
from tests.batch_jobs.training.archive_folder import DAYS, write_archive, write_day
from tests.deployed_functions import LOGS, RUNTIME, Functions, unused
from tests.finished_jobs import put_job
from tests.recorder import recording
from tests.relay import relaying
from tests.stack import BUCKET, REGION, TRAINING, Stack, allows, as_list
from tests.verified import put_verified_run

TABLE = "training-rights"
STACK = Stack(TableName=TABLE, Training="on")
SPARK = "SparkRole"
#: What Spark, not our code, does with the job's files.
OF_SPARK = ("training/spark/",)


@pytest.fixture(scope="module")
def calls(dynamodb_url, dynamodb, model, tmp_path_factory):
    """The AWS calls of every function and of the Spark job."""
    with (
        pytest.MonkeyPatch.context() as patch,
        mock_aws(),
        recording() as recorder,
        relaying(dynamodb_url, recorder.passing) as relay,
    ):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", relay.url)
        location = {"LocationConstraint": REGION}
        bucket = boto3.resource("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration=location
        )
        with (
            dynamodb_local.table_of_template(dynamodb, TABLE),
            closing(Functions(STACK, recorder)) as functions,
        ):
            spark_job(recorder, bucket, tmp_path_factory.mktemp("archive"))
            first_training(functions, recorder, bucket, model)
            rollback(functions, recorder, bucket, DynamoDBStore(TABLE, utc_now, dynamodb))
            yield recorder.calls


def first_training(functions, recorder, bucket, model):
    """Train and release the first model of a stack, after starts that failed and were refused."""
    night = {"request": {"scheduled_time": f"{utc_now():%Y-%m-%dT%H}:05:00Z"}}
    assert functions.state("PlanRun", **night)["run"]["state"] == "no_model"
    month = functions.state("PlanTraining", execution="one")["training"]["name"]
    error = {"Error": "States.TaskFailed", "Cause": "none"}
    failed = functions.state("FailTraining", execution="one", training=month, error=error)
    assert failed["state"] == TrainingState.FAILED
    refused = judged(functions, recorder, bucket, model, execution="two", accepted=False)
    assert refused["state"] == TrainingState.REFUSED
    recorder.who = None
    for folder in (month, "jobs"):
        bucket.objects.filter(Prefix=f"training/{folder}/").delete()
    chosen = judged(functions, recorder, bucket, model, execution="three", accepted=True)
    assert chosen["state"] == TrainingState.APPROVED
    released = functions.state("ReleaseModel", execution="three", training=month)
    assert released["state"] == TrainingState.RELEASED


def judged(functions, recorder, bucket, model, execution, *, accepted):
    """Begin a training, leave what its jobs would, and judge that."""
    begun = functions.state("PlanTraining", execution=execution)
    assert begun["in_use"] is None
    recorder.who = None
    for each in begun["candidates"]:
        put_job(bucket, f"{each['job']}-0", replace(model, name=each["name"]), accepted=accepted)
    results = [{"name": each["name"], "job": f"{each['job']}-0"} for each in begun["candidates"]]
    name = begun["training"]["name"]
    return functions.state("JudgeCandidates", execution=execution, training=name, results=results)


def rollback(functions, recorder, bucket, store):
    """Let a second release fail its probation."""
    recorder.who = None
    releases = bucket.Object("training/releases.json")
    ((first,), ago) = json.loads(releases.get()["Body"].read())["releases"], timedelta(days=NIGHTS)
    released_at = f"{utc_now() - ago:%Y-%m-%dT%H}:00:00Z"
    # As if the first model had been released after an older one.
    older = first | {"number": 0, "model": "older", "training": ""}
    content = {"releases": [older, first | {"released_at": released_at}]}
    releases.put(Body=json.dumps(content))
    midnight = utc_now().replace(minute=0, second=0, microsecond=0)
    for days in range(NIGHTS):
        put_verified_run(store, midnight - timedelta(days=days), first["model"], mae=18.0)
    again = functions.state("PlanTraining", execution="four")
    assert again["notice"]["subject"] == "ModelRolledBack"


def spark_job(recorder, bucket, folder):
    """Prepare a set twice, with a day that has come meanwhile, in this process."""
    write_archive(folder, locations=[11], days=DAYS)
    upload(bucket, folder)
    request = Request(f"s3://{BUCKET}/observations", f"s3://{BUCKET}/training/set", ["pm25"])
    recorder.who = SPARK
    assert prepare(request, here).made == 2
    recorder.who = None
    write_day(folder, 12, DAYS[1])
    upload(bucket, folder)
    recorder.who = SPARK
    assert prepare(request, here).made == 2
    recorder.who = None


def upload(bucket, folder):
    """Upload an archive of observations."""
    for path in folder.rglob("*.gz"):
        bucket.upload_file(str(path), f"observations/{path.relative_to(folder)}")


@contextmanager
def here(jobs):
    """Do the tasks of a preparation, which a child process does otherwise."""
    yield map(prepare_group, jobs)


def rules_of(who):
    """Return the statements of a function's role, or of a role."""
    if who in STACK.functions:
        return STACK.role(who)
    policies = STACK.made("AWS::IAM::Role")[who]["Policies"]
    return [rule for policy in policies for rule in policy["PolicyDocument"]["Statement"]]


@pytest.mark.parametrize("who", ["PlanRunFunction", *TRAINING, SPARK])
def test_may_do_what_it_does(calls, who):
    """A role allows every call that the code makes."""
    refused = [c for c in calls[who] if not any(allows(rule, c) for rule in rules_of(who))]

    assert refused == []


@pytest.mark.parametrize("who", [*TRAINING, SPARK])
def test_may_do_no_more(calls, who):
    """The code needs each action and each resource of its role."""
    own = LOGS | RUNTIME | {"logs:DescribeLogStreams", "logs:DescribeLogGroups"}
    idle = []
    for rule in rules_of(who):
        actions = set(as_list(rule["Action"])) - own
        if actions:
            idle += unused(rule, actions, calls[who])

    assert [each for each in idle if not any(part in str(each[1]) for part in OF_SPARK)] == []
