"""`stationcast train`: train models."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from forecasts.times import utc_now as now
from local.commands.options import OBSERVATIONS_HELP
from local.commands.progress import bar, console, waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from local.training.model_plan import Made, Skipped, Trained, Trainer
    from local.training.training_job import JobSettings
    from model.evaluation import Evaluated

# xgboost and polars take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


#: Seconds between two looks at a training job, which takes minutes.
POLL_SECONDS = 10.0


@click.command()
@click.option("--observations", help=OBSERVATIONS_HELP)
@click.option(
    "--from",
    "set_location",
    help="A training set, instead of observations: a folder or s3://bucket/prefix.",
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
@click.option(
    "--on",
    "machine",
    type=click.Choice(["local", "sagemaker"]),
    default="local",
    help="Where to train. On sagemaker, each model is a job on a spot instance, which reads the "
    "set of --from in S3; code and output are beside the set, in code/ and jobs/.",
)
@click.option("--role", metavar="ARN", help="With --on sagemaker: the role of the jobs.")
@click.option(
    "--instance-type", default="ml.m5.2xlarge", help="With --on sagemaker: what a job runs on."
)
def train(  # noqa: PLR0913 -- the options
    observations: str | None,
    set_location: str | None,
    output: Path,
    name: str,
    parameters: str | None,
    covariates: str | None,
    depth: int,
    *,
    each_parameter: bool,
    leave_stations_out: bool,
    countries: str | None,
    machine: str,
    role: str | None,
    instance_type: str,
) -> None:
    """Train a model, and measure it on the last fifth of the time, which training does not use.

    \b
    Examples:
      stationcast train --observations observations/ --name v1 --output model.tar.gz
      stationcast train --observations observations/ --parameters pm25,o3 \\
          --covariates temperature,wind_speed
      stationcast train --observations observations/ --each-parameter --countries US,DE \\
          --output endpoint-models/
      stationcast train --from sets/2024/ --each-parameter --countries US --output candidates/
      stationcast train --from s3://bucket/training/set --on sagemaker \\
          --role arn:aws:iam::123456789012:role/training
    """
    if (observations is None) == (set_location is None):
        raise click.UsageError("give either --observations or --from")
    if machine == "sagemaker" and not (set_location or "").startswith("s3://"):
        raise click.UsageError("--on sagemaker needs --from s3://bucket/prefix")
    if countries and not each_parameter:
        raise click.UsageError("--countries needs --each-parameter")
    single = each_parameter or set_location is not None
    for option, given in (("covariates", covariates), ("leave-stations-out", leave_stations_out)):
        if single and given:
            raise click.UsageError(f"--{option} does not go with --each-parameter or --from")
    codes = parameters.split(",") if parameters else None
    if not single:
        ahead = covariates.split(",") if covariates else []
        _train_one(str(observations), codes, ahead, name, output, depth, apart=leave_stations_out)
        return
    from batch_jobs.progress import quiet
    from local.training.model_plan import plan_models, train_each

    with ExitStack() as stack:
        if machine == "sagemaker":
            from local.training.training_job import JobSettings

            settings = JobSettings(str(set_location), _given(role), instance_type, name, depth)
            trainer, measured = _on_sagemaker(settings, codes, each=each_parameter)
        elif set_location:
            folder = stack.enter_context(_folder_of(set_location, codes))
            trainer, measured = _from_set(folder, name, depth, each=each_parameter)
        else:
            trainer, measured = _from_observations(str(observations), codes, name, depth)
        if not each_parameter:
            _show_made(name, trainer.make(codes or measured, ""), output)
            return
        models = plan_models(codes or measured, countries.split(",") if countries else [])
        # Each job shows how far it is.
        track = quiet if machine == "sagemaker" else bar
        show_trained(list(train_each(trainer, models, output, track)), output)


def _train_one(
    observations: str,
    codes: Sequence[str] | None,
    ahead: Sequence[str],
    name: str,
    output: Path,
    depth: int,
    *,
    apart: bool,
) -> None:
    """Train a model of observations, and perhaps a second one without some stations."""
    from local.commands.tables import scores_table, summaries
    from local.training import training

    read = training.read_all(observations, [*codes, *ahead] if codes else None, bar)
    archive = training.archive_of(read).knowing(tuple(ahead))
    scores, reasons = training.train_possible(archive, name, output, bar, depth)
    show_model(name, scores, reasons)
    if apart:
        without, count = training.leave_stations_out(archive, output, bar, depth)
        stations = "1 station that" if count == 1 else f"{count} stations that"
        title = f"Trained again without {stations} it is measured on"
        console.print(scores_table(summaries(without), title))
    console.print(f"Wrote {output}")


def _from_observations(
    observations: str, codes: Sequence[str] | None, name: str, depth: int
) -> tuple[Trainer, Sequence[str]]:
    """Read observations; return what trains on them, and the parameters that they have."""
    from local.training.model_plan import Local, Measured
    from local.training.training import read_all

    read = read_all(observations, codes, bar)
    return Local(Measured(read), name, depth), read.parameters


def _from_set(folder: Path, name: str, depth: int, *, each: bool) -> tuple[Trainer, Sequence[str]]:
    """Open a training set; return what trains on it, and the parameters that it has."""
    from batch_jobs.progress import quiet
    from local.training.model_plan import Learned, Local
    from model.training_set import TrainingSet

    training_set = TrainingSet.open(folder)
    trainer = Local(Learned(training_set), name, depth, quiet if each else bar)
    return trainer, training_set.parameters


def _folder_of(set_location: str, codes: Sequence[str] | None) -> AbstractContextManager[Path]:
    from local.training.set_copy import folder_of

    return folder_of(set_location, codes)


def _on_sagemaker(
    settings: JobSettings, codes: Sequence[str] | None, *, each: bool
) -> tuple[Trainer, Sequence[str]]:
    """Upload the code; return what trains on SageMaker, and the parameters of the set."""
    from local.training.set_copy import parameters_in
    from local.training.training_job import SageMaker

    measured = parameters_in(settings.training_set)
    if codes and not each and len(codes) > 1 and set(codes) != set(measured):
        raise click.UsageError(
            f"a job learns one parameter or all of the set ({', '.join(measured)}); give "
            "--each-parameter, or prepare a set of fewer"
        )
    return SageMaker(settings, now, _show_job, partial(waiting, seconds=POLL_SECONDS)), measured


def _show_job(job: str, output: str) -> None:
    click.echo(
        f"Started {job}; its model will be {output}/model.tar.gz\n"
        "Ctrl-C stops waiting, not the job; to stop it:\n"
        f"  aws sagemaker stop-training-job --training-job-name {job}",
        err=True,
    )


def _given(role: str | None) -> str:
    if role is None:
        raise click.UsageError(
            "--on sagemaker needs --role, which may read and write beside the set"
        )
    return role


def _show_made(name: str, made: Made, output: Path) -> None:
    """Write a model, and print its scores."""
    from batch_jobs.observations.whole_files import write_whole
    from local.commands.tables import scores_table

    write_whole(output, made.artifact, replace=True)
    for reason in made.left_out:
        click.echo(f"  left out {reason}", err=True)
    console.print(scores_table(made.scores, f"Model {name} on the held-back time"))
    console.print(f"Wrote {output}")


def show_model(name: str, scores: Mapping[str, Evaluated], reasons: Sequence[str]) -> None:
    """Print the scores of a model, and why parameters were left out of it."""
    from local.commands.tables import scores_table, summaries

    for reason in reasons:
        click.echo(f"  left out {reason}", err=True)
    console.print(scores_table(summaries(scores), f"Model {name} on the held-back time"))


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
