"""The entry point of CheckRun's Lambda function.

Takes `{"execution": name, "run_id"}`; returns `{"id", "state", "reason"}`.
"""

import os
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment, run_message
from batch_jobs.check_run import Gate, checked, published_before
from batch_jobs.plan_run import DONE
from forecasts.run import Run, RunState
from forecasts.runs import update_run

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Judge a loaded run and store the verdict; a run in a final state keeps its own.

    Raises:
        FileError: The report of a part is missing.
        PlanError: A file of the run is not what it should be.
        ConflictError: Another execution wrote the run at the same time.
        StoreError: The store failed.
    """
    files = _deployment.files(event["run_id"])
    kept = files.plan()
    loaded = files.loaded(kept.parts)
    before = published_before(_deployment.store)
    verified = files.verified()
    verified.put(_deployment.store)
    downloads = files.downloads()

    def judged(run: Run) -> Run:
        if run.state in DONE:
            return run
        done = checked(run, loaded, kept.read, before, Gate())
        return replace(done, report=done.report | verified.reported() | {"downloads": downloads})

    run = update_run(_deployment.store, event["run_id"], judged)
    log_run(run.id, "run checked", state=run.state, reason=run.reason)
    count(
        run.id,
        RunSeries=run.report["series"],
        RunWriteUnits=run.report["write_units"],
        RunsRejected=int(run.state is RunState.REJECTED),
        DownloadsFailed=len(downloads["problems"]),
    )
    return run_message(run)
