"""`stationcast training run` and what follows it: renew the model, by measurement."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from forecasts.times import utc_now as now
from local.commands.locations import alone, alone_in_registry, is_bucket
from local.commands.options import OBSERVATIONS_HELP
from local.commands.progress import bar, console, waiting

if TYPE_CHECKING:
    from batch_jobs.training.registry import Registry, Training
    from batch_jobs.training.releasing import ModelFile
    from forecasts.stores.protocol import Store

# polars, xgboost and matplotlib take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415

#: Seconds between two looks at a state machine; its states take minutes.
POLL_SECONDS = 5.0

folder_option = click.option(
    "--folder",
    default="training",
    help="Keeps candidates, reports and releases: a folder or s3://bucket/prefix.",
)
model_option = click.option(
    "--model",
    "model_path",
    default="model.tar.gz",
    help="The model of the nights, which a release replaces: a file or s3://bucket/.../model.tar.gz.",
)
month_argument = click.argument("month", required=False)


@click.command()
@click.option("--observations", help=OBSERVATIONS_HELP)
@folder_option
@model_option
@click.option(
    "--store",
    "store_url",
    help="The store of the nights: a release that was worse than the best reference for a week is "
    "taken back first.  [default: none is looked at]",
)
@click.option("--ask", is_flag=True, help="Wait for `training approve` before the release.")
@click.option(
    "--state-machine",
    metavar="ARN",
    help="Start the state machine of a stack instead, and follow it; everything else is the "
    "stack's. With --folder s3://... the judgement is shown at the end.",
)
def run(
    observations: str | None,
    folder: str,
    model_path: str,
    store_url: str | None,
    *,
    ask: bool,
    state_machine: str | None,
) -> None:
    """Train this month's candidates, judge them, and release the best.

    A second start goes on where the first one ended, and trains nothing if the month is over. So
    start it each day, such as from cron.

    \b
    Examples:
      stationcast training run --observations observations/ --model model.tar.gz
      stationcast training run --observations s3://bucket/observations --ask
      stationcast training run --observations observations/ --store sqlite:///forecasts.db
      stationcast training run --folder s3://bucket/training \\
          --state-machine arn:aws:states:eu-central-1:123456789012:stateMachine:training
    """
    if (observations is None) == (state_machine is None):
        raise click.UsageError("give either --observations or --state-machine")
    if state_machine:
        if store_url or ask:
            raise click.UsageError("--store and --ask do not go with --state-machine")
        _run_on_aws(state_machine)
        if is_bucket(folder):
            _show(_training(_registry(folder), None))
        return
    if is_bucket(folder):
        raise click.UsageError("a training on this machine needs a folder; or give --state-machine")
    from local.training.renewal import Renewal, renew

    with alone(folder), ExitStack() as stack:
        store = store_url and stack.enter_context(closing(_opened(store_url)))
        renewal = Renewal(
            folder=Path(folder),
            registry=_registry(folder),
            in_use=_model_file(model_path),
            observations=str(observations),
            now=now(),
            track=bar,
            store=store or None,
            ask=ask,
        )
        done = renew(renewal)
    _show(done)
    console.print(Text(f"Report: {folder}/{done.name}/report.md"))


def _run_on_aws(arn: str) -> None:
    from local.training.state_machine import StateMachine

    machine = StateMachine(arn)
    execution = machine.start()
    said = "Started" if execution.is_new else f"Running since {execution.began}:"
    click.echo(
        f"{said} {execution.arn}\nCtrl-C stops following it; to stop it:\n"
        f"  aws stepfunctions stop-execution --execution-arn {execution.arn}",
        err=True,
    )
    with waiting("Training", POLL_SECONDS) as pause:
        machine.follow(execution, click.echo, pause)


@click.command()
@folder_option
def status(folder: str) -> None:
    """Show all trainings and releases, the newest first.

    \b
    Examples:
      stationcast training status
      stationcast training status --folder s3://bucket/training
    """
    from local.commands.tables import releases_table, trainings_table

    registry = _registry(folder)
    console.print(trainings_table(registry.trainings()))
    console.print(releases_table(registry.releases()))


@click.command()
@month_argument
@folder_option
def candidates(month: str | None, folder: str) -> None:
    """Show how the candidates of a month were judged; without MONTH, of the newest.

    \b
    Examples:
      stationcast training candidates
      stationcast training candidates 2026-12 --folder s3://bucket/training
    """
    _show(_training(_registry(folder), month))


@click.command()
@month_argument
@folder_option
@click.option("--by", required=True, help="Your name; the registry keeps it.")
def approve(month: str | None, folder: str, by: str) -> None:
    """Approve the best candidate of a month, which `training run --ask` has left waiting.

    \b
    Examples:
      stationcast training approve 2026-12 --by ada
      stationcast training approve 2026-12 --by ada --folder s3://bucket/training
    """
    from batch_jobs.training.registry import approved

    with alone_in_registry(folder):
        registry = _registry(folder)
        done = approved(_training(registry, month), by)
        registry.put(done)
    who = (
        "the state machine's next start" if is_bucket(folder) else "`stationcast training release`"
    )
    console.print(Text(f"{done.chosen} is approved; {who} puts it in use"))


@click.command()
@month_argument
@folder_option
@model_option
def release(month: str | None, folder: str, model_path: str) -> None:
    """Put the approved candidate of a month into use.

    \b
    Examples:
      stationcast training release 2026-12 --model model.tar.gz
      stationcast training release --folder s3://bucket/training \\
          --model s3://bucket/models/in-use/model.tar.gz
    """
    from batch_jobs.training import releasing

    in_use = _model_of(folder, model_path)
    with alone_in_registry(folder):
        registry = _registry(folder)
        done = releasing.release(registry, in_use, _training(registry, month), now())
    console.print(Text(f"Release {done.number}: {model_path} is {done.model}"))


@click.command()
@folder_option
@model_option
@click.option("--reason", required=True, help="Why; the registry keeps it.")
def rollback(folder: str, model_path: str, reason: str) -> None:
    """Bring the release before the newest one back into use.

    \b
    Examples:
      stationcast training rollback --model model.tar.gz --reason "too cold since Monday"
      stationcast training rollback --reason "too cold" --folder s3://bucket/training \\
          --model s3://bucket/models/in-use/model.tar.gz
    """
    from batch_jobs.training import releasing

    in_use = _model_of(folder, model_path)
    with alone_in_registry(folder):
        taken, back = releasing.roll_back(_registry(folder), in_use, reason)
    console.print(Text(f"{taken.model} is taken back: {model_path} is {back.model} again"))


def _opened(store_url: str) -> Store:
    from forecasts.stores.open import DynamoDBClient, open_store

    return open_store(store_url, now, create=False, client=DynamoDBClient.of(os.environ))


def _registry(folder: str) -> Registry:
    from batch_jobs.observations.files import open_location
    from batch_jobs.training.registry import Registry

    return Registry(open_location(folder))


def _model_of(folder: str, path: str) -> ModelFile:
    """Return the model of a registry's nights; a stack's are not on this machine."""
    if is_bucket(folder) and not is_bucket(path):
        raise click.UsageError(
            f"--folder is in a bucket, so nights do not use {path}; give the stack's model with "
            "--model s3://bucket/models/in-use/model.tar.gz"
        )
    return _model_file(path)


def _model_file(path: str) -> ModelFile:
    from batch_jobs.observations.files import open_location
    from batch_jobs.training.releasing import ModelFile

    if not is_bucket(path):
        return ModelFile(open_location(str(Path(path).parent)), Path(path).name)
    folder, _, name = path.rpartition("/")
    if not name or not is_bucket(folder):
        raise click.UsageError(f"--model: {path} is no file; write s3://bucket/folder/model.tar.gz")
    return ModelFile(open_location(folder), name)


def _training(registry: Registry, month: str | None) -> Training:
    """Return the training of a month, or the newest.

    Raises:
        ClickException: There is none.
    """
    found = {each.name: each for each in registry.trainings()}
    if not found:
        raise click.ClickException("no training yet; `stationcast training run` begins one")
    if month and month not in found:
        raise click.ClickException(f"no training of {month}; there are {', '.join(found)}")
    return found[month or max(found)]


def _show(done: Training) -> None:
    from local.commands.tables import candidates_table

    console.print(candidates_table(done))
    for candidate in done.candidates.values():
        for reason in candidate.reasons:
            click.echo(f"  {candidate.name}: {reason}", err=True)
    chosen = f": {done.chosen}" if done.chosen else ""
    reason = f" ({done.reason})" if done.reason else ""
    console.print(Text(f"Training {done.name} is {done.state}{chosen}{reason}"))
