"""What Step Functions catches: the name of an error, and text or JSON as its cause."""

import json
from collections.abc import Mapping

#: Longer than any of our messages; stack traces are in the log.
LONGEST_REASON = 1000

#: Fields of a cause that say why: of a function's exception, of a transform or training job, and of
#: a job run of EMR Serverless.
_REASONS = ("errorMessage", "FailureReason", "StateDetails")


def reason_of(error: Mapping[str, str]) -> str:
    """Return in one line what Step Functions caught, such as `StoreError: disk full`.

    Args:
        error: `Error`, the name, and `Cause`: text, or JSON that describes a function's exception
            or a job.
    """
    cause = error.get("Cause") or ""
    try:
        fields = json.loads(cause)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        cause = next(filter(None, map(fields.get, _REASONS)), None) or _stopped(fields) or cause
    return f"{error['Error']}: {cause}"[:LONGEST_REASON]


def _stopped(job: Mapping[str, str]) -> str:
    """Say how a training job was stopped, which has no reason then; "" for anything else."""
    status = job.get("SecondaryStatus")
    return f"the job was stopped: {status}" if status else ""
