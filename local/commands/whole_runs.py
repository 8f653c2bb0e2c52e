"""`stationcast runs export`: whole runs, as files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecasts.runs import get_run
from forecasts.stores.open import open_store
from forecasts.times import utc_now as now
from local.commands.options import store_option
from local.commands.progress import bar

if TYPE_CHECKING:
    from forecasts.run import Run

# numpy and polars take half a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@store_option
def export(run_id: str, file: Path, store_url: str) -> None:
    """Write all forecasts of RUN into FILE, as GeoParquet; any run that was loaded can be had.

    A row for each station and hour, a column for each quantile; docs/standards.md shows what to
    do with it. It is read from the store, and is the same file that /v1/runs/RUN/download sends.

    \b
    Examples:
      stationcast runs export 20131230T0000Z-1 forecasts.parquet
      stationcast runs export 20131230T0000Z-1 forecasts.parquet --store dynamodb://stationcast
    """
    from batch_jobs.downloads.forecast_file import forecast_file
    from batch_jobs.downloads.stored import stored_parts
    from batch_jobs.observations.whole_files import write_whole

    with closing(open_store(store_url, now)) as store:
        run = get_run(store, run_id)
        made = forecast_file(run, stored_parts(store, run, bar))
    if not made.stations:
        raise _nothing(run)
    write_whole(file, made.content, replace=True)
    megabytes = len(made.content) / 1e6
    click.echo(f"Wrote {file}: {made.stations} stations of run {run.id}, {megabytes:.1f} MB")


def _nothing(run: Run) -> click.ClickException:
    return click.ClickException(
        f"run {run.id} has no forecasts: it is {run.state}, and forecasts expire after 30 days"
    )
