"""The entry point of WriteDownloads' Lambda function.

Takes `{"execution": name, "run_id"}`. The state machine goes on without it if it fails.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import log_run, logger, open_deployment
from batch_jobs.observations.files import open_location
from batch_jobs.plan_run import DONE
from batch_jobs.write_downloads import write_downloads
from forecasts.runs import get_run

_deployment = open_deployment(os.environ)
_downloads = open_location(_deployment.settings.downloads)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Write the files of a loaded run; a run in a final state keeps its own.

    Raises:
        FileError: There is no plan, or what CheckRun reads cannot be written.
        StoreError: The store failed.
    """
    run = get_run(_deployment.store, event["run_id"])
    if run.state in DONE:
        log_run(run.id, "the run has ended already", state=run.state)
        return {}
    files = _deployment.files(run.id)
    parts, verified = files.plan().parts, files.verified()
    written = write_downloads(_downloads, _deployment.store, run, parts, files.values, verified)
    files.write_downloads(written)
    log_run(run.id, "files written", **written)
    return {}
