"""`stationcast neo`, against moto's SageMaker."""

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
    """SageMaker and S3 in this process, with a bucket and credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="models")
        yield boto3.client("sagemaker")


def put(*names):
    """Put an artifact with empty files at the location in `JOB`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
    put_bytes(buffer.getvalue())


def put_bytes(content):
    """Put any content at the location in `JOB`."""
    boto3.client("s3").put_object(Bucket="models", Key="old/model.tar.gz", Body=content)


def neo(*more, xgboost="1.3.3"):
    """Run the command."""
    where = [JOB.model, "--output", JOB.output, "--role", ROLE]
    return CliRunner().invoke(main, ["neo", *where, "--xgboost", xgboost, *more])


def test_a_job_is_started_and_waited_for(aws):
    """The job has the options of the command, which prints its result."""
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
    """XGBoost up to 1.3.3 is accepted, as a version of the library or of SageMaker's image."""
    check_version(version)


@pytest.mark.parametrize("version", ["1.3.4", "1.5-1", "1.7.1", "3.2.0"])
def test_versions_that_neo_refuses(aws, version):
    """Newer versions are refused before AWS is called; the error names `stationcast compile`."""
    result = neo(xgboost=version)

    assert result.exit_code == 1
    assert f"up to 1.3.3, not {version}; `stationcast compile`" in result.stderr
    assert aws.list_compilation_jobs()["CompilationJobSummaries"] == []


def test_a_malformed_version():
    """If the text is not a version, the error shows one."""
    with pytest.raises(CompilationError, match="'latest' is not a version of XGBoost; write"):
        check_version("latest")


@pytest.mark.usefixtures("aws")
def test_an_artifact_of_ours_is_refused(model_path):
    """Our own artifacts are refused, whatever version is given."""
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
    """An artifact of other files than one `.model` file is refused, and the error names them."""
    put(*files)

    with pytest.raises(CompilationError, match=f"Neo takes one .model file, {found}"):
        check_model(JOB.model)


@pytest.mark.usefixtures("aws")
def test_a_malformed_artifact():
    """The error names a file that is not a gzipped tar."""
    put_bytes(b"pickle")

    with pytest.raises(CompilationError, match=f"{JOB.model}: not a model artifact"):
        check_model(JOB.model)


@pytest.mark.usefixtures("aws")
def test_an_artifact_that_is_not_there():
    """The error names the missing file."""
    result = neo()

    assert result.exit_code == 1
    assert "model.tar.gz" in result.stderr


@pytest.mark.parametrize("url", ["model.tar.gz", "s3://models", "s3://models/", "https://a/b"])
def test_locations_outside_of_s3(url):
    """Locations outside of S3 are refused; the error shows an S3 URL."""
    result = CliRunner().invoke(
        main, ["neo", url, "--output", "s3://m/o", "--role", ROLE, "--xgboost", "1.3.3"]
    )

    assert result.exit_code == 2
    assert "is not an S3 URL; write s3://bucket/key" in result.stderr


def described(aws, *statuses):
    """Let the job go through some states."""
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
    """Each status is reported until the job is done."""
    told = []
    compiled = described(aws, "STARTING", "INPROGRESS", "COMPLETED").wait("night", told.append)

    assert told == ["STARTING", "INPROGRESS"]
    assert compiled == Compiled("s3://models/compiled/model-ml_c5.tar.gz", "")


def test_a_job_that_fails(aws):
    """The error of a failed job has Neo's reason."""
    with pytest.raises(CompilationError, match="night is FAILED: InputConfiguration: no"):
        described(aws, "INPROGRESS", "FAILED").wait("night", lambda _: None)


def test_a_job_that_does_not_end(aws):
    """Waiting has a limit."""
    with pytest.raises(CompilationError, match="night is not done yet"):
        described(aws, *["INPROGRESS"] * POLLS).wait("night", lambda _: None)


def test_a_job_that_is_refused(aws):
    """The error has SageMaker's message."""
    stubber = Stubber(aws)
    stubber.add_client_error("create_compilation_job", "ValidationException", "no such role")
    stubber.activate()

    with pytest.raises(CompilationError, match=r"Neo: .*no such role"):
        Neo(aws).start(JOB, NOW)
