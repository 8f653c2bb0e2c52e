"""`stationcast compact`: fewer files of observations, with the same readings."""

import click

from forecasts.times import utc_now as now
from local.commands.progress import bar

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


@click.command()
@click.argument("observations")
def compact(observations: str) -> None:
    """Make one file of the many that fetches left of a source and day.

    OBSERVATIONS is a folder or s3://bucket/prefix. Only folders source=…/date=… of days that are
    over are touched. The nightly run does this for its own days; this command does it for all, for
    example after a backfill. It may be interrupted and repeated, also while others read or fetch.

    \b
    Examples:
      stationcast compact observations/
      stationcast compact s3://bucket/observations
    """
    from batch_jobs.feeds.compaction import compact as compact_location
    from batch_jobs.observations.files import open_location

    report = compact_location(open_location(observations), now(), track=bar)
    for what in report.left:
        click.echo(f"  left alone: {what}", err=True)
    if report.written:
        click.echo(f"{report.replaced} files have become {report.written}")
    else:
        click.echo("Nothing to compact; days that are not over yet come later")
