"""WriteDownloads: joins the values that LoadForecasts has kept into one file of the whole run.

The file is written before the run can be published, in one piece. A night is worth more than its
file: whatever fails is a problem in the report of the run, and nothing is read from the store.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from batch_jobs.downloads.forecast_file import forecast_file
from batch_jobs.downloads.values import values_from
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.files import Location, files_so_far, open_location
from batch_jobs.plan_run import Part
from batch_jobs.problems import noted
from forecasts.downloads import beside, file_of
from forecasts.item import EXPIRY
from forecasts.run import Run
from forecasts.runs import list_runs
from forecasts.stores.protocol import Reader


def open_downloads(store_url: str, location: str | None = None) -> Location | None:
    """Open the location of the files of runs; None if none is given and the store is no file."""
    place = location or beside(store_url)
    return open_location(place) if place else None


def write_downloads(
    downloads: Location, run: Run, parts: Sequence[Part], read: Callable[[Part], bytes]
) -> dict[str, Any]:
    """Write the file of a run's forecasts, over that of an earlier try.

    Args:
        downloads: Where the files of runs are.
        run: A run whose parts are loaded.
        parts: Its parts, in order.
        read: Returns the values of a part, as `Values.tobytes` wrote them.

    Returns:
        What the report of the run says: how large it is, or under `problems` why it is not there.
    """
    problems: list[str] = []
    written: dict[str, Any] = {"problems": problems}
    with noted(problems, f"the file of run {run.id}"):
        file = forecast_file(
            run,
            (
                (part.stations, values_from(read(part), run.parameters, len(part.stations)))
                for part in parts
            ),
        )
        downloads.write(file_of(run.id, "forecasts"), file.content)
        written["forecasts"] = file.to_json()
    return written


def delete_expired(downloads: Location, store: Reader, now: datetime) -> None:
    """Delete the files of runs whose forecasts have expired; whatever fails is only logged.

    Args:
        downloads: Where the files of runs are. S3 deletes by itself, see `template.yaml`.
        store: Holds the runs; files of others are left alone.
        now: Aware.
    """
    with noted([], "the files of expired runs"):
        expired = {run.id for run in list_runs(store) if run.planned_at + EXPIRY <= now}
        for file in files_so_far(downloads, ALL_DAYS):
            if file.name.partition("/")[0] in expired:
                downloads.delete(file.name)
