"""The entry point of BuildInput's Lambda function.

Takes `{"execution": name, "run_id", "number", "name"}`: one part of a run.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment
from batch_jobs.build_input import build_input
from batch_jobs.observations.read import read_observations
from forecasts.run import HISTORY_HOURS
from forecasts.runs import get_run

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Write the transform input of one part, unless it was written before.

    Raises:
        NoObservationsError: None of its stations has observations any more.
        LocationError: The observations cannot be listed.
        FileError: A file of the run cannot be read or written.
        StoreError: The store failed.
    """
    run = get_run(_deployment.store, event["run_id"])
    files = _deployment.files(run.id)
    part = files.part(event["number"])
    observations = read_observations(
        _deployment.settings.observations,
        end=run.issue_time,
        hours=HISTORY_HOURS,
        parameters=run.parameters,
        station_ids=[station.id for station in part.stations],
        # A part alone may look well, or worse than all stations together.
        untrusted=files.plan().read.untrusted,
    )
    factors = files.verified_stations(part).factors
    files.keep_input(part, build_input(observations, part, factors))
    log_run(run.id, "input built", part=part.number, stations=len(part.stations))
    count(run.id, PartsBuilt=1)
    return {}
