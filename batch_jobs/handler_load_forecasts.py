"""The entry point of LoadForecasts' Lambda function.

Takes `{"execution": name, "run_id", "number", "name"}`: one part of a run.
"""

import os
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment
from batch_jobs.downloads.values import values_of
from batch_jobs.errors import FileError
from batch_jobs.load_forecasts import load_forecasts
from batch_jobs.plan_run import DONE
from forecasts.forecast import Forecast
from forecasts.runs import get_run

#: How many parts the state machine loads at the same time; they share the write rate.
PARTS_AT_ONCE = 5


_deployment = open_deployment(os.environ, write_share=1 / PARTS_AT_ONCE)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Put the forecasts of one part into the table, and write its report and its values.

    A run in a final state is left alone, because readers may be on it.

    Raises:
        FileError: The part's input or output is missing, or the report cannot be written.
        StoreError: Not everything was written.
    """
    run = get_run(_deployment.store, event["run_id"])
    if run.state in DONE:
        log_run(run.id, "the run has ended already", state=run.state)
        return {}
    files = _deployment.files(run.id)
    part = files.part(event["number"])
    lines, output = files.input(part), files.output(part)
    verified = files.verified_stations(part).records

    def keep(forecasts: Sequence[Forecast]) -> None:
        values = values_of(run.parameters, part.stations, forecasts)
        try:
            files.write_values(part, values.tobytes())
        except FileError as error:  # WriteDownloads says that they are missing
            log_run(run.id, "values not kept", part=part.number, reason=str(error))

    report = load_forecasts(_deployment.store, run, part, lines, output, verified, keep)
    files.write_report(part, report)
    log_run(run.id, "part loaded", part=part.number, stations=report.stations)
    count(run.id, PartsLoaded=1, WriteUnits=report.write_units)
    return {}
