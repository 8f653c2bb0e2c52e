"""`stationcast train --on sagemaker`: jobs really run the entry point, on this machine."""

from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws
from moto.sagemaker.models import sagemaker_backends

from batch_jobs.observations.files import open_location
from batch_jobs.transform import load_model
from local.commands import train
from tests.aws.machine import ACCOUNT, REGION
from tests.aws.training.training_engine import TrainingEngine
from tests.command_line import run, said
from tests.stack import Stack
from tests.training_sets import write_set

BUCKET = "stack"
SET = f"s3://{BUCKET}/training/set"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/training"


@pytest.fixture
def aws(archive, tmp_path, monkeypatch):
    """SageMaker and S3 with a training set; yields what runs the jobs."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
    monkeypatch.setattr(train, "POLL_SECONDS", 0.01)
    engine = TrainingEngine(tmp_path / "engine")
    engine.install(monkeypatch)
    with mock_aws():
        where = {"LocationConstraint": REGION}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        folder = write_set(tmp_path / "set", archive, ["US", "CA", "US"])
        for path in folder.rglob("*.*"):
            open_location(SET).write(str(path.relative_to(folder)), path.read_bytes())
        yield engine


def train_there(*options, training_set=SET):
    """Train on SageMaker."""
    where = ("--from", training_set, "--on", "sagemaker", "--role", ROLE)
    return run("train", *where, "--depth", "1", *options)


def answer_with(operation, code, message):
    """Let SageMaker answer an operation with an error."""
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
    boto3.DEFAULT_SESSION.events.register(
        f"before-call.sagemaker.{operation}", lambda **_: (SimpleNamespace(status_code=400), error)
    )


def test_the_same_model(aws, tmp_path):
    """A job and this machine make the same artifact of a set in S3, and show the same scores."""
    there, here = tmp_path / "there.tar.gz", tmp_path / "here.tar.gz"
    on_sagemaker = train_there("--name", "v2", "--output", there)
    locally = run("train", "--from", SET, "--name", "v2", "--depth", "1", "--output", here)

    assert on_sagemaker.exit_code == 0, on_sagemaker.output
    assert locally.exit_code == 0, locally.output
    assert there.read_bytes() == here.read_bytes()
    assert load_model(there).parameters == ("temperature", "pressure")
    assert on_sagemaker.stdout.replace("there", "here") == locally.stdout
    (job,) = aws.jobs
    assert f"s3://{BUCKET}/training/jobs/{job}/output/model.tar.gz" in said(on_sagemaker)
    assert f"aws sagemaker stop-training-job --training-job-name {job}" in said(on_sagemaker)


def test_the_request(aws, tmp_path):
    """A job is one spot instance without a network, in the image that the template names."""
    output = tmp_path / "model.tar.gz"
    done = train_there("--instance-type", "ml.m5.large", "--output", output)
    (job,) = aws.jobs
    found = boto3.client("sagemaker").describe_training_job(TrainingJobName=job)
    stack = Stack()
    image = found["AlgorithmSpecification"]["TrainingImage"]
    account = stack.template["Mappings"]["XGBoostImage"][REGION]["Account"]
    tag = stack.template["Parameters"]["ModelImageTag"]["Default"]
    uris = [each["DataSource"]["S3DataSource"]["S3Uri"] for each in found["InputDataConfig"]]

    assert done.exit_code == 0, done.output
    assert image == f"{account}.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:{tag}"
    assert found["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert found["ResourceConfig"]["InstanceCount"] == 1
    assert found["EnableManagedSpotTraining"] is found["EnableNetworkIsolation"] is True
    assert found["HyperParameters"] == {"name": "v1", "depth": "1"}
    assert found["RoleArn"] == ROLE
    assert uris[0].startswith(f"s3://{BUCKET}/training/code/")
    assert uris[1] == f"{SET}/"


def test_each_parameter_and_country(aws, tmp_path):
    """Each model is a job; what cannot be trained is skipped for the reason that it has here."""
    options = ("--each-parameter", "--parameters", "pressure", "--countries", "US")
    there, here = tmp_path / "there", tmp_path / "here"
    done = train_there(*options, "--output", there)
    run("train", "--from", SET, "--depth", "1", *options, "--output", here)

    assert done.exit_code == 0, done.output
    assert [path.name for path in there.iterdir()] == ["pressure.tar.gz"]
    assert (there / "pressure.tar.gz").read_bytes() == (here / "pressure.tar.gz").read_bytes()
    assert "skipped pressure.US.tar.gz: 2 stations of US measure pressure" in said(done)
    assert [job.partition("-pressure")[2] for job in aws.jobs] == ["", "-US"]


def test_a_set_of_a_whole_bucket(aws, tmp_path):
    """A set that is not below a prefix has code and output beside its files."""
    bucket = boto3.resource("s3").Bucket(BUCKET)
    for entry in list(bucket.objects.filter(Prefix="training/set/")):
        key = entry.key.removeprefix("training/set/")
        bucket.Object(key).copy({"Bucket": BUCKET, "Key": entry.key})
    options = ("--parameters", "pressure", "--output", tmp_path / "model.tar.gz")
    done = train_there(*options, training_set=f"s3://{BUCKET}")

    assert done.exit_code == 0, done.output
    assert f"s3://{BUCKET}/jobs/{aws.jobs[0]}/output/model.tar.gz" in said(done)


def test_no_quota(aws, tmp_path):
    """SageMaker's refusal says which quota, and what to do follows."""
    aws.refused = {"stationcast"}
    refused = train_there("--output", tmp_path / "model.tar.gz")

    assert refused.exit_code == 1
    assert "ml.m5.2xlarge for spot training job usage' is 0 Instances" in said(refused)
    assert said(refused).endswith(
        "; `stationcast preflight --training-instance` says how to ask for more; or give another "
        "--instance-type"
    )
    assert list(tmp_path.glob("*.gz")) == []


@pytest.mark.parametrize(
    ("status", "secondary", "reason", "words"),
    [
        (
            "Failed",
            "Failed",
            "CapacityError: Unable to provision requested ML compute capacity.",
            "requested ML compute capacity.; start it again later, or give another --instance",
        ),
        (
            "Failed",
            "Failed",
            "InternalServerError: We encountered an internal error.",
            "is Failed: InternalServerError: We encountered an internal error.",
        ),
        (
            "Stopped",
            "MaxWaitTimeExceeded",
            "",
            "is MaxWaitTimeExceeded: there was no spot capacity for long enough; start it again",
        ),
        (
            "Stopped",
            "MaxRuntimeExceeded",
            "",
            "is MaxRuntimeExceeded: it took too long; give a larger --instance-type",
        ),
        ("Stopped", "Stopped", "", "is Stopped: start it again"),
        (
            "Failed",
            "Failed",
            "AlgorithmError: 504 hours of observations are too few to train on, exit code: 1",
            "Error: 504 hours of observations are too few to train on",
        ),
    ],
)
def test_jobs_that_end_badly(aws, tmp_path, status, secondary, reason, words):
    """The error says why, and what to do if that is not plain; nothing is written."""
    aws.failures = {"stationcast": (status, secondary, reason)}
    failed = train_there("--output", tmp_path / "model.tar.gz")

    assert failed.exit_code == 1
    assert words in said(failed)
    assert list(tmp_path.glob("*.gz")) == []


def test_a_spot_stop(aws, tmp_path):
    """A job that is interrupted goes on by itself, and is waited for."""
    aws.failures = {"stationcast": ("InProgress", "Interrupted", "")}
    looks = []

    def look(**_):
        looks.append(1)
        (job,) = sagemaker_backends[ACCOUNT][REGION].training_jobs.values()
        if len(looks) == 3:
            job.training_job_status, job.secondary_status = "Stopped", "MaxWaitTimeExceeded"

    boto3.DEFAULT_SESSION.events.register("before-call.sagemaker.DescribeTrainingJob", look)
    failed = train_there("--output", tmp_path / "model.tar.gz")

    assert "is MaxWaitTimeExceeded" in said(failed)
    assert len(looks) == 3


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("operation", "code", "message", "words"),
    [
        (
            "CreateTrainingJob",
            "AccessDeniedException",
            "User: ada is not authorized to perform: iam:PassRole on resource: training",
            "iam:PassRole on resource: training; log in as a user who may, or let an administrator",
        ),
        (
            "CreateTrainingJob",
            "ValidationException",
            f"Could not assume role {ROLE}.",
            "check --role: its trust policy has to name sagemaker.amazonaws.com",
        ),
        (
            "DescribeTrainingJob",
            "ExpiredTokenException",
            "The security token included in the request is expired",
            ", which goes on,: An error occurred (ExpiredTokenException)",
        ),
    ],
)
def test_refusals(tmp_path, operation, code, message, words):
    """The error has SageMaker's reason, and what to do."""
    answer_with(operation, code, message)
    refused = train_there("--output", tmp_path / "model.tar.gz")

    assert refused.exit_code == 1
    assert words in said(refused)


def test_what_is_no_model(aws, tmp_path):
    """If a job left something else, it is not written."""
    aws.spoil = lambda key, content: b"spoilt" if key.endswith("model.tar.gz") else content
    failed = train_there("--output", tmp_path / "model.tar.gz")

    assert failed.exit_code == 1
    assert "not a model artifact" in said(failed)
    assert list(tmp_path.glob("*.gz")) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--observations", "o"), "--on sagemaker needs --from s3://bucket/prefix"),
        (("--from", "set"), "--on sagemaker needs --from s3://bucket/prefix"),
        (("--from", SET), "--on sagemaker needs --role"),
        (
            ("--from", SET, "--role", ROLE, "--parameters", "pressure,humidity"),
            "a job learns one parameter or all of the set (temperature, pressure)",
        ),
    ],
)
@pytest.mark.usefixtures("aws")
def test_options(options, words):
    """What a job needs and cannot do is said before anything is paid for."""
    refused = run("train", *options, "--on", "sagemaker")

    assert refused.exit_code == 2
    assert words in said(refused)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("machine", ["local", "sagemaker"])
def test_no_set(machine):
    """A prefix without a set is named."""
    nowhere = f"s3://{BUCKET}/nowhere"
    failed = run("train", "--from", nowhere, "--on", machine, "--role", ROLE)

    assert failed.exit_code == 1
    assert f"{nowhere}: there is no training set; `stationcast training prepare`" in said(failed)


@pytest.mark.usefixtures("aws")
def test_a_damaged_set():
    """The error names the set's place in S3, not that of the copy."""
    open_location(SET).write("manifest.json", b"{}")
    failed = run("train", "--from", SET)

    assert failed.exit_code == 1
    assert f"{SET}/manifest.json: not the manifest of a training set" in said(failed)


def test_another_region(aws, monkeypatch):  # noqa: ARG001 -- the set
    """Where no image is known, the error names the regions."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
    failed = train_there()

    assert failed.exit_code == 1
    assert "no XGBoost image is known in cn-north-1; set AWS_DEFAULT_REGION to one" in said(failed)
