"""`stationcast verify`: did the forecasts come true?"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from forecasts.parameter import parameter
from forecasts.runs import get_run, list_runs
from forecasts.stores.open import open_store
from forecasts.times import utc_now as now
from forecasts.times import utc_text
from local.commands.options import UtcTime, observations_option, store_option
from local.commands.progress import bar, console

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from forecasts.run import Run
    from forecasts.stores.protocol import Store
    from local.verification.report import StationScore, VerificationReport
    from model.scoring import Score

# polars and matplotlib take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415

#: How many stations and parameters the table of the worst has.
WORST = 5


@click.command()
@observations_option
@store_option
@click.option("--run", "run_id", help="Verify this run, even one that readers never got.")
@click.option("--since", type=UtcTime(), help="Verify all published runs from this issue time on.")
@click.option("--until", type=UtcTime(), help="Verify all published runs up to this issue time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for verification.json and verification.png.",
)
def verify(
    observations: str,
    store_url: str,
    run_id: str | None,
    since: datetime | None,
    until: datetime | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Compare forecasts of past nights with what was then observed.

    By default, the newest published night whose 24 hours are over. A skill is said against the best
    of three forecasts that need no model; docs/verification.md says which, and what each number is.

    \b
    Examples:
      stationcast verify --observations observations/
      stationcast verify --observations observations/ --since 2026-11-01T00:00:00Z --output november
      stationcast verify --observations observations/ --run 20131230T0000Z-1 --json
    """
    if run_id and (since or until):
        raise click.UsageError("--run names one run; leave --since and --until away")
    with closing(open_store(store_url, now)) as store:
        report = _verified(store, _chosen(store, run_id, since, until), observations)
    scores = report.scores()
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        _show(report, scores)
    if output is not None:
        _write(report, scores, output)


def _chosen(
    store: Store, run_id: str | None, since: datetime | None, until: datetime | None
) -> Sequence[Run]:
    from local.verification.report import runs_to_verify

    if run_id:
        return [get_run(store, run_id)]
    runs = runs_to_verify(list_runs(store), now(), since, until)
    if not runs:
        raise click.ClickException(
            "no published run whose 24 hours are over; `stationcast runs list` lists all runs"
        )
    return runs


def _verified(store: Store, runs: Sequence[Run], observations: str) -> VerificationReport:
    """Verify runs; one without observations is named, and costs only itself."""
    from batch_jobs.errors import NoObservationsError
    from batch_jobs.observations.read import read_observations
    from batch_jobs.verify_run import verify_run
    from forecasts.run import LEAD_HOURS
    from local.verification.report import VerificationReport

    report = VerificationReport(now())
    for run in bar(runs, "Verifying", len(runs)):
        try:
            read = read_observations(
                observations, end=run.valid_until, hours=LEAD_HOURS, parameters=run.parameters
            )
        except NoObservationsError as error:
            click.echo(f"  run {run.id}: {error}", err=True)
            continue
        report.add(verify_run(store, run, read))
    if not report.scores():
        raise click.ClickException("nothing was observed that these runs forecast")
    return report


def _show(report: VerificationReport, scores: Mapping[str, Score]) -> None:
    first, last = report.runs[0], report.runs[-1]
    of = f"run {first.id}" if first is last else f"{len(report.runs)} runs, {first.id} to {last.id}"
    console.print(_scores_table(scores, f"Verification of {of}, as of {utc_text(report.as_of)}"))
    worst = report.worst(WORST)
    if worst:
        console.print(_worst_table(worst))


def _scores_table(scores: Mapping[str, Score], title: str) -> Table:
    table = Table(title=title, padding=0)
    for heading in ("parameter", "unit"):
        table.add_column(heading, no_wrap=True)
    for heading in ("hours", "bias", "MAE", "best reference", "skill", "coverage"):
        table.add_column(heading, justify="right")
    for code, score in scores.items():
        cells = (
            f"{score.overall('bias'):+.2g}",
            f"{score.overall('mae'):.3g}",
            f"{score.reference} {score.overall(score.reference):.3g}",
            f"{score.skill:.1%}",
            f"{score.overall('coverage'):.1%}",
        )
        table.add_row(code, parameter(code).unit, str(score.hours), *cells)
    return table


def _worst_table(worst: Sequence[StationScore]) -> Table:
    table = Table(title="Intervals that held the least", padding=0)
    for heading in ("station", "name", "parameter"):
        table.add_column(heading, overflow="fold")
    for heading in ("hours", "MAE", "skill", "coverage"):
        table.add_column(heading, justify="right")
    for station, code, score in worst:
        shares = f"{score.skill:.1%}", f"{score.overall('coverage'):.1%}"
        cells = (str(score.hours), f"{score.overall('mae'):.3g}", *shares)
        table.add_row(station.id, station.name, code, *cells)
    return table


def _write(report: VerificationReport, scores: Mapping[str, Score], output: Path) -> None:
    from local.training.score_plot import plot_scores

    output.mkdir(parents=True, exist_ok=True)
    (output / "verification.json").write_text(json.dumps(report.to_json(), indent=1) + "\n")
    title = f"{len(report.runs)} nights" if len(report.runs) > 1 else f"Run {report.runs[0].id}"
    plot_scores(scores, title, output / "verification.png")
    click.echo(f"Wrote {output}/verification.json and {output}/verification.png", err=True)
