"""The entry point of VerifyRun's Lambda function.

Takes `{"execution": name, "run_id"}`: the night's own run, not the one that is verified. The state
machine goes on without it if it fails.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment
from batch_jobs.night_verification import verify_night
from batch_jobs.observations.files import open_location
from batch_jobs.observations.read import Observations, read_observations
from batch_jobs.plan_run import DONE
from batch_jobs.verification_files import write_verification
from batch_jobs.verify_run import Verification
from forecasts.run import LEAD_HOURS, Run
from forecasts.runs import get_run

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Verify the runs that are due, for LoadForecasts and CheckRun, and as Parquet files.

    Raises:
        FileError: What was verified cannot be written, or there is no plan.
        StoreError: The store failed.
    """
    run = get_run(_deployment.store, event["run_id"])
    if run.state in DONE:
        log_run(run.id, "the run has ended already", state=run.state)
        return {}
    files = _deployment.files(run.id)
    files.begin_verified()
    kept = files.plan()

    def observed(verified: Run) -> Observations:
        return read_observations(
            _deployment.settings.observations,
            end=verified.valid_until,
            hours=LEAD_HOURS,
            parameters=verified.parameters,
            untrusted=kept.read.untrusted,
        )

    def keep(verified: Verification) -> None:
        location = open_location(_deployment.settings.verification)
        write_verification(location, verified, run.issue_time)

    found = verify_night(_deployment.store, run, observed, keep)
    files.write_verified(found, kept.parts)
    runs = [each["run"] for each in found.report]
    log_run(run.id, "runs verified", runs=runs, problems=found.problems)
    count(run.id, RunsVerified=len(runs), RunsNotVerified=len(found.problems), **found.lowest())
    return {}
