"""The command that has SageMaker Neo compile old models: against AWS as moto knows it."""

import io
import tarfile

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner
from moto import mock_aws

from local.commands.main import main
from local.compiling.neo import POLLS, Compiled, Job, Neo, check_model, check_version
from local.errors import CompilationError
from tests.factories import NOW

ROLE = "arn:aws:iam::123456789012:role/neo"
JOB = Job("s3://models/old/model.tar.gz", "s3://models/compiled", ROLE, "ml_c5")


@pytest.fixture
def aws(monkeypatch):
    """SageMaker and S3 in this process, with a bucket, and credentials that they take."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="models")
        yield boto3.client("sagemaker")


def put(*names):
    """Put an artifact with some empty files where `JOB` looks for it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
    put_bytes(buffer.getvalue())


def put_bytes(content):
    """Put anything there."""
    boto3.client("s3").put_object(Bucket="models", Key="old/model.tar.gz", Body=content)


def neo(*more, xgboost="1.3.3"):
    """Run the command."""
    where = [JOB.model, "--output", JOB.output, "--role", ROLE]
    return CliRunner().invoke(main, ["neo", *where, "--xgboost", xgboost, *more])


def test_a_job_is_started_and_waited_for(aws):
    """Of an old model a job is made as it was asked for, and the command says what came of it."""
    put("./xgboost.model")
    result = neo("--target", "ml_m5")
    jobs = aws.list_compilation_jobs()["CompilationJobSummaries"]
    job = aws.describe_compilation_job(CompilationJobName=jobs[0]["CompilationJobName"])

    assert (result.exit_code, result.stdout) == (
        0,
        "s3://models/compiled\nserved by InferenceImage\n",
    )
    assert job["InputConfig"] == {"S3Uri": JOB.model, "Framework": "XGBOOST"}
    assert job["OutputConfig"] == {"S3OutputLocation": JOB.output, "TargetDevice": "ml_m5"}
    assert job["RoleArn"] == ROLE


@pytest.mark.parametrize("version", ["0.90", "0.90-2", "1.2-2", "1.3-1", "1.3.3"])
def test_versions_that_neo_takes(version):
    """XGBoost up to 1.3.3, named as the library is or as SageMaker's images are."""
    check_version(version)


@pytest.mark.parametrize("version", ["1.3.4", "1.5-1", "1.7.1", "3.2.0"])
def test_versions_that_neo_refuses(aws, version):
    """Newer ones are refused before anything is asked of AWS, with what compiles them."""
    result = neo(xgboost=version)

    assert result.exit_code == 1
    assert f"up to 1.3.3, not {version}; `stationcast compile`" in result.stderr
    assert aws.list_compilation_jobs()["CompilationJobSummaries"] == []


def test_no_version():
    """What is no version is told how one is written."""
    with pytest.raises(CompilationError, match="'latest' is not a version of XGBoost; write"):
        check_version("latest")


@pytest.mark.usefixtures("aws")
def test_an_artifact_of_ours_is_refused(model_path):
    """Neo knows neither its XGBoost nor its trees, whatever version is claimed."""
    put_bytes(model_path.read_bytes())

    with pytest.raises(
        CompilationError, match="newer XGBoost than Neo supports; `stationcast comp"
    ):
        check_model(JOB.model)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("files", "found"),
    [((), "not $"), (("a.model", "b.model"), "not a.model, b.model"), (("a.json",), "not a.json")],
)
def test_artifacts_of_other_files(files, found):
    """An artifact is one `.model` file; what else there is, is named."""
    put(*files)

    with pytest.raises(CompilationError, match=f"Neo takes one .model file, {found}"):
        check_model(JOB.model)


@pytest.mark.usefixtures("aws")
def test_what_is_no_artifact():
    """A file that is no gzipped tar is an error that names it."""
    put_bytes(b"pickle")

    with pytest.raises(CompilationError, match=f"{JOB.model}: not a model artifact"):
        check_model(JOB.model)


@pytest.mark.usefixtures("aws")
def test_an_artifact_that_is_not_there():
    """One line says which file is missing."""
    result = neo()

    assert result.exit_code == 1
    assert "model.tar.gz" in result.stderr


@pytest.mark.parametrize("url", ["model.tar.gz", "s3://models", "s3://models/", "https://a/b"])
def test_what_is_not_in_s3(url):
    """Places that Neo cannot read are refused with how one is written."""
    result = CliRunner().invoke(
        main, ["neo", url, "--output", "s3://m/o", "--role", ROLE, "--xgboost", "1.3.3"]
    )

    assert result.exit_code == 2
    assert "is not an S3 URL; write s3://bucket/key" in result.stderr


def described(aws, *statuses):
    """Let the job be in one state after the other."""
    stubber = Stubber(aws)
    for status in statuses:
        answer = {
            "CompilationJobName": "night",
            "CompilationJobArn": "arn:aws:sagemaker:us-east-1:123456789012:compilation-job/night",
            "CompilationJobStatus": status,
            "StoppingCondition": {},
            "CreationTime": NOW,
            "LastModifiedTime": NOW,
            "FailureReason": "InputConfiguration: no .model file" if status == "FAILED" else "",
            "ModelArtifacts": {"S3ModelArtifacts": "s3://models/compiled/model-ml_c5.tar.gz"},
            "RoleArn": ROLE,
            "InputConfig": {"S3Uri": JOB.model, "Framework": "XGBOOST"},
            "OutputConfig": {"S3OutputLocation": JOB.output},
        }
        stubber.add_response("describe_compilation_job", answer)
    stubber.activate()
    return Neo(aws)


def test_waiting(aws):
    """Until the job is done its status is told, each time it is looked at."""
    told = []
    compiled = described(aws, "STARTING", "INPROGRESS", "COMPLETED").wait("night", told.append)

    assert told == ["STARTING", "INPROGRESS"]
    assert compiled == Compiled("s3://models/compiled/model-ml_c5.tar.gz", "")


def test_a_job_that_fails(aws):
    """A failure is an error with Neo's reason."""
    with pytest.raises(CompilationError, match="night is FAILED: InputConfiguration: no"):
        described(aws, "INPROGRESS", "FAILED").wait("night", lambda _: None)


def test_a_job_that_does_not_end(aws):
    """Waiting ends all the same."""
    with pytest.raises(CompilationError, match="night is not done yet"):
        described(aws, *["INPROGRESS"] * POLLS).wait("night", lambda _: None)


def test_a_job_that_is_refused(aws):
    """What SageMaker refuses is an error with its words."""
    stubber = Stubber(aws)
    stubber.add_client_error("create_compilation_job", "ValidationException", "no such role")
    stubber.activate()

    with pytest.raises(CompilationError, match=r"Neo: .*no such role"):
        Neo(aws).start(JOB, NOW)
