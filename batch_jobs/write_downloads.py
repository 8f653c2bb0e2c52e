"""WriteDownloads: joins the values that LoadForecasts has kept into one file of the whole run.

It is written before the run can be published, in one piece, and a file of how well the stations
were forecast beside it. A night is worth more than its files: whatever fails is a problem in the
report of the run. No forecast is read from the store.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from batch_jobs.downloads.forecast_file import forecast_file
from batch_jobs.downloads.values import values_from
from batch_jobs.downloads.verification_file import verification_file
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.files import Location, files_so_far, open_location
from batch_jobs.plan_run import Part
from batch_jobs.problems import noted
from batch_jobs.verified_night import VerifiedNight
from forecasts.downloads import file_of, location_of
from forecasts.item import EXPIRY
from forecasts.run import Run
from forecasts.runs import list_runs
from forecasts.skill_map import partition
from forecasts.stores.protocol import Reader


def open_downloads(store_url: str, location: str | None = None) -> Location | None:
    """Open the location of the files of runs; None if there are none, see `location_of`."""
    place = location_of(store_url, location)
    return open_location(place) if place else None


def write_downloads(
    downloads: Location,
    store: Reader,
    run: Run,
    parts: Sequence[Part],
    read: Callable[[Part], bytes],
    verified: VerifiedNight,
) -> dict[str, Any]:
    """Write the files of a run, over those of an earlier try.

    Args:
        downloads: Where the files of runs are.
        store: Holds the runs that were verified.
        run: A run whose parts are loaded.
        parts: Its parts, in order.
        read: Returns the values of a part, as `Values.tobytes` wrote them.
        verified: What the night has verified.

    Returns:
        What the report of the run says: how large each is, and under `problems` why one is not
        there. There is none of verification before a run is verified.
    """
    problems: list[str] = []
    written: dict[str, Any] = {"problems": problems}
    with noted(problems, f"the forecasts of run {run.id} as a file"):
        file = forecast_file(
            run,
            (
                (part.stations, values_from(read(part), run.parameters, len(part.stations)))
                for part in parts
            ),
        )
        downloads.write(file_of(run.id, "forecasts"), file.content)
        written["forecasts"] = file.to_json()
    with noted(problems, f"the verification of run {run.id} as a file"):
        maps = [item for item in verified.items if item.key.pk == partition(run.id)]
        stations = [station for part in parts for station in part.stations]
        content = verification_file(store, run, stations, maps)
        if content:
            downloads.write(file_of(run.id, "verification"), content)
            written["verification"] = {"bytes": len(content)}
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
