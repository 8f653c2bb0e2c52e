"""The entry point of CompactObservations' Lambda function.

Takes `{"execution": name, "run_id"}`; returns `{"replaced", "written"}`, numbers of files. The run
is published, so the state machine does not fail if this function does.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import log_run, logger, open_deployment
from batch_jobs.feeds.compaction import compact
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import open_location
from batch_jobs.observations.window import asked_window
from forecasts.run import HISTORY_HOURS, issue_time_of

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Compact the observations of the days that a night has read.

    Raises:
        LocationError: The observations cannot be listed.
        FileError: A file cannot be written or deleted.
    """
    run_id = event["run_id"]
    report = compact(
        open_location(_deployment.settings.observations),
        _deployment.clock(),
        days=Days.of(asked_window(issue_time_of(run_id), HISTORY_HOURS)),
    )
    counts = {"replaced": report.replaced, "written": report.written}
    log_run(run_id, "observations compacted", **counts, left=report.left)
    return counts
