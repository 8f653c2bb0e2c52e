"""`stationcast train`: train models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from local.commands.options import OBSERVATIONS_HELP
from local.commands.progress import bar, console

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.training.model_plan import Skipped, Trained
    from model.candidate import Source
    from model.evaluation import Evaluated

# xgboost and polars take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.command()
@click.option("--observations", help=OBSERVATIONS_HELP)
@click.option(
    "--from",
    "set_folder",
    type=click.Path(path_type=Path),
    help="Folder with a training set, instead of observations; implies --each-parameter.",
)
@click.option(
    "--output",
    default="model.tar.gz",
    type=click.Path(path_type=Path),
    help="The artifact, or with --each-parameter a folder for the artifacts.",
)
@click.option("--name", default="v1", help="Name of the model; every forecast repeats it.")
@click.option("--parameters", help="Codes, e.g. pm25,o3.  [default: all that are measured]")
@click.option(
    "--covariates",
    help="Codes to take as known ahead, not to forecast; see docs/transform-line.md.",
)
@click.option("--depth", default=6, type=click.IntRange(1, 16), help="Levels of each tree.")
@click.option(
    "--each-parameter", is_flag=True, help="Train one model per parameter: pm25.tar.gz, …"
)
@click.option(
    "--leave-stations-out",
    is_flag=True,
    help="Also train without a fifth of the stations, and measure on them: how it would do at new "
    "stations. Takes twice as long.",
)
@click.option("--countries", help="With --each-parameter: also train one per country, e.g. US,DE.")
def train(  # noqa: PLR0913 -- the options
    observations: str | None,
    set_folder: Path | None,
    output: Path,
    name: str,
    parameters: str | None,
    covariates: str | None,
    depth: int,
    *,
    each_parameter: bool,
    leave_stations_out: bool,
    countries: str | None,
) -> None:
    """Train a model, and measure it on the last fifth of the time, which training does not use.

    \b
    Examples:
      stationcast train --observations observations/ --name v1 --output model.tar.gz
      stationcast train --observations observations/ --parameters pm25,o3 \\
          --covariates temperature,wind_speed
      stationcast train --observations observations/ --each-parameter --countries US,DE \\
          --output endpoint-models/
      stationcast train --from sets/2024/ --parameters pm25 --countries US --output candidates/
    """
    from local.commands.tables import scores_table
    from local.training import training
    from local.training.model_plan import plan_models, train_each

    if (observations is None) == (set_folder is None):
        raise click.UsageError("give either --observations or --from")
    single = each_parameter or set_folder is not None
    if countries and not single:
        raise click.UsageError("--countries needs --each-parameter")
    for option, given in (("covariates", covariates), ("leave-stations-out", leave_stations_out)):
        if single and given:
            raise click.UsageError(f"--{option} does not go with --each-parameter or --from")
    codes = parameters.split(",") if parameters else None
    if single:
        source, measured = _source(observations, set_folder, codes)
        models = plan_models(measured, countries.split(",") if countries else [])
        show_trained(list(train_each(source, models, name, output, bar, depth)), output)
        return
    ahead = tuple(covariates.split(",")) if covariates else ()
    read = training.read_all(str(observations), [*codes, *ahead] if codes else None, bar)
    archive = training.archive_of(read).knowing(ahead)
    scores, reasons = training.train_possible(archive, name, output, bar, depth)
    show_model(name, scores, reasons)
    if leave_stations_out:
        apart, count = training.leave_stations_out(archive, output, bar, depth)
        stations = "1 station that" if count == 1 else f"{count} stations that"
        title = f"Trained again without {stations} it is measured on"
        console.print(scores_table(apart, title))
    console.print(f"Wrote {output}")


def _source(
    observations: str | None, set_folder: Path | None, codes: Sequence[str] | None
) -> tuple[Source, Sequence[str]]:
    """Open observations or a training set; return it, and the parameters to train."""
    from local.training.model_plan import Measured
    from local.training.training import read_all
    from model.training_set import TrainingSet

    if set_folder:
        training_set = TrainingSet.open(set_folder)
        return training_set, codes or training_set.parameters
    read = read_all(str(observations), codes, bar)
    return Measured(read), read.parameters


def show_model(name: str, scores: Mapping[str, Evaluated], reasons: Sequence[str]) -> None:
    """Print the scores of a model, and why parameters were left out of it."""
    from local.commands.tables import scores_table

    for reason in reasons:
        click.echo(f"  left out {reason}", err=True)
    console.print(scores_table(scores, f"Model {name} on the held-back time"))


def show_trained(models: Sequence[Trained | Skipped], folder: Path) -> None:
    """Print which models were written, and which were not and why.

    Raises:
        ClickException: No model was written.
    """
    from local.commands.tables import trained_table
    from local.training.model_plan import Skipped, Trained

    written = [model for model in models if isinstance(model, Trained)]
    console.print(trained_table(written))
    for model in models:
        if isinstance(model, Skipped):
            click.echo(f"  skipped {model.model.file}: {model.reason}", err=True)
    if not written:
        raise click.ClickException("no model could be trained")
    console.print(Text(f"Wrote {len(written)} models into {folder}"))
