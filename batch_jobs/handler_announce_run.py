"""The entry point of AnnounceRun's Lambda function.

Takes `{"execution": name, "run_id"}`; returns `{"ways", "failures"}`, numbers. The run is
published, so the state machine does not fail if this function does. The environment names the ways,
as `batch_jobs.announcements.settings` says; only the secret of the webhook is elsewhere, in the
parameter of Parameter Store that `STATIONCAST_WEBHOOK_SECRET_PARAMETER` names.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.announce_run import announce_run
from batch_jobs.announcements.announcer import Announcer
from batch_jobs.announcements.settings import WEBHOOK_SECRET, WEBHOOK_URL, open_announcer
from batch_jobs.aws import count, log_run, logger, open_deployment
from batch_jobs.errors import SettingsError

_environment = dict(os.environ)
_deployment = open_deployment(_environment)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Tell others of a run that was published; a way that fails is in the log and in a metric.

    Raises:
        StoreError: The store failed.
        DamagedItemError: What the store has of the run, or of the one before, cannot be read.
    """
    run_id = event["run_id"]
    announcer, failures = _announcer()
    failures += announce_run(_deployment.store, run_id, announcer)
    ways = len(announcer.channels)
    if ways or failures:
        log_run(run_id, "run announced", ways=ways, failures=failures)
        count(run_id, AnnouncementsFailed=len(failures))
    return {"ways": ways, "failures": len(failures)}


def _announcer() -> tuple[Announcer, list[str]]:
    """Return who tells; without the webhook, and why, if its secret is not there or is none."""
    given = dict(_environment)
    try:
        if WEBHOOK_URL in given:
            name = given["STATIONCAST_WEBHOOK_SECRET_PARAMETER"]
            given[WEBHOOK_SECRET] = str(SSMProvider().get(name, decrypt=True))
        return open_announcer(given, _deployment.clock), []
    except (GetParameterError, SettingsError) as error:
        given.pop(WEBHOOK_URL, None)
        return open_announcer(given, _deployment.clock), [f"webhook: {error}"]
