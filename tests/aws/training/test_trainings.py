"""Trainings that end well: the deployed definition with our real handlers, and real jobs."""

from dataclasses import replace
from threading import Event

import boto3

from batch_jobs.training.registry import Training, TrainingState, approved
from forecasts.runs import get_run
from tests.aws.machine import ACCOUNT, BUCKET, MODEL, MOST_SECONDS, arn
from tests.aws.nights import SCHEDULED, TONIGHT
from tests.aws.test_state_machine import contents
from tests.aws.training.bad_release import put_bad_release
from tests.aws.training.machine import TRAINING
from tests.command_line import run, said


def test_the_first_model(training):
    """A new stack needs one deployment: its training makes the model, and then nights begin."""
    early = training.nights.night(**SCHEDULED)
    execution = training.run()
    night = training.nights.night(**SCHEDULED)
    done = training.training

    assert (early.status, early.output["state"]) == ("SUCCEEDED", "no_model")
    assert (execution.status, execution.output["model"]) == ("SUCCEEDED", done.chosen)
    assert done.state is TrainingState.RELEASED
    assert [each.model for each in training.registry.releases()] == [done.chosen]
    assert (night.status, night.output["state"]) == ("SUCCEEDED", "published")
    run = get_run(training.nights.store, TONIGHT)
    assert (run.model, run.parameters) == (done.chosen, ("temperature",))
    assert (training.alerts(), training.nights.alerts()) == ([], [])


def test_what_a_training_leaves(training):
    """Each candidate is judged and kept, the report names all, and SageMaker has one model."""
    training.run()
    month, done = training.month, training.training
    names = [f"{month}-depth{depth}" for depth in (6, 5, 10)]
    report = contents(f"training/{month}/report.md")[f"training/{month}/report.md"].decode()

    assert sorted(done.candidates) == sorted(names)
    assert all(each.file and each.judgement for each in done.candidates.values())
    assert training.registry.artifact(done.candidates[done.chosen]) == training.in_use.read()
    assert [name for name in names if f"## {name}: accepted" in report] == names
    assert done.source["parameters"] == ["temperature"]
    ((name, model),) = training.models().items()
    assert name == MODEL
    assert model["PrimaryContainer"]["ModelDataUrl"] == f"s3://{BUCKET}/models/in-use/model.tar.gz"


def test_a_second_start(training):
    """A month that is over is left alone: nothing is prepared, trained, written or reported."""
    training.run()
    left, calls = contents(""), len(training.runtime.calls)
    execution = training.run()

    assert execution.output == {"name": training.month, "state": "released"}
    assert (contents(""), len(training.runtime.calls)) == (left, calls + 1)
    assert (len(training.engine.jobs), len(training.spark.runs)) == (3, 1)
    assert training.alerts() == []


def test_a_training_that_was_stopped(training):
    """After the limit of the stopped execution, the month goes on; nothing is trained twice."""

    def stop(_event):
        raise MemoryError("stopped")

    training.runtime.before |= {arn("JudgeCandidates"): stop, arn("FailTraining"): stop}
    training.run()
    training.runtime.before.clear()
    early = training.run()
    assert early.output == {"name": training.month, "state": "busy"}

    start = boto3.resource("s3").Object(BUCKET, "training/starts/0001.json")
    text = start.get()["Body"].read().decode()
    start.put(Body=text.replace('"until": "2', '"until": "1'))
    late = training.run()

    assert late.output["state"] == "released"
    assert sorted(training.training.candidates) == sorted(set(training.training.candidates))
    assert (len(training.engine.jobs), len(training.spark.runs)) == (3, 1)


def test_two_at_once(training):
    """Of two executions, such as of two alarms, one trains and the other finds it at work."""
    reached, over = Event(), Event()

    def wait(_event):
        reached.set()
        assert over.wait(MOST_SECONDS)

    training.runtime.before[arn("JudgeCandidates")] = wait
    first = training.begin()
    assert reached.wait(MOST_SECONDS)
    second = training.run()
    over.set()

    assert second.output == {"name": training.month, "state": "busy"}
    assert training.end(first).output["state"] == "released"
    assert len(training.engine.jobs) == 3


def test_approval(training, asking):  # noqa: ARG001 -- a stack that asks
    """The best candidate waits, operators are told how to approve it, and then a start does it."""
    execution = training.run()
    ((subject, message),) = training.alerts()
    again = training.run()

    assert (execution.status, subject) == ("SUCCEEDED", "Stationcast: TrainingWaiting")
    waiting = training.training
    assert f"{waiting.chosen} waits for an approval" in message
    assert f"stationcast training approve {training.month}" in message
    assert again.output["state"] == "waiting"
    assert (training.in_use.read(), training.alerts()) == (None, [])

    told = command_line("approve", training.month, "--by", "ada")
    assert f"{waiting.chosen} is approved" in told
    late = training.run()
    assert late.output["model"] == waiting.chosen
    assert training.registry.releases()[0].reason == "approved by ada"
    assert len(training.engine.jobs) == 3


def command_line(command, *arguments):
    """Use the command line on the stack's bucket; return what it says."""
    result = run("training", command, *arguments, "--folder", TRAINING)
    assert result.exit_code == 0, result.output
    return said(result)


def test_the_command_line(training):
    """It starts the state machine, follows it, and shows how the month ended."""
    told = command_line("run", "--state-machine", training.arn)
    month = training.month

    assert f"TrainCandidate {month}-depth10" in told
    assert f"Training {month} is released: {training.training.chosen}" in told
    assert "released" in command_line("status")
    assert f"{month}-depth5" in command_line("candidates", month)


def test_an_image_of_the_model_that_is_old(training):
    """A release makes SageMaker's model anew if the stack has got another image meanwhile."""
    boto3.client("sagemaker").create_model(
        ModelName=MODEL,
        ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/model",
        PrimaryContainer={"Image": "old", "ModelDataUrl": f"s3://{BUCKET}/old.tar.gz"},
    )

    assert training.run().output["state"] == "released"
    assert [m["PrimaryContainer"]["Image"] for m in training.models().values()] == ["xgboost"]


def test_no_approval_came(training):
    """What still waits when the next month begins is refused, and the new month begins."""
    began = "2026-01-01T03:00:00Z"
    old = Training("2026-01", TrainingState.WAITING, began, chosen="2026-01-depth5")
    training.registry.put(old)
    execution = training.run()
    ((subject, message),) = training.alerts()

    assert subject == "Stationcast: TrainingRefused"
    assert "Training 2026-01 is refused: no approval came in its month" in message
    assert training.registry.training("2026-01").state is TrainingState.REFUSED
    assert execution.output["state"] == "released"


def test_an_approval_at_the_end_of_the_month(training, asking):  # noqa: ARG001 -- it asks
    """What was approved and not released is released first; the new month begins a day later."""
    training.run()
    old = replace(approved(training.training, "ada"), name="2026-01")
    training.registry.put(old)
    boto3.resource("s3").Object(BUCKET, f"training/{training.month}/training.json").delete()
    execution = training.run()

    assert execution.output == {"name": "2026-01", "state": "released", "model": old.chosen}
    assert training.training is None


def test_a_release_that_was_bad(training, artifacts):
    """A week of nights says so: the model before is in use again, and operators know why."""
    put_bad_release(training, artifacts)
    execution = training.run()
    ((subject, message),) = training.alerts()

    assert execution.output == {"name": training.month, "state": "refused"}
    assert subject == "Stationcast: ModelRolledBack"
    assert "second is taken back: in the last 7 verified nights the error of temp" in message
    assert "first is in use again" in message
    assert training.in_use.read() == artifacts["first"]
    # The start is over: the next one does not find it at work.
    assert training.run().output["state"] == "refused"
    assert training.alerts() == []


def test_the_set_on_spark(training):
    """The job run does the same with Spark's tasks."""
    training.run()
    plain = contents("training/set/")
    training.spark.more = ("--spark", "local[2]")
    boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix="training/").delete()
    boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix="models/").delete()
    training.run()

    assert training.training.state is TrainingState.RELEASED
    assert len(training.spark.runs) == 2
    assert contents("training/set/") == plain
