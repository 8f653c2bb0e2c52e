"""The request: the input of an execution of the state machine.

| started by            | input                                                       |
|-----------------------|-------------------------------------------------------------|
| EventBridge Scheduler | `{"scheduled_time": "2013-12-30T00:00:07Z"}`                |
| an operator           | `{"issue_time": "2013-12-30T00:00:00Z", "new_attempt": true}` |
"""

from dataclasses import dataclass
from datetime import datetime

from batch_jobs.errors import RequestError
from forecasts.times import from_text

FIELDS = ("scheduled_time", "issue_time", "new_attempt")


@dataclass(frozen=True, slots=True)
class Request:
    """Which night to run.

    Attributes:
        issue_time: Aware UTC; for a schedule, the full hour before it was due.
        new_attempt: Run the night again even if it is done.
    """

    issue_time: datetime
    new_attempt: bool = False

    @classmethod
    def of(cls, fields: object) -> "Request":
        """Read a request.

        Raises:
            RequestError: It does not have exactly one valid time, or has an unknown field.

        >>> Request.of({"scheduled_time": "2013-12-30T02:15:07Z"}).issue_time.isoformat()
        '2013-12-30T02:00:00+00:00'
        """
        if not isinstance(fields, dict) or not fields.keys() <= set(FIELDS):
            raise RequestError(
                f"the input must be an object with {', '.join(FIELDS)}, not {fields!r:.200}"
            )
        given = [name for name in FIELDS[:2] if name in fields]
        if len(given) != 1:
            names = " and ".join(FIELDS[:2])
            raise RequestError(f"the input must have one of {names}, not {len(given)}")
        new_attempt = fields.get("new_attempt", False)
        if not isinstance(new_attempt, bool):
            raise RequestError(f"new_attempt must be true or false, not {new_attempt!r:.40}")
        time = _time(given[0], fields[given[0]])
        if given[0] == "scheduled_time":
            time = time.replace(minute=0, second=0, microsecond=0)
        return cls(time, new_attempt)


def _time(name: str, text: object) -> datetime:
    try:
        return from_text(str(text))
    except ValueError as error:
        reason = f"{name} {text!r:.60} is not a time like 2013-12-30T00:00:00Z"
        raise RequestError(reason) from error
