"""The input of an execution of the state machine."""

import pytest

from batch_jobs.errors import RequestError
from batch_jobs.request import Request
from tests.factories import ISSUE_TIME


@pytest.mark.parametrize(
    ("fields", "request_"),
    [
        ({"scheduled_time": "2013-12-30T00:59:59Z"}, Request(ISSUE_TIME)),
        ({"issue_time": "2013-12-30T01:00:00+01:00"}, Request(ISSUE_TIME)),
        (
            {"issue_time": "2013-12-30T00:00:00Z", "new_attempt": True},
            Request(ISSUE_TIME, new_attempt=True),
        ),
    ],
)
def test_request(fields, request_):
    """The schedule sends any second of the hour; an operator sends the issue time itself."""
    assert Request.of(fields) == request_


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "must have one of scheduled_time and issue_time, not 0"),
        ({"scheduled_time": "x", "issue_time": "x"}, "must have one of .*, not 2"),
        ({"issue_time": "noon"}, "issue_time 'noon' is not a time like 2013-12-30T00:00:00Z"),
        ({"issue_time": "2013-12-30T00:00:00"}, "issue_time .* is not a time like"),
        ({"issue_time": None}, "issue_time None is not a time like"),
        (
            {"issue_time": "2013-12-30T00:00:00Z", "new_attempt": "yes"},
            "new_attempt must be true or",
        ),
        ({"issue_tim": "2013-12-30T00:00:00Z"}, "object with scheduled_time, issue_time, new_att"),
        ("tonight", "must be an object with .*, not 'tonight'"),
    ],
)
def test_invalid_request(fields, reason):
    """If a request is invalid, the error names the field."""
    with pytest.raises(RequestError, match=reason):
        Request.of(fields)
