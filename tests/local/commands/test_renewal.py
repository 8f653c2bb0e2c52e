"""Renewing the model from the command line."""

import fcntl
from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from batch_jobs.observations.files import open_location
from batch_jobs.training.registry import Candidate, Registry, Training, TrainingState
from batch_jobs.training.starts import Starts
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now
from model.artifact import save
from tests.aws.machine import REGION
from tests.command_line import run, said

JUDGED = {
    "accepted": True,
    "reasons": [],
    "comparisons": {
        "held-back time": {
            "pressure": {"gain": 0.031, "skill": 0.12, "reference": "week", "coverage": 0.801},
            "temperature": {"gain": None, "skill": 0.2, "reference": "week", "coverage": 0.79},
        }
    },
}


@pytest.fixture
def place(tmp_path, model, model_path, monkeypatch):
    """A folder with a model in use and a candidate that waits for approval."""
    monkeypatch.chdir(tmp_path)
    fill("training", ".", model, model_path)
    return tmp_path


@pytest.fixture
def aws(monkeypatch):
    """Credentials of an account that is on this machine."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def bucket(aws, model, model_path, tmp_path, monkeypatch):  # noqa: ARG001 -- credentials
    """A bucket with the same."""
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        create_bucket()
        fill(FOLDER, "s3://models/in-use", model, model_path)
        yield


#: Where a stack keeps trainings and the model in use.
FOLDER, MODEL = "s3://models/training", "s3://models/in-use/model.tar.gz"


def create_bucket():
    """Create the bucket of a stack."""
    where = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration=where)


def fill(folder, place, model, model_path):
    """Put a model in use and a candidate that waits for approval."""
    open_location(place).write("model.tar.gz", model_path.read_bytes())
    registry = Registry(open_location(folder))
    save(replace(model, name="2026-12-depth5"), candidate := model_path.with_name("candidate"))
    file = "2026-12/2026-12-depth5.tar.gz"
    digest = registry.keep(file, candidate.read_bytes())
    good = Candidate("2026-12-depth5", file, digest, JUDGED)
    bad = Candidate("2026-12-depth10", failure="too few observations")
    training = Training("2026-12", TrainingState.WAITING, "2026-12-01T00:00:00Z", chosen=good.name)
    registry.put(training.with_candidate(good).with_candidate(bad))


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_there_and_back(kind, request):
    """A candidate is looked at, approved, released and taken back."""
    request.getfixturevalue("place" if kind == "folder" else "bucket")
    path = "model.tar.gz" if kind == "folder" else MODEL
    folder = () if kind == "folder" else ("--folder", FOLDER)
    model = () if kind == "folder" else ("--model", MODEL)
    in_use = open_location(path.rpartition("/")[0])
    judged = run("training", "candidates", *folder)
    assert "2026-12-depth5 accepted" in judged.output
    assert "+3.1%" in judged.output
    assert "2026-12-depth10: too few observations" in said(judged)

    before = in_use.read("model.tar.gz")
    early = run("training", "release", *folder, *model)
    assert early.exit_code == 1
    assert "training 2026-12 is waiting: nothing to release" in early.output
    approved = run("training", "approve", "2026-12", "--by", "ada", *folder)
    next_step = (
        "`stationcast training release`" if kind == "folder" else "the state machine's next start"
    )
    assert f"2026-12-depth5 is approved; {next_step} puts it in use" in said(approved)
    done = run("training", "release", "2026-12", *folder, *model)
    assert f"Release 2: {path} is 2026-12-depth5" in said(done)
    registry = Registry(open_location(FOLDER if folder else "training"))
    assert in_use.read("model.tar.gz") == registry.artifact(registry.releases()[-1]) != before

    back = run("training", "rollback", "--reason", "too cold", *folder, *model)
    assert f"2026-12-depth5 is taken back: {path} is small again" in said(back)
    assert in_use.read("model.tar.gz") == before
    status = said(run("training", "status", *folder))
    for text in ("rolled back", "too cold", "approved by ada", "1 (in use)"):
        assert text in status


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("path", ["s3://models", "s3://models/", "s3://models/in-use/"])
def test_what_is_no_file_of_a_bucket(path):
    """A bucket or a folder is not a model."""
    refused = run("training", "release", "--folder", FOLDER, "--model", path)

    assert refused.exit_code == 2
    assert f"{path} is no file; write s3://bucket/folder/model.tar.gz" in said(refused)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("command", [("release",), ("rollback", "--reason", "too cold")])
def test_a_model_of_this_machine_beside_a_bucket(command, tmp_path):
    """A stack's nights do not use it, so nothing is changed, here or there."""
    registry = Registry(open_location(FOLDER))
    registry.put(replace(registry.training("2026-12"), state=TrainingState.APPROVED))
    refused = run("training", *command, "--folder", FOLDER)

    assert refused.exit_code == 2
    assert "nights do not use model.tar.gz; give the stack's model with --model" in said(refused)
    assert registry.training("2026-12").state is TrainingState.APPROVED
    assert not (tmp_path / "model.tar.gz").exists()


@pytest.mark.usefixtures("bucket")
def test_an_execution_is_at_work():
    """While the state machine works in a bucket, a command changes nothing; afterwards it may."""
    starts = Starts(open_location(f"{FOLDER}/starts"))
    starts.begin("execution", utc_now())
    approve = ("training", "approve", "--by", "ada", "--folder")
    refused = run(*approve, FOLDER)
    starts.end("execution")
    done = run(*approve, f"{FOLDER}/")

    assert refused.exit_code == 1
    assert f"another training is at work in {FOLDER}; wait until it ends" in said(refused)
    assert done.exit_code == 0, done.output
    assert starts.begin("next", utc_now())


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_not_there():
    """S3's own reason is said."""
    missing = run("training", "status", "--folder", "s3://others/training")

    assert missing.exit_code == 1
    assert "s3://others/training" in said(missing)
    assert "NoSuchBucket" in said(missing)


def test_months_that_are_not_there(place):
    """The error says which there are, or how to begin."""
    assert (
        "no training of 2026-11; there are 2026-12"
        in run("training", "candidates", "2026-11").output
    )
    nothing = run("training", "approve", "--by", "ada", "--folder", place / "other")
    assert "no training yet; `stationcast training run` begins one" in said(nothing)


def test_two_at_once(place):
    """The second of two trainings is refused, and changes nothing."""
    with (place / "training" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run("training", "release")
    assert second.exit_code == 1
    assert "another training is at work in training; wait until it ends" in said(second)


def test_a_month_that_is_done(place):
    """A second start trains nothing; it says how the month ended, and where the report is."""
    registry = Registry(open_location("training"))
    month = f"{utc_now():%Y-%m}"
    registry.put(replace(registry.training("2026-12"), name=month, state=TrainingState.REFUSED))
    SQLiteStore("forecasts.db", utc_now, create=True).close()
    arguments = ("--observations", place / "nothing", "--store", "sqlite:///forecasts.db")
    done = run("training", "run", *arguments)

    assert done.exit_code == 0, done.output
    assert f"Training {month} is refused" in done.output
    assert f"training/{month}/report.md" in done.output


def test_no_observations(place):
    """The reason is said, and kept."""
    failed = run("training", "run", "--observations", place / "nothing", "--folder", "empty")
    assert failed.exit_code == 1
    assert "nothing" in failed.output
    assert "failed" in run("training", "status", "--folder", "empty").output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give either --observations or --state-machine"),
        (("--observations", "o", "--state-machine", "arn"), "give either --observations or"),
        (("--state-machine", "arn", "--ask"), "--store and --ask do not go with --state-machine"),
        (("--observations", "o", "--folder", FOLDER), "a training on this machine needs a folder"),
    ],
)
def test_options_that_exclude_each_other(options, words):
    """One training is on this machine or on AWS, not both."""
    refused = run("training", "run", *options)

    assert refused.exit_code == 2
    assert words in said(refused)
