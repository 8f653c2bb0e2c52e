"""After a release or a rollback, CloudFormation gives the endpoint of the stack the same model."""

import json

import boto3
import pytest
from moto.cloudformation.models import Stack, cloudformation_backends

from tests.aws.machine import ACCOUNT, REGION
from tests.aws.test_state_machine import contents
from tests.aws.training.bad_release import put_bad_release
from tests.aws.training.machine import REALTIME_ROLE, STACK, TrainingMachine

TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        name: {"Type": "String"} for name in ("TableName", "RealtimeBackend", "VariantAModel")
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


@pytest.fixture(scope="module")
def deployed_training(deployed, training_engine, spark_engine):
    """Both state machines, of a stack that names a role for real time."""
    with pytest.MonkeyPatch.context() as patch:
        training_engine.install(patch)
        spark_engine.install(patch)
        yield TrainingMachine(deployed, training_engine, spark_engine, REALTIME_ROLE)


@pytest.fixture
def stack(training):  # noqa: ARG001 -- moto must run
    """Deploys the stack with a backend of real time, on model v1; returns its parameters."""

    def deploy(backend):
        values = {"TableName": "stationcast", "RealtimeBackend": backend, "VariantAModel": "v1"}
        boto3.client("cloudformation").create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(TEMPLATE),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        )
        return parameters

    def parameters():
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}

    yield deploy
    boto3.client("cloudformation").delete_stack(StackName=STACK)


def stack_of_moto():
    """Return the stack as moto has it."""
    (found,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    return found


@pytest.fixture
def slow(training, monkeypatch):
    """Makes an update of the stack take as many minutes as it has states."""

    def last(*states):
        left = list(states)
        update = Stack.update

        def begin(self, *args, **more):
            update(self, *args, **more)
            self.status = "UPDATE_IN_PROGRESS"

        def wait(_seconds):
            stack_of_moto().status = left.pop(0)

        monkeypatch.setattr(Stack, "update", begin)
        monkeypatch.setattr(training.runtime.waits, "sleep", wait)
        return left

    return last


def test_a_release(training, stack, slow):
    """Real time gets the released model, by its own name; other parameters stay."""
    parameters = stack("instances")
    left = slow("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    execution = training.run()
    model = execution.output["model"]

    assert execution.status == "SUCCEEDED"
    assert parameters() == {
        "TableName": "stationcast",
        "RealtimeBackend": "instances",
        "VariantAModel": model,
    }
    assert stack_of_moto().role_arn == REALTIME_ROLE
    assert contents(f"models/{model}/") == {f"models/{model}/model.tar.gz": training.in_use.read()}
    assert left == []
    assert training.alerts() == []


def test_a_rollback(training, stack, artifacts):
    """A model that is taken back is taken out of real time, too; then the month is looked at."""
    parameters = stack("serverless")
    put_bad_release(training, artifacts)
    execution = training.run()

    assert execution.output == {"name": training.month, "state": "refused"}
    assert parameters()["VariantAModel"] == "first"
    assert contents("models/first/") == {"models/first/model.tar.gz": artifacts["first"]}
    assert [subject for subject, _ in training.alerts()] == ["Stationcast: ModelRolledBack"]


@pytest.mark.parametrize("backend", ["off", "lambda", "multi-model"])
def test_a_backend_that_has_other_models(training, stack, backend):
    """Compiled models and those of single parameters are not candidates, so nothing is updated."""
    parameters = stack(backend)
    execution = training.run()

    assert execution.output["state"] == "released"
    assert parameters()["VariantAModel"] == "v1"
    assert training.alerts() == []


def test_an_endpoint_whose_alarm_goes_off(training, stack, slow):
    """CloudFormation goes back, operators are told, and nights use the new model all the same."""
    stack("instances")
    slow("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    execution = training.run()
    ((subject, message),) = training.alerts()

    assert execution.output["state"] == "released"
    assert subject == "Stationcast: RealtimeNotRenewed"
    assert f"Model: {execution.output['model']}\n" in message
    assert "the update of the stack ended as UPDATE_ROLLBACK_COMPLETE" in message


def test_an_update_without_end(training, stack, slow):
    """After four hours the training no longer waits, and says so."""
    stack("instances")
    left = slow(*["UPDATE_IN_PROGRESS"] * 241)
    execution = training.run()
    ((_, message),) = training.alerts()

    assert (execution.output["state"], len(left)) == ("released", 1)
    assert "the update of the stack ended as UPDATE_IN_PROGRESS" in message


def test_no_stack(training):
    """A stack that cannot be described costs only real time."""
    execution = training.run()
    ((subject, message),) = training.alerts()

    assert execution.output["state"] == "released"
    assert subject == "Stationcast: RealtimeNotRenewed"
    assert "stack" in message
