"""The entry point of FailTraining's Lambda function.

Takes `{"execution": name, "training": name or null, "error": {"Error", "Cause"}}`; the name is null
if PlanTraining failed. Returns `{"name", "state", "reason"}`; state and name are null if no
training was marked.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count_of_training, logger
from batch_jobs.caught_errors import reason_of
from batch_jobs.training.deployment import open_training
from batch_jobs.training.failed_training import fail_training

_deployment = open_training(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Mark the training failed, if this execution was the one at work on it.

    Raises:
        LocationError: The starts cannot be listed.
        FileError: A file cannot be read or written.
    """
    reason = reason_of(event["error"])
    logger.append_keys(training=event["training"])
    logger.error("failed", extra={"reason": reason})
    count_of_training(event["training"], TrainingsFailed=1)
    place, execution = _deployment.place, event["execution"]
    if not place.starts.is_newest(execution):
        return {"name": event["training"], "state": None, "reason": reason}
    state = event["training"] and fail_training(place.registry, event["training"], reason)
    place.starts.end(execution)
    return {"name": event["training"], "state": state, "reason": reason}
