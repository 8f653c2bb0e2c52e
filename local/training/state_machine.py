"""The state machine `training` on AWS: one execution is started and followed from here.

The machine does all of the work, so whoever stops following stops nothing.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from forecasts.times import utc_text
from local.aws import step_functions, translated
from local.errors import StateMachineError

_RUNNING, _SUCCEEDED = "RUNNING", "SUCCEEDED"
_PARTS_OF_ARN = 7


class Execution(NamedTuple):
    """An execution of the state machine.

    Attributes:
        arn: Its ARN.
        began: When it began, RFC 3339 UTC.
        is_new: Whether it was started just now.
    """

    arn: str
    began: str
    is_new: bool


class StateMachine:
    """A state machine.

    Args:
        arn: Its ARN, whose region counts.

    Raises:
        StateMachineError: It is not the ARN of a state machine.
        AwsError: There is no such region.
    """

    def __init__(self, arn: str) -> None:
        parts = arn.split(":")
        if len(parts) != _PARTS_OF_ARN or parts[2] != "states" or parts[5] != "stateMachine":
            raise StateMachineError(
                f"{arn} is not the ARN of a state machine; the stack's output "
                "TrainingStateMachineArn has it"
            )
        self._arn = arn
        self._client = step_functions(parts[3])

    def start(self) -> Execution:
        """Start an execution, unless one is running; two at once would be in each other's way.

        Raises:
            StateMachineError: Step Functions refuses, or cannot be reached.
        """
        with translated(self._arn, StateMachineError):
            running = self._client.list_executions(
                stateMachineArn=self._arn, statusFilter=_RUNNING, maxResults=1
            )["executions"]
            if running:
                return _execution(running[0], is_new=False)
            return _execution(self._client.start_execution(stateMachineArn=self._arn), is_new=True)

    def follow(
        self, execution: Execution, show: Callable[[str], None], pause: Callable[[str], None]
    ) -> None:
        """Wait until an execution has succeeded.

        Args:
            execution: The execution.
            show: Gets a line for each state that begins: its time, its name, and the candidate.
            pause: Waits some seconds; called with the newest state before each new look.

        Raises:
            StateMachineError: It failed or was stopped, or Step Functions cannot be asked.
        """
        shown, newest = 0, ""
        while True:
            # Asked before the history is read, so that the history of one that is over is complete.
            with translated(execution.arn, StateMachineError):
                found = self._client.describe_execution(executionArn=execution.arn)
                states = list(self._states(execution.arn))
            for time, newest in states[shown:]:
                show(f"{time} {newest}")
            shown = len(states)
            if found["status"] != _RUNNING:
                break
            pause(newest)
        if found["status"] != _SUCCEEDED:
            reasons = [found[key] for key in ("status", "error", "cause") if found.get(key)]
            raise StateMachineError(f"{execution.arn} ended as {': '.join(reasons)}")

    def _states(self, execution: str) -> Iterator[tuple[str, str]]:
        """Yield time and name of each state that has begun so far, the oldest first."""
        history = self._client.get_paginator("get_execution_history")
        for page in history.paginate(executionArn=execution):
            for event in page["events"]:
                if "stateEnteredEventDetails" in event:
                    yield utc_text(event["timestamp"]), _name(event["stateEnteredEventDetails"])


def _execution(found: dict[str, Any], *, is_new: bool) -> Execution:
    return Execution(found["executionArn"], utc_text(found["startDate"]), is_new)


def _name(details: dict[str, Any]) -> str:
    """Return the name of a state, and of the candidate that it is for."""
    given = json.loads(details.get("input", "null"))
    candidate = given.get("name") if isinstance(given, dict) else None
    return f"{details['name']} {candidate}" if candidate else str(details["name"])
