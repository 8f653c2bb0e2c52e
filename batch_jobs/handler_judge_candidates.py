"""The entry point of JudgeCandidates' Lambda function.

Takes `{"execution": name, "training": name, "results": […]}`; a result is `{"name", "job"}`, or
`{"name", "error": {"Error", "Cause"}}` of a candidate that could not be trained. Returns `{"name",
"state", "reason"}` of the training.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import log_training, logger
from batch_jobs.training.deployment import open_training
from batch_jobs.training.month_judgement import judge_month, training_message

_deployment = open_training(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Register what training jobs have made, and choose the best one if it is good enough.

    Raises:
        CandidatesError: No candidate could be trained.
        ArtifactError: The model in use is damaged.
        FileError: A file cannot be read or written.
    """
    place = _deployment.place
    training = judge_month(place, event["training"], event["results"], ask=_deployment.settings.ask)
    reasons = {name: list(each.reasons) for name, each in training.candidates.items()}
    log_training(training.name, "candidates judged", state=training.state, reasons=reasons)
    message = training_message(training)
    if message["reason"]:
        place.starts.end(event["execution"])
    return message
