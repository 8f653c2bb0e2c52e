"""What the Lambda functions of this package share: store, files, logs and metrics.

Logs are JSON lines with the run id and, as correlation id, the name of the execution. They say
what happened, and never contain readings or forecasts. Metrics are log lines, too, in CloudWatch's
embedded format; the run id is metadata and not a dimension.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from batch_jobs.observations.files import Location, open_location
from batch_jobs.run_files import RunFiles
from batch_jobs.settings import Settings
from forecasts.metrics import NAMESPACE
from forecasts.run import Run
from forecasts.stores.open import open_store
from forecasts.stores.protocol import Store
from forecasts.times import utc_now

logger = Logger()
_metrics = Metrics(namespace=NAMESPACE)

#: All metrics and their units.
UNITS = {
    "ObservationRows": MetricUnit.Count,
    "BrokenRows": MetricUnit.Count,
    "RunStations": MetricUnit.Count,
    "PartsBuilt": MetricUnit.Count,
    "PartsLoaded": MetricUnit.Count,
    "RunSeries": MetricUnit.Count,
    "WriteUnits": MetricUnit.Count,
    "RunWriteUnits": MetricUnit.Count,
    "RunsRejected": MetricUnit.Count,
    "DownloadsFailed": MetricUnit.Count,
    "RunsVerified": MetricUnit.Count,
    "RunsNotVerified": MetricUnit.Count,
    "LowestCoverage": MetricUnit.NoUnit,
    "LowestSkill": MetricUnit.NoUnit,
    "RunsFailed": MetricUnit.Count,
    "RunsPublished": MetricUnit.Count,
    "PublishedRunAge": MetricUnit.Seconds,
    "AnnouncementsFailed": MetricUnit.Count,
    "FetchedReadings": MetricUnit.Count,
    "FetchFailures": MetricUnit.Count,
    "NewestReadingAge": MetricUnit.Seconds,
    "TrainingsFailed": MetricUnit.Count,
    "ModelsReleased": MetricUnit.Count,
    "ModelsRolledBack": MetricUnit.Count,
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a function works with.

    Attributes:
        settings: The settings.
        store: Holds forecasts and runs.
        runs: Holds the files of runs.
        clock: Returns the aware time now.
    """

    settings: Settings
    store: Store
    runs: Location
    clock: Callable[[], datetime]

    def files(self, run_id: str) -> RunFiles:
        """Return the files of a run."""
        return RunFiles(self.runs, run_id)


def open_deployment(environment: Mapping[str, str], write_share: float = 0.0) -> Deployment:
    """Open the store and the location of runs that the environment names.

    Args:
        environment: Environment variables, see `batch_jobs.settings`.
        write_share: Share of the settings' write rate that this process may use; 0 for a process
            that writes too little to need a cap.

    Raises:
        SettingsError: A variable is missing or malformed.
        StoreError: The store cannot be opened.
    """
    settings = Settings.of(environment)
    store = open_store(settings.store, utc_now, write_rate=settings.write_rate * write_share)
    return Deployment(settings, store, open_location(settings.runs), utc_now)


def run_message(run: Run) -> dict[str, Any]:
    """Return what the state machine passes on about a run."""
    return {"id": run.id, "state": run.state, "reason": run.reason}


def log_run(run_id: str, message: str, **fields: object) -> None:
    """Log one line about a run; this line and all later ones carry the run id."""
    logger.append_keys(run_id=run_id)
    logger.info(message, extra=fields, stacklevel=3)


def count(run_id: str | None, **values: float) -> None:
    """Write metrics; their names are in `UNITS`."""
    _metrics.add_metadata("run_id", run_id)
    _flush(values)


def log_training(training: str | None, message: str, **fields: object) -> None:
    """Log one line about the training of a month; this line and all later ones carry its name."""
    logger.append_keys(training=training)
    logger.info(message, extra=fields, stacklevel=3)


def count_of_training(training: str | None, **values: float) -> None:
    """Write metrics of a training; its name is metadata and not a dimension."""
    _metrics.add_metadata("training", training)
    _flush(values)


def count_of_source(source: str, **values: float) -> None:
    """Write metrics of a source of observations, which is their second dimension."""
    _metrics.add_dimension(name="source", value=source)
    _flush(values)


def _flush(values: Mapping[str, float]) -> None:
    for name, value in values.items():
        _metrics.add_metric(name=name, unit=UNITS[name], value=value)
    _metrics.flush_metrics()
