"""`stationcast replay`: runs and verifies nights of the past, to judge a model before its use."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from forecasts.times import utc_now as now
from local.commands.options import UtcTime, model_option, observations_option
from local.commands.progress import bar
from local.commands.verification import json_option, output_option, show_verification
from local.machine import cores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


@click.command()
@observations_option
@model_option
@click.option("--since", type=UtcTime(), required=True, help="Issue time of the first night.")
@click.option(
    "--until", type=UtcTime(), required=True, help="Latest issue time; its 24 hours must be over."
)
@click.option(
    "--store",
    "store_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file that keeps the nights, so that a replay can be continued and looked at.  "
    "[default: a temporary file]",
)
@json_option
@output_option
def replay(
    observations: str,
    model_path: Path,
    since: datetime,
    until: datetime,
    store_file: Path | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run nights of the past, one for each day, and compare them with what was then observed.

    This is the way to judge a model before it is used. Each night sees what was observed up to its
    issue time and nothing later. Observations are only read. Take nights that the model was not
    trained on: `stationcast train` says from when on it held observations back.

    \b
    Examples:
      stationcast replay --observations observations/ --model model.tar.gz \\
          --since 2013-10-27T00:00:00Z --until 2013-12-29T00:00:00Z --output autumn
      stationcast replay --observations observations/ --model model.tar.gz --store replay.db \\
          --since 2013-12-01T00:00:00Z --until 2013-12-29T00:00:00Z --json
    """
    from batch_jobs.nightly import Night
    from local.verification.nights import Replay, issue_times
    from local.verification.report import VerificationReport
    from local.workers import tools_of, workers_on

    times = issue_times(since, until, now())
    report = VerificationReport(now())
    with _url_of(store_file) as store_url:
        store, model = tools_of(store_url, model_path, create=True)
        night = partial(
            Night,
            store,
            model,
            observations,
            clock=now,
            start_workers=workers_on(cores(), store_url, model_path),
        )
        with closing(store):
            Replay(times, night).run(report, bar)
    show_verification(report, output, as_json=as_json)


@contextmanager
def _url_of(store_file: Path | None) -> Iterator[str]:
    """Yield the URL of the store; after Ctrl-C, say how a replay goes on."""
    if store_file is None:
        with TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/replay.db"
        return
    try:
        yield f"sqlite:///{store_file}"
    except KeyboardInterrupt:
        click.echo(f"\nStopped. The same command continues; {store_file} has the nights.", err=True)
        raise
