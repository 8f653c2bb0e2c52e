"""`stationcast runs export` and `diff`: whole runs, as files and compared."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecasts.runs import get_run
from forecasts.stores.open import open_store
from forecasts.times import utc_now as now
from local.commands.options import store_option
from local.commands.progress import bar, console
from local.commands.tables import difference_table, moved_table

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


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@store_option
def diff(before: str, after: str, store_url: str, *, as_json: bool) -> None:
    """Show what is different in run B: what came and went since A, and which forecasts moved.

    A forecast has moved if its median did by more than its interval, at the same valid time; if the
    runs have no hour in common, at the same hour of the day.

    \b
    Examples:
      stationcast runs diff 20131230T0000Z-1 20131230T0000Z-2
      stationcast runs diff 20131229T0000Z-1 20131230T0000Z-1 --json
    """
    from batch_jobs.downloads.difference import WholeRun, difference
    from batch_jobs.downloads.stored import stored_parts

    with closing(open_store(store_url, now)) as store:
        runs = [get_run(store, run_id) for run_id in (before, after)]
        whole = [WholeRun.of(run, stored_parts(store, run, bar)) for run in runs]
    for each in whole:
        if not each.stations:
            raise _nothing(each.run)
    found = difference(*whole)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
        return
    console.print(difference_table(found, before, after))
    if found.moved:
        console.print(moved_table(found.moved))


def _nothing(run: Run) -> click.ClickException:
    return click.ClickException(
        f"run {run.id} has no forecasts: it is {run.state}, and forecasts expire after 30 days"
    )
