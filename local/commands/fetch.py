"""`stationcast fetch`: observations from a service into a folder or a bucket."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from batch_jobs.errors import SourceError
from forecasts.times import utc_now as now
from forecasts.times import utc_text
from local.commands.options import UtcTime
from local.commands.wanted_options import wanted_of, wanted_options

if TYPE_CHECKING:
    from batch_jobs.feeds.fetch import Summary

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


#: As in `batch_jobs.feeds.sources`, which loads polars.
SOURCES = ("iem", "openaq", "openaq-archive")


class Since(UtcTime):
    """An RFC 3339 time, or a day."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a day as its midnight in UTC, and any other time as `UtcTime` does."""
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            return super().convert(value, param, ctx)


@click.command()
@click.option(
    "--source",
    "names",
    multiple=True,
    required=True,
    type=click.Choice(SOURCES),
    help="Service; may be repeated. iem: weather at airports; openaq: air quality, with a key in "
    "OPENAQ_API_KEY; openaq-archive: its history, three days late. See docs/feeds.md.",
)
@click.option("--into", required=True, help="Folder or s3://bucket/prefix of observations.")
@wanted_options
@click.option(
    "--since",
    type=Since(),
    help="Fetch everything from this day or time on, e.g. 2026-01-01. An interrupted backfill "
    "goes on where it was.  [default: what is missing, at most 8 days]",
)
@click.pass_context
def fetch(
    ctx: click.Context,
    /,
    names: tuple[str, ...],
    into: str,
    since: datetime | None,
    **stations: Any,
) -> None:
    """Fetch observations from a service, for the nightly run and for training.

    Run it every hour: it asks for what is missing and writes what is new. If it is interrupted,
    or runs twice, the next one mends that. Without a choice of stations it fetches all.

    \b
    Examples:
      stationcast fetch --source iem --into observations/
      stationcast fetch --source iem --into observations/ --stations JFK,LGA
      stationcast fetch --source iem --into observations/ --near 40.7,-74.0 --km 30
      stationcast fetch --source iem --into s3://bucket/observations --country DE
      stationcast fetch --source iem --into observations/ --stations JFK --since 2025-11-01
      stationcast fetch --source openaq --into observations/ --near 40.7,-74.0 --km 30
      stationcast fetch --source openaq-archive --into observations/ --stations 2178
    """
    from batch_jobs.feeds.http import Timer
    from batch_jobs.feeds.source import Tally
    from batch_jobs.feeds.sources import fetch_from

    if since is not None and since >= now():
        raise click.UsageError("--since is in the future")
    wanted = wanted_of(**stations)
    dead = []
    for name in names:
        tally = Tally(say=lambda text: click.echo(text, err=True))
        try:
            summary = fetch_from(name, os.environ, into, wanted, (now(), since), tally, Timer())
        except SourceError as error:  # it cannot even be opened; the others can
            click.echo(f"{name}:\n  failed: {error}", err=True)
            dead.append(name)
            continue
        show(summary)
        if summary.is_dead:
            dead.append(name)
    if dead:
        click.echo(f"Error: nothing could be fetched from {', '.join(dead)}", err=True)
        ctx.exit(1)


def show(summary: Summary) -> None:
    """Print what a fetch did: the failures on standard error."""
    newest = utc_text(summary.newest) if summary.newest else "none"
    click.echo(
        f"{summary.source}: {summary.new} new readings of {len(summary.stations)} stations in "
        f"{len(summary.files)} files, {summary.known} known; newest: {newest}\n"
        f"  {summary.wanted} since {utc_text(summary.since)}: {summary.requests} requests, "
        f"{summary.slept:.0f} s of waiting"
    )
    if summary.left_out:
        counts = (f"{count} {reason}" for reason, count in sorted(summary.left_out.items()))
        click.echo(f"  left out: {', '.join(counts)}")
    for note in summary.notes:
        click.echo(f"  note: {note}")
    for failure in summary.failures:
        click.echo(f"  failed: {failure}", err=True)
