"""The jobs of workers on one machine: verifying, transforming and loading a part."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from batch_jobs.downloads.values import values_of
from batch_jobs.load_forecasts import load_forecasts
from batch_jobs.load_report import LoadReport
from batch_jobs.plan_run import Part
from batch_jobs.transform import transform
from batch_jobs.verified_night import VerifiedStations
from batch_jobs.verify_run import Job, Verified, verify_part
from batch_jobs.workers import Tools
from forecasts.forecast import Forecast
from forecasts.run import Run

logger = logging.getLogger(__name__)


class LoadJob(NamedTuple):
    """A part to load.

    Attributes:
        run: The run.
        part: The stations.
        folder: Holds the part's input and output.
        verified: What the night verified at these stations.
        keeps_values: Whether the folder gets the values for WriteDownloads.
    """

    run: Run
    part: Part
    folder: Path
    verified: VerifiedStations
    keeps_values: bool


def verify_stations(tools: Tools, job: Job) -> Verified:
    """Verify some stations of an earlier run."""
    return verify_part(tools.store, job)


def transform_part(tools: Tools, path: Path) -> None:
    """Transform the input file of a part; as with SageMaker, the output's name adds `.out`."""
    output = transform(tools.model, path.read_bytes())
    path.with_name(f"{path.name}.out").write_bytes(output)


def load_part(tools: Tools, job: LoadJob) -> LoadReport:
    """Load a transformed part."""

    def keep(forecasts: Sequence[Forecast]) -> None:
        values = values_of(job.run.parameters, job.part.stations, forecasts)
        try:
            values_file(job.folder, job.part).write_bytes(values.tobytes())
        except OSError as error:  # WriteDownloads does without
            logger.warning("the values of %s cannot be kept: %s", job.part.name, error)

    lines = (job.folder / job.part.name).read_bytes()
    output = (job.folder / f"{job.part.name}.out").read_bytes()
    return load_forecasts(
        tools.store,
        job.run,
        job.part,
        lines,
        output,
        job.verified.records,
        keep if job.keeps_values else None,
    )


def values_file(folder: Path, part: Part) -> Path:
    """Return the place of a part's values in the folder of the night."""
    return folder / f"{part.name}.values"
