"""What `verify` and `replay` show of a verification: tables, one JSON object, and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from forecasts.parameter import parameter
from forecasts.times import utc_text
from local.commands.progress import console

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.verification.report import StationScore, VerificationReport
    from model.scoring import Score

#: How many stations and parameters the table of the worst has.
WORST = 5

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
output_option = click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for verification.json and verification.png.",
)


def show_verification(report: VerificationReport, output: Path | None, *, as_json: bool) -> None:
    """Print a verification, make remarks about single nights, and write its files.

    Args:
        report: The verification.
        output: Folder of the files; None for no files.
        as_json: Print JSON instead of tables.

    Raises:
        ClickException: There is nothing to show.
    """
    for night, reason in report.remarks.items():
        click.echo(f"  {night}: {reason}", err=True)
    if not report.scores():
        raise click.ClickException("nothing was observed that these runs forecast")
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        _show_tables(report)
    if output is not None:
        _write(report, output)


def _show_tables(report: VerificationReport) -> None:
    scores = report.scores()
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


def _write(report: VerificationReport, output: Path) -> None:
    # matplotlib takes half a second to import, and most calls draw nothing.
    from local.verification.plot import plot_verification  # noqa: PLC0415

    output.mkdir(parents=True, exist_ok=True)
    (output / "verification.json").write_text(json.dumps(report.to_json(), indent=1) + "\n")
    plot_verification(report, output / "verification.png")
    click.echo(f"Wrote {output}/verification.json and {output}/verification.png", err=True)
