"""`stationcast models`: the models of a multi-model endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from forecasts.times import utc_now as now
from local.commands.progress import console

if TYPE_CHECKING:
    from batch_jobs.observations.files import Location
    from local.releases.target_models import Listing, TargetModel

# Loading a model needs xgboost, which takes a second to import.
# ruff: noqa: PLC0415

location_option = click.option(
    "--models",
    "location",
    required=True,
    help="Folder or s3://bucket/prefix that the endpoint loads its models from.",
)
artifacts_argument = click.argument(
    "artifacts",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group()
def models() -> None:
    """Add, replace, list and remove the models of a multi-model endpoint while it runs.

    A model forecasts one parameter, for all stations (pm25.tar.gz) or for the stations of one
    country (pm25.US.tar.gz). `stationcast train --each-parameter` makes them.
    """


@models.command("list")
@location_option
def models_list(location: str) -> None:
    """List the models, and mark the newest of each kind.

    \b
    Example:
      stationcast models list --models endpoint-models/
    """
    from local.releases.target_models import list_models

    listing = list_models(_open(location))
    console.print(_table(listing))
    for name in listing.others:
        click.echo(f"  ignored: {name} is not the name of a model", err=True)


@models.command("add")
@location_option
@artifacts_argument
def models_add(location: str, artifacts: tuple[Path, ...]) -> None:
    """Add models for parameters (and countries) that have none yet.

    A file is named after its parameter and country. All files are checked before any is written.
    Callers reach a model as soon as STATIONCAST_MODELS of the API names it.

    \b
    Example:
      stationcast models add --models s3://bucket/endpoint-models/ pm25.tar.gz pm25.US.tar.gz
    """
    from local.releases.target_models import add_models

    place = _open(location)
    _say("Added", add_models(place, artifacts))


@models.command("replace")
@location_option
@artifacts_argument
def models_replace(location: str, artifacts: tuple[Path, ...]) -> None:
    """Add newer versions of models, under new names.

    SageMaker caches models by name, so some instances would keep using an overwritten model.
    Therefore pm25.tar.gz stays, and the newer model becomes pm25.20261122T140510Z.tar.gz. Requests
    move to it when you set STATIONCAST_MODELS to what `models routes` prints. To go back, restore
    the old value.

    \b
    Example:
      stationcast models replace --models s3://bucket/endpoint-models/ pm25.tar.gz
    """
    from local.releases.target_models import replace_models

    place = _open(location)
    _say("Written beside the one before", replace_models(place, artifacts, now()))


@models.command("remove")
@location_option
@click.argument("file")
def models_remove(location: str, file: str) -> None:
    """Remove the model FILE. First make sure that STATIONCAST_MODELS no longer names it.

    Instances that have loaded it may use it for some time. Do not reuse the name for another
    model: `models replace` chooses a new one.

    \b
    Example:
      stationcast models remove --models s3://bucket/endpoint-models/ pm25.tar.gz
    """
    from local.releases.target_models import remove_model

    left = remove_model(_open(location), file)
    click.echo(f"Removed {file}\nSTATIONCAST_MODELS={left.routes()}")


@models.command("routes")
@location_option
def models_routes(location: str) -> None:
    """Print the STATIONCAST_MODELS that selects the newest model of each kind.

    The API prefers the model of a country to the model of a parameter.

    \b
    Example:
      export STATIONCAST_MODELS="$(stationcast models routes --models endpoint-models/)"
    """
    from local.releases.target_models import list_models

    listing = list_models(_open(location))
    if not listing.models:
        raise click.ClickException(f"{location}: no models; `stationcast models add` adds one")
    click.echo(listing.routes())


def _say(done: str, written: list[TargetModel]) -> None:
    for model in written:
        click.echo(f"{done}: {model.file}")
    click.echo("`stationcast models routes` prints the STATIONCAST_MODELS that selects it")


def _table(listing: Listing) -> Table:
    table = Table(padding=0)
    table.add_column("model", no_wrap=True)
    for heading in ("parameter", "country", "newest"):
        table.add_column(heading)
    newest = set(listing.newest())
    for model in listing.models:
        country = model.country or "any other"
        table.add_row(model.file, model.parameter, country, "yes" if model in newest else "no")
    return table


def _open(location: str) -> Location:
    from batch_jobs.observations.files import open_location

    return open_location(location)
