"""The definition of the state machine: requirements for every state."""

import json
import re
import sys
from datetime import timedelta

import pytest

from batch_jobs import errors as batch_jobs_errors
from batch_jobs.await_observations import FRESH_SHARE
from forecasts import errors as forecasts_errors
from forecasts.run import INTERVAL, PUBLISH_ALLOWANCE
from tests.aws.machine import DEFINITION, FUNCTIONS, definition
from tests.dynamodb_local import template

THROTTLED = "Lambda.TooManyRequestsException"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def states_of(machine):
    """Yield name and fields of every state, including those inside a Map."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states_of(state["ItemProcessor"])


MACHINE = json.loads(DEFINITION.read_text())
STATES = dict(states_of(MACHINE))
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}


def function_of(state):
    """Return the logical id of the function that a state calls; None for other tasks."""
    name = state["Arguments"].get("FunctionName")
    return name and PLACEHOLDER.fullmatch(name)[1].removesuffix("Arn")


def test_the_tests_run_what_is_deployed():
    """The interpreter runs the deployed definition, with only its placeholders filled in."""
    text = DEFINITION.read_text()
    verbatim = "(.*)".join(re.escape(part) for part in PLACEHOLDER.split(text)[::2])

    assert re.fullmatch(verbatim, definition("arn:of-a-topic"), re.DOTALL)
    assert not PLACEHOLDER.search(definition("arn:of-a-topic"))


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_a_limit_and_a_way_out(name):
    """Every task has a timeout, retries with jitter, and catches every error."""
    task = TASKS[name]

    assert task["TimeoutSeconds"] > 0
    assert all(retry["JitterStrategy"] == "FULL" for retry in task["Retry"])
    assert [catch["ErrorEquals"] for catch in task["Catch"]] == [["States.ALL"]]


def test_a_failed_night_goes_through_fail_run():
    """Every state that does part of a night leads to FailRun, and from there to an alert."""
    work = {**TASKS, **{name: s for name, s in STATES.items() if s["Type"] == "Map"}}
    ways = {name: state["Catch"][0]["Next"] for name, state in work.items()}

    assert ways == {
        "AwaitObservations": "PlanRun",
        "PlanRun": "FailRun",
        "VerifyRun": "BuildInput",
        "BuildInput": "FailRun",
        "BuildInputPart": "FailRunAtBuildInput",
        "FailRunAtBuildInput": "BuildInputPartFailed",
        "Transform": "IsCapacityShort",
        "LoadForecasts": "FailRun",
        "LoadForecastsPart": "FailRunAtLoadForecasts",
        "FailRunAtLoadForecasts": "LoadForecastsPartFailed",
        "WriteDownloads": "CheckRun",
        "CheckRun": "FailRun",
        "PublishRun": "FailRun",
        "AnnounceRun": "CompactObservations",
        "CompactObservations": "Published",
        "FailRun": "Alert",
        "Alert": "Failed",
    }


def test_throttled_calls_are_tried_for_minutes():
    """In an account with few concurrent functions, a call is tried again some twenty times."""
    calls = [task for task in TASKS.values() if function_of(task)]
    retries = [r for task in calls for r in task["Retry"] if THROTTLED in r["ErrorEquals"]]
    caps = [
        min(r["IntervalSeconds"] * r["BackoffRate"] ** n, r["MaxDelaySeconds"])
        for r in retries
        for n in range(r["MaxAttempts"])
    ]

    assert len(retries) == len(calls) == 13
    assert {(r["MaxAttempts"], len(r["ErrorEquals"])) for r in retries} == {(20, 1)}
    # A wait is half of its cap on average: more than six minutes in all, in vain on any night.
    assert sum(caps) / len(retries) / 2 > 360


def test_capacity_is_awaited_for_an_hour():
    """A transform job that found no instance is started again for more than an hour."""
    short, wait = STATES["IsCapacityShort"], STATES["AwaitCapacity"]
    (choice,) = short["Choices"]
    rounds = int(re.search(r"\$waited < (\d+)", choice["Condition"])[1])

    assert (short["Default"], choice["Next"], wait["Next"]) == (
        "FailRun",
        "AwaitCapacity",
        "Transform",
    )
    assert 3600 < rounds * wait["Seconds"] < 7200


def test_observations_are_awaited_by_the_state_machine():
    """Each look is a call, and the function says how long the state machine waits for the next."""
    choice, wait = STATES["IsFetchAwaited"], STATES["AwaitFetch"]

    assert [each["Next"] for each in choice["Choices"]] == ["AwaitFetch"]
    assert (STATES["Begin"]["Next"], wait["Next"]) == ("AwaitObservations", "AwaitObservations")
    assert (STATES["AwaitObservations"]["Next"], choice["Default"]) == ("IsFetchAwaited", "PlanRun")


def test_a_wait_leaves_time_for_the_night():
    """After the longest wait, a night can be published before the alarm on the age of the run."""
    most = timedelta(minutes=template()["Parameters"]["AwaitMinutes"]["MaxValue"])
    alarm = template()["Resources"]["RunAgeAlarm"]["Properties"]

    assert most + INTERVAL + PUBLISH_ALLOWANCE < timedelta(seconds=alarm["Threshold"])
    assert most.total_seconds() <= MACHINE["TimeoutSeconds"] / 6


def test_the_share_is_that_of_one_machine():
    """Without a parameter a night waits for the same share as `stationcast nightly --await`."""
    assert template()["Parameters"]["AwaitShare"]["Default"] == FRESH_SHARE


def test_every_function_is_called():
    """The functions that the definition calls are those of the states."""
    called = {function_of(state) for state in TASKS.values()} - {None}

    assert called == {f"{state}Function" for state in FUNCTIONS}


@pytest.mark.parametrize("name", [name for name, state in TASKS.items() if function_of(state)])
def test_a_function_gives_up_before_its_state(name):
    """Lambda's own error is caught, and no function runs on after its state has ended."""
    function = template()["Resources"][function_of(TASKS[name])]

    assert function["Properties"]["Timeout"] < TASKS[name]["TimeoutSeconds"]


def test_the_errors_that_are_tried_again_are_ours():
    """A name without a dot in a Retry is one of our error classes."""
    retried = {name for task in TASKS.values() for r in task["Retry"] for name in r["ErrorEquals"]}
    ours = {**vars(batch_jobs_errors), **vars(forecasts_errors)}

    assert {name for name in retried if "." not in name} <= ours.keys()


def test_parts_share_the_write_rate(functions):  # noqa: ARG001 -- imports the handlers
    """The function divides the rate by the number of parts that the Map loads at once."""
    handler = sys.modules[FUNCTIONS["LoadForecasts"]]

    assert STATES["LoadForecasts"]["MaxConcurrency"] == handler.PARTS_AT_ONCE
