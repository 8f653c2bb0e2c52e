"""The entry point of PublishRun's Lambda function.

Takes `{"execution": name, "run_id"}`; returns `{"id", "state", "reason"}`.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment, run_message
from batch_jobs.publish_run import publish_run
from forecasts.run import RunState

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Move readers to a loaded run, unless they are on a later night.

    Raises:
        ConflictError: Another execution, or an operator, moved readers at the same time.
        StoreError: The store failed.
    """
    now = _deployment.clock()
    run = publish_run(_deployment.store, event["run_id"], now)
    log_run(run.id, "publishing done", state=run.state, reason=run.reason)
    published = run.state is RunState.PUBLISHED
    count(run.id, RunsPublished=int(published))
    if published:
        count(run.id, PublishedRunAge=(now - run.issue_time).total_seconds())
    return run_message(run)
