"""Trainings with faults: each ends in the model that was in use, a named reason and an alert."""

import json
from dataclasses import replace

import boto3
import pytest
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from batch_jobs.training.registry import TrainingState
from tests.aws.interpreter import kill
from tests.aws.machine import BUCKET, arn
from tests.aws.nights import SCHEDULED
from tests.aws.test_state_machine import contents
from tests.aws.training.training_engine import changed

#: What SageMaker says of jobs that do not run: status, secondary status, reason.
SPOT = ("Stopped", "MaxWaitTimeExceeded", None)
NO_CAPACITY = ("Failed", "Failed", "CapacityError: Unable to provision requested ML capacity.")
KILLED = ("Failed", "Failed", "AlgorithmError: , exit code: 137")


def assert_failed(training, execution, reason):
    """Check that this month failed for a reason, and that operators were told."""
    ((subject, message),) = training.alerts()
    found = training.training

    assert (execution.status, execution.error) == ("FAILED", "TrainingFailed")
    assert found.state is TrainingState.FAILED
    assert reason in found.reason
    assert subject == "Stationcast: TrainingFailed"
    assert f"Training: {training.month}\n" in message
    assert f"Reason: {found.reason[:900]}" in message
    assert "The model in use stays." in message


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (SPOT, "the job was stopped: MaxWaitTimeExceeded"),
        (NO_CAPACITY, "CapacityError: Unable to provision"),
        (KILLED, "AlgorithmError: , exit code: 137"),
    ],
)
def test_a_job_that_fails(training, failure, reason):
    """The candidate says why; one of the others is released. The job is tried twice."""
    training.engine.failures["depth5-"] = failure
    execution = training.run()
    done = training.training

    assert execution.output["state"] == "released"
    assert reason in done.candidates[f"{training.month}-depth5"].failure
    assert len([name for name in training.engine.jobs if "depth5-" in name]) == 2
    assert done.chosen != f"{training.month}-depth5"
    report = contents(f"training/{training.month}/")[f"training/{training.month}/report.md"]
    assert reason in report.decode()


def test_a_quota_that_is_used_up(training):
    """SageMaker does not even make the job; the others go on."""
    training.engine.refused.add("depth10-")
    execution = training.run()
    failure = training.training.candidates[f"{training.month}-depth10"].failure

    assert execution.output["state"] == "released"
    assert "'ml.m5.2xlarge for spot training job usage' is 0 Instances" in failure


def test_a_quota_of_0(training):
    """No candidate is trained: the month fails, and goes on with the next start."""
    training.engine.refused.add("depth")
    execution = training.run()

    assert_failed(training, execution, "no candidate could be trained: ")
    assert training.training.reason.count("'ml.m5.2xlarge for spot training job usage'") >= 2
    assert training.in_use.read() is None
    training.engine.refused.clear()
    assert training.run().output["state"] == "released"


def test_a_candidate_that_is_not_better(training):
    """A month later nothing new was observed: all are refused, and the model in use stays."""
    training.run()
    in_use = training.in_use.read()
    move_to(training, "2026-01")
    execution = training.run()
    ((subject, message),) = training.alerts()

    assert (execution.status, subject) == ("SUCCEEDED", "Stationcast: TrainingRefused")
    assert "no candidate is good enough; the model in use stays" in message
    assert f"{training.month}-depth5: " in message
    assert training.training.state is TrainingState.REFUSED
    assert training.in_use.read() == in_use


def move_to(training, month):
    """Make this month's training that of another month."""
    done = training.training
    training.registry.put(replace(done, name=month))
    boto3.resource("s3").Object(BUCKET, f"training/{done.name}/training.json").delete()
    boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix="training/jobs/").delete()


@pytest.mark.parametrize(
    ("file", "spoil", "reason"),
    [
        ("model", lambda content: content[: len(content) // 2], "not a model artifact"),
        ("model", lambda _: b"", "not a model artifact"),
        ("model", lambda _: None, "model.tar.gz: "),
        ("output", lambda content: content[: len(content) // 2], "judgement.json of"),
        (
            "output",
            lambda c: changed(c, "judgement.json", lambda _: b"{"),
            "judgement.json of",
        ),
        ("output", lambda c: changed(c, "judgement.json", lambda _: b"{}"), "not a judgement"),
    ],
)
def test_what_a_job_leaves_is_damaged(training, file, spoil, reason):
    """The candidate is named, with its job; one of the others is released."""

    def spoilt(key, content):
        return spoil(content) if "depth5-" in key and key.endswith(f"/{file}.tar.gz") else content

    training.engine.spoil = spoilt
    execution = training.run()
    failed = training.training.candidates[f"{training.month}-depth5"]

    assert execution.output["state"] == "released"
    assert reason in failed.failure
    assert failed.failure.startswith(f"stack-{training.month}-depth5-")
    assert (failed.file, failed.judgement) == ("", None)


def test_a_set_that_cannot_be_prepared(training):
    """The job run is tried twice; then the month fails with its reason, until the next start."""
    training.spark.failures = ["Job failed: 3 of 90 stations cannot be read"] * 2
    execution = training.run()

    assert_failed(training, execution, "Job failed: 3 of 90 stations cannot be read")
    assert len(training.spark.runs) == 2
    assert training.run().output["state"] == "released"


def test_no_observations(training):
    """What the command says becomes the reason."""
    boto3.resource("s3").Object(BUCKET, "observations/weather.parquet").delete()

    assert_failed(training, training.run(), "no observations in ")


def test_a_release_that_breaks_off(training, monkeypatch):
    """The model was chosen: the training stays approved, and the next start releases it."""

    def fail(_self, **_model):
        raise ValidationError(message="no such role")

    with monkeypatch.context() as patch:
        patch.setattr(SageMakerModelBackend, "create_model", fail)
        execution = training.run()
    ((subject, message),) = training.alerts()
    broken = training.training

    assert (execution.error, subject) == ("TrainingFailed", "Stationcast: TrainingFailed")
    assert "no such role" in message
    assert broken.state is TrainingState.APPROVED
    assert training.run().output == {
        "name": training.month,
        "state": "released",
        "model": broken.chosen,
    }
    assert len(training.models()) == len(training.registry.releases()) == 1
    assert len(training.engine.jobs) == 3


def test_a_plan_that_fails(training):
    """Nothing was begun: the alert has the reason, and the next start is free to work."""

    def fail(_event):
        raise MemoryError("too many releases")

    training.runtime.before[arn("PlanTraining")] = fail
    execution = training.run()
    ((_, message),) = training.alerts()

    assert (execution.error, training.training) == ("TrainingFailed", None)
    assert "Training: none\nReason: MemoryError: too many releases\n" in message
    training.runtime.before.clear()
    assert training.run().output["state"] == "released"


def test_a_plan_whose_answer_is_lost(training):
    """The start has begun, and is ended: the next one goes on."""
    training.runtime.after[arn("PlanTraining")] = kill
    execution = training.run()

    assert (execution.error, training.training.state) == ("TrainingFailed", TrainingState.BEGUN)
    training.runtime.after.clear()
    assert training.run().output["state"] == "released"


@pytest.mark.parametrize("state", ["JudgeCandidates", "ReleaseModel"])
def test_a_training_whose_file_is_deleted(training, state):
    """Judging and releasing say so."""
    path = f"training/{training.month}/training.json"
    training.runtime.before[arn(state)] = lambda _event: (
        boto3.resource("s3").Object(BUCKET, path).delete()
    )
    execution = training.run()

    assert (execution.status, training.training) == ("FAILED", None)
    assert f"there is no training {training.month}: its file was deleted" in execution.cause


def test_a_set_that_is_deleted_meanwhile(training):
    """What was trained of it is released all the same."""
    training.runtime.before[arn("JudgeCandidates")] = lambda _event: (
        boto3.resource("s3").Object(BUCKET, "training/set/manifest.json").delete()
    )

    assert training.run().output["state"] == "released"
    assert training.training.source == {}


def test_another_model_comes_into_use_meanwhile(training, artifacts):
    """Candidates that were held against what was in use before are not let in, and say why."""
    training.runtime.before[arn("JudgeCandidates")] = lambda _event: training.in_use.location.write(
        training.in_use.name, artifacts["first"]
    )

    assert_failed(training, training.run(), "was judged against no model, and first is in use now")
    assert training.in_use.read() == artifacts["first"]


def test_a_damaged_model_in_use(training):
    """Neither a night nor a training takes it for a model; both say so."""
    training.in_use.location.write(training.in_use.name, b"not a model")
    night, execution = training.nights.night(**SCHEDULED), training.run()

    assert (night.error, execution.error) == ("RunFailed", "TrainingFailed")
    for cause in (night.cause, execution.cause):
        assert cause.startswith("ArtifactError: not a model artifact")
    assert training.in_use.read() == b"not a model"


def test_the_failure_itself_fails(training):
    """The alert is sent all the same, with the first reason."""

    def fail(_event):
        raise MemoryError

    training.spark.failures = ["the first reason"] * 2
    training.runtime.before[arn("FailTraining")] = fail
    training.run()
    ((_, message),) = training.alerts()

    assert "the first reason" in message


def test_metrics(training, capsys):
    """A release and a failure are counted once each; lines have the name of the training."""
    training.spark.failures = ["no Spark"] * 2
    training.run()
    training.run()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = [line for line in lines if "_aws" in line and "training" in line]
    sums = {
        name: sum(sum(line.get(name, [])) for line in metrics)
        for name in ("TrainingsFailed", "ModelsReleased", "ModelsRolledBack")
    }

    assert sums == {"TrainingsFailed": 1, "ModelsReleased": 1, "ModelsRolledBack": 0}
    assert {line["training"] for line in metrics} == {training.month}
