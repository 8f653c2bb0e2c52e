"""The entry point of AwaitObservations' Lambda function: one look at the observations.

Takes `{"execution": name, "request": …, "minutes", "share"}`; returns `{"wait_seconds", "series",
"fresh"}`. The state machine waits and calls again, or goes on if there are no seconds to wait.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.await_observations import Awaited, look
from batch_jobs.aws import logger, open_deployment
from batch_jobs.request import Request
from forecasts.times import utc_text

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Look once whether enough series of the night before are fresh, and log what is late.

    Raises:
        RequestError: The request is malformed.
        IssueTimeError: The request has an issue time that no run can have.
        LocationError: The observations cannot be listed.
        StoreError: The store failed.
        DamagedItemError: The pointer is damaged.
    """
    request = Request.of(event["request"])
    awaited = Awaited(
        _deployment.store,
        _deployment.settings.observations,
        request.issue_time,
        minutes=event["minutes"],
        share=event["share"],
        new_attempt=request.new_attempt,
    )
    found = look(awaited, _deployment.clock())
    counts = {"wait_seconds": found.wait_seconds, "series": found.series, "fresh": found.fresh}
    # There is no run yet whose id the line could have.
    night = {"issue_time": utc_text(request.issue_time)}
    late = [each._asdict() for each in found.late]
    logger.info(str(found), extra=night | counts | {"late": late})
    return counts
