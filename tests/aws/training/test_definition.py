"""The definition of the state machine of trainings: requirements for every state."""

import json
import re

import pytest

from batch_jobs import errors as batch_jobs_errors
from batch_jobs.training.month_plan import DEPTHS
from batch_jobs.training.starts import LONGEST
from forecasts import errors as forecasts_errors
from model.training import DEPTH
from tests.aws.test_definition import PLACEHOLDER, function_of, states_of
from tests.aws.training.machine import DEFINITION, FUNCTIONS, definition

MACHINE = json.loads(DEFINITION.read_text())
STATES = dict(states_of(MACHINE))
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
JOB = STATES["TrainCandidate"]["Arguments"]


def test_the_tests_run_what_is_deployed():
    """The interpreter runs the deployed definition, with only its placeholders filled in."""
    text = DEFINITION.read_text()
    verbatim = "(.*)".join(re.escape(part) for part in PLACEHOLDER.split(text)[::2])

    assert re.fullmatch(verbatim, definition("arn:of-a-topic", "application"), re.DOTALL)
    assert not PLACEHOLDER.search(definition("arn:of-a-topic", "application"))


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_a_limit_and_a_way_out(name):
    """Every task has a timeout, retries with jitter, and catches every error."""
    task = TASKS[name]

    assert 0 < task["TimeoutSeconds"] < MACHINE["TimeoutSeconds"]
    assert all(retry["JitterStrategy"] == "FULL" for retry in task["Retry"])
    assert [catch["ErrorEquals"] for catch in task["Catch"]] == [["States.ALL"]]


def test_a_failed_training_goes_through_fail_training():
    """Every state that does part of a training leads to FailTraining, and then to an alert."""
    work = {**TASKS, **{name: s for name, s in STATES.items() if s["Type"] == "Map"}}
    ways = {name: state["Catch"][0]["Next"] for name, state in work.items()}

    assert ways == {
        "PlanTraining": "FailTraining",
        "SendNotice": "HasModelChanged",
        "PrepareSet": "FailTraining",
        "TrainCandidates": "FailTraining",
        "TrainCandidate": "CandidateFailed",
        "JudgeCandidates": "FailTraining",
        "ReleaseModel": "FailTraining",
        "DescribeModel": "CreateModel",
        "DeleteModel": "FailTraining",
        "CreateModel": "FailTraining",
        "DescribeStack": "TellOfRealtime",
        "UpdateStack": "TellOfRealtime",
        "DescribeUpdate": "TellOfRealtime",
        "TellOfRealtime": "IsModelReleased",
        "FailTraining": "Alert",
        "Alert": "HasFailed",
    }


def test_every_function_is_called():
    """The functions that the definition calls are those of the states."""
    called = {function_of(state) for state in TASKS.values()} - {None}

    assert called == {f"{state}Function" for state in FUNCTIONS}


def test_the_errors_that_are_tried_again_are_ours():
    """A name without a dot in a Retry is one of our error classes."""
    retried = {name for task in TASKS.values() for r in task["Retry"] for name in r["ErrorEquals"]}
    ours = {**vars(batch_jobs_errors), **vars(forecasts_errors)}

    assert {name for name in retried if "." not in name} <= ours.keys()


def test_a_start_counts_as_long_as_its_execution_may_run():
    """The limit that keeps two executions apart is that of the state machine."""
    assert LONGEST.total_seconds() == MACHINE["TimeoutSeconds"]


def test_a_job_ends_before_its_state():
    """SageMaker and EMR Serverless stop a job before Step Functions gives up on it."""
    limit = JOB["StoppingCondition"]["MaxWaitTimeInSeconds"]
    minutes = STATES["PrepareSet"]["Arguments"]["ExecutionTimeoutMinutes"]

    assert JOB["StoppingCondition"]["MaxRuntimeInSeconds"] <= limit
    assert limit < STATES["TrainCandidate"]["TimeoutSeconds"]
    assert minutes * 60 < STATES["PrepareSet"]["TimeoutSeconds"]


def test_one_host_without_a_network():
    """Several hosts would make several models, and a job needs nothing but its channels."""
    assert JOB["ResourceConfig"]["InstanceCount"] == 1
    assert JOB["EnableNetworkIsolation"] is True


def test_candidates():
    """The first candidate has the depth that `stationcast train` has."""
    assert DEPTHS[0] == DEPTH
