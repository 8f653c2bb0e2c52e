"""The state machine of a stack is started from the command line, and followed.

moto runs a small machine with the states that matter: a function, a map over candidates, a failure.
"""

import json
import threading

import boto3
import pytest

from batch_jobs.observations.files import open_location
from batch_jobs.training.registry import Registry, Training, TrainingState
from local.commands import renewal
from tests.aws import interpreter
from tests.aws.machine import ACCOUNT, REGION, arn
from tests.command_line import run, said

DEFINITION = {
    "StartAt": "PlanTraining",
    "States": {
        "PlanTraining": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": arn("PlanTraining"), "Payload": {}},
            "OutputPath": "$.Payload",
            "Next": "TrainCandidates",
        },
        "TrainCandidates": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "TrainCandidate",
                "States": {"TrainCandidate": {"Type": "Pass", "End": True}},
            },
            "End": True,
        },
    },
}


class Stack:
    """A state machine on this machine.

    Attributes:
        arn: Its ARN.
        plan: The function of its first state.
    """

    def __init__(self):
        self.plan = lambda: [{"name": "2026-12-depth6"}, {"name": "2026-12-depth5"}]

    def call(self, _event, _context):
        """Run the function."""
        return self.plan()


@pytest.fixture
def stack(monkeypatch):
    """A state machine that has not run yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
    monkeypatch.setattr(renewal, "POLL_SECONDS", 0.01)
    found = Stack()
    with interpreter.running({arn("PlanTraining"): found.call}):
        found.arn = boto3.client("stepfunctions", REGION).create_state_machine(
            name="training",
            definition=json.dumps(DEFINITION),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/training",
        )["stateMachineArn"]
        yield found


def test_it_is_followed(stack):
    """Each state is shown once, in order, with the candidate that it is for."""
    done = run("training", "run", "--state-machine", stack.arn)
    states = [line.partition(" ")[2] for line in done.stdout.splitlines()]

    assert done.exit_code == 0, done.output
    assert states[:2] == ["PlanTraining", "TrainCandidates"]
    assert sorted(states[2:]) == ["TrainCandidate 2026-12-depth5", "TrainCandidate 2026-12-depth6"]
    assert "Started arn:aws:states:eu-central-1:123456789012:execution:training:" in done.stderr
    assert "aws stepfunctions stop-execution --execution-arn arn:aws:" in done.stderr


def test_the_judgement_is_shown(stack, monkeypatch):
    """With the folder of the stack, the end is what `training candidates` shows."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    where = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration=where)
    training = Training("2026-12", TrainingState.REFUSED, "2026-12-01T00:00:00Z", reason="worse")
    Registry(open_location("s3://models/training")).put(training)
    folder = ("--folder", "s3://models/training")
    done = run("training", "run", "--state-machine", stack.arn, *folder)

    assert done.exit_code == 0, done.output
    assert "Training 2026-12 is refused (worse)" in said(done)


def test_one_is_running(stack):
    """A second one is not started; the one that is running is followed to its end."""
    looked = threading.Event()

    def plan():
        assert looked.wait(60)
        return []

    stack.plan = plan
    client = boto3.client("stepfunctions", REGION)
    running = client.start_execution(stateMachineArn=stack.arn)["executionArn"]
    boto3.DEFAULT_SESSION.events.register(
        "after-call.sfn.GetExecutionHistory", lambda **_: looked.set()
    )
    done = run("training", "run", "--state-machine", stack.arn)
    executions = client.list_executions(stateMachineArn=stack.arn)["executions"]

    assert done.exit_code == 0, done.output
    assert f": {running} Ctrl-C stops following it" in said(done)
    assert "Running since 20" in done.stderr
    assert [each["executionArn"] for each in executions] == [running]
    assert "PlanTraining" in done.stdout


def test_it_fails(stack):
    """How it ended and why is said, after the states until then."""

    def plan():
        raise ValueError("no observations")

    stack.plan = plan
    failed = run("training", "run", "--state-machine", stack.arn)

    assert failed.exit_code == 1
    assert "PlanTraining" in failed.stdout
    assert "ended as FAILED: ValueError" in said(failed)
    assert "no observations" in said(failed)


def test_it_is_stopped(stack):
    """An execution that is stopped says so."""
    client = boto3.client("stepfunctions", REGION)

    def plan():
        (running,) = client.list_executions(stateMachineArn=stack.arn)["executions"]
        client.stop_execution(executionArn=running["executionArn"])
        return []

    stack.plan = plan
    stopped = run("training", "run", "--state-machine", stack.arn)

    assert stopped.exit_code == 1
    assert stopped.stderr.endswith("ended as ABORTED\n")


@pytest.mark.parametrize("text", ["training", "arn:aws:states:eu-central-1:1:execution:t:e"])
def test_what_is_no_state_machine(text):
    """The error says where the ARN is found."""
    refused = run("training", "run", "--state-machine", text)

    assert refused.exit_code == 1
    assert "is not the ARN of a state machine; the stack's output" in said(refused)


def test_one_that_is_not_there(stack):
    """AWS's own reason is said."""
    missing = run("training", "run", "--state-machine", f"{stack.arn}-2")

    assert missing.exit_code == 1
    assert "StateMachineDoesNotExist" in said(missing)


def test_no_network(monkeypatch):
    """A service that cannot be reached is named, with what to check."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:training"
    failed = run("training", "run", "--state-machine", machine)

    assert failed.exit_code == 1
    assert "unreachable; check the network" in said(failed)
