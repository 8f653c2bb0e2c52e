"""What Step Functions catches becomes one readable line."""

import json

import pytest

from batch_jobs.caught_errors import reason_of


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ({"errorMessage": "disk full", "stackTrace": []}, "E: disk full"),
        ({"FailureReason": "no capacity", "SecondaryStatus": "Failed"}, "E: no capacity"),
        ({"SecondaryStatus": "MaxWaitTimeExceeded"}, "E: the job was stopped: MaxWaitTimeExceeded"),
        ({"State": "FAILED", "StateDetails": "Job failed"}, "E: Job failed"),
        ({"a": 1}, 'E: {"a": 1}'),
        ([1], "E: [1]"),
    ],
)
def test_reason(cause, reason):
    """A function, a transform or training job, a job run, or something else has failed."""
    assert reason_of({"Error": "E", "Cause": json.dumps(cause)}) == reason


def test_text():
    """A cause may be plain text, or missing; a long one is cut."""
    assert reason_of({"Error": "E", "Cause": "in plain words"}) == "E: in plain words"
    assert reason_of({"Error": "States.Timeout"}) == "States.Timeout: "
    assert reason_of({"Error": "E", "Cause": "x" * 5000}) == "E: " + "x" * 997
