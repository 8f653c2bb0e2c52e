"""`stationcast nightly`: from observations to published forecasts."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

import click
from rich.text import Text

from batch_jobs.observations.late_sources import BY_DESIGN
from batch_jobs.observations.report import Freshness
from forecasts.run import Run, RunState
from forecasts.times import utc_now as now
from local.commands.options import (
    UtcTime,
    downloads_option,
    model_option,
    observations_option,
    processes_option,
    store_option,
)
from local.commands.progress import bar, console

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


@click.command()
@observations_option
@model_option
@store_option
@click.option(
    "--issue-time",
    type=UtcTime(),
    help="Start of the forecasts, on the hour.  [default: last midnight UTC]",
)
@click.option("--new-attempt", is_flag=True, help="Run again even if this night is done.")
@click.option(
    "--await",
    "minutes",
    type=click.IntRange(0, 720),
    default=0,
    show_default="begin at once",
    metavar="MINUTES",
    help="Wait until 90 % of the series of the night before are fresh; at most until so many "
    "minutes after the issue time.",
)
@click.option(
    "--verification",
    metavar="FOLDER",
    help="Write how earlier nights came true into Parquet files there.  [default: none]",
)
@downloads_option
@processes_option
def nightly(  # noqa: PLR0913 -- the options
    observations: str,
    model_path: Path,
    store_url: str,
    issue_time: datetime | None,
    minutes: int,
    verification: str | None,
    processes: int,
    *,
    downloads: str | None,
    new_attempt: bool,
) -> None:
    """Forecast all stations and publish the forecasts.

    Running the same night twice is safe: the second call finds it done. If a night was
    interrupted, start it again. STATIONCAST_WEBHOOK_URL names a receiver that is told once the
    run is published; see docs/standards.md.

    \b
    Examples:
      stationcast nightly --observations observations/ --model model.tar.gz
      stationcast nightly --issue-time 2013-12-30T00:00:00Z --observations observations/ \\
          --model model.tar.gz --store sqlite:///forecasts.db
      stationcast nightly --await 30 --observations observations/ --model model.tar.gz
      stationcast nightly --observations observations/ --model model.tar.gz \\
          --verification verification/
      stationcast nightly --observations observations/ --model model.tar.gz \\
          --downloads s3://bucket/downloads
    """
    from batch_jobs.announcements.settings import open_announcer
    from batch_jobs.await_observations import Awaited, await_observations
    from batch_jobs.nightly import Night, run_night
    from batch_jobs.observations.files import open_location
    from batch_jobs.verification_files import write_verification
    from batch_jobs.write_downloads import open_downloads
    from local.workers import tools_of, workers_on

    announcer = open_announcer(os.environ, now)
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    store, model = tools_of(store_url, model_path, create=True)
    night = Night(
        store=store,
        model=model,
        observations=observations,
        issue_time=issue_time or midnight,
        clock=now,
        new_attempt=new_attempt,
        track=bar,
        start_workers=workers_on(processes, store_url, model_path),
        downloads=open_downloads(store_url, downloads),
        announcer=announcer,
    )
    if verification:
        Path(verification).mkdir(parents=True, exist_ok=True)
        files = open_location(verification)
        night.keep = partial(write_verification, files, as_of=night.issue_time)
    with closing(store):
        if minutes:
            awaited = Awaited(
                store, observations, night.issue_time, minutes, new_attempt=new_attempt
            )
            await_observations(awaited, now, time.sleep, partial(click.echo, err=True))
        run = run_night(night)
    for what in night.untold:
        click.echo(f"  not told: {what}", err=True)
    for what in night.compaction.left:
        click.echo(f"  not compacted: {what}", err=True)
    show_night(run, night.seconds)


def _sources(freshness: list[Freshness]) -> Iterator[str]:
    """Yield a sentence about each source that is late somewhere."""
    for source in sorted({each["source"] for each in freshness}):
        countries = [each for each in freshness if each["source"] == source]
        late = [each for each in countries if each["stale"] or each["silent"]]
        if late:
            counts = ", ".join(
                f"{sum(each[age] for each in countries)} {age}"
                for age in ("fresh", "stale", "silent")
            )
            newest = max(each["newest"] for each in countries)
            where = " ".join(each["country"] or "?" for each in late)
            why = f"; {BY_DESIGN[source]}" if source in BY_DESIGN else ""
            yield f"late: series of {source}: {counts}; newest {newest}; late in {where}{why}"


def show_night(run: Run, seconds: dict[str, float]) -> None:
    """Print the result of a night.

    Raises:
        ClickException: The run was not published.
    """
    from local.commands.tables import seconds_table

    read = run.report.get("observations", {})
    for example in read.get("examples", []):
        click.echo(f"  dropped: {example}", err=True)
    for line in _sources(read.get("freshness", [])):
        click.echo(f"  {line}", err=True)
    for problem in run.report.get("downloads", {}).get("problems", []):
        click.echo(f"  not written: {problem}", err=True)
    if seconds:
        console.print(seconds_table(seconds))
    if run.state is not RunState.PUBLISHED:
        raise click.ClickException(f"run {run.id} is {run.state}: {run.reason}")
    done = "" if seconds else " already"
    counts = f"{run.report['series']} series, {run.stations} stations"
    console.print(Text(f"Run {run.id} is{done} published: {counts}"))
