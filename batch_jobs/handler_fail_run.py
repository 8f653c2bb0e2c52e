"""The entry point of FailRun's Lambda function.

Takes `{"execution": name, "run_id": id or null, "request": …, "error": {"Error", "Cause"}}`;
the request is null if a part fails, which happens before its execution fails. Returns
`{"id", "state", "reason"}`; state, or id and state, are null if no run was marked.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, logger, open_deployment, run_message
from batch_jobs.caught_errors import reason_of
from batch_jobs.errors import RequestError
from batch_jobs.fail_run import fail_run
from batch_jobs.plan_run import latest_attempt
from batch_jobs.request import Request
from forecasts.errors import ConflictError
from forecasts.run import RunState

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Mark the run failed, if there is a run and no other execution is working on it.

    Raises:
        ConflictError: Another execution wrote the run at the same time.
        StoreError: The store is unreachable; the state machine still sends the alert.
    """
    reason = reason_of(event["error"])
    run_id = event["run_id"] or _begun_run(event["request"])
    logger.append_keys(run_id=run_id)
    logger.error("failed", extra={"reason": reason})
    if event["request"] is not None:
        count(run_id, RunsFailed=1)
    if run_id is None or _is_anothers(event["error"]):
        return {"id": run_id, "state": None, "reason": reason}
    run = fail_run(_deployment.store, run_id, reason)
    return run_message(run) | {"reason": run.reason or reason}


def _is_anothers(error: dict[str, str]) -> bool:
    """Tell whether another execution is working on the same run and will continue it."""
    return error["Error"] == ConflictError.__name__


def _begun_run(request: object) -> str | None:
    """Return the run that PlanRun began before it failed; None if it began none."""
    try:
        issue_time = Request.of(request).issue_time
    except RequestError:
        return None
    run = latest_attempt(_deployment.store, issue_time)
    return run.id if run and run.state is RunState.PLANNED else None
