"""`stationcast training run` and what follows it: renew the model, by measurement."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from forecasts.times import utc_now as now
from local.commands.options import observations_option
from local.commands.progress import bar, console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batch_jobs.training.registry import Registry, Training
    from batch_jobs.training.releasing import ModelFile
    from forecasts.stores.protocol import Store

# polars, xgboost and matplotlib take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415

folder_option = click.option(
    "--folder",
    default="training",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keeps candidates, reports and releases.",
)
model_option = click.option(
    "--model",
    "model_path",
    default="model.tar.gz",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The model of the nights, which a release replaces.",
)
month_argument = click.argument("month", required=False)


@click.command()
@observations_option
@folder_option
@model_option
@click.option(
    "--store",
    "store_url",
    help="The store of the nights: a release that was worse than the best reference for a week is "
    "taken back first.  [default: none is looked at]",
)
@click.option("--ask", is_flag=True, help="Wait for `training approve` before the release.")
def run(
    observations: str, folder: Path, model_path: Path, store_url: str | None, *, ask: bool
) -> None:
    """Train this month's candidates, judge them, and release the best.

    A second start goes on where the first one ended, and trains nothing if the month is over. So
    start it each day, such as from cron.

    \b
    Examples:
      stationcast training run --observations observations/ --model model.tar.gz
      stationcast training run --observations s3://bucket/observations --ask
      stationcast training run --observations observations/ --store sqlite:///forecasts.db
    """
    from local.training.renewal import Renewal, renew

    with _alone(folder), ExitStack() as stack:
        store = store_url and stack.enter_context(closing(_opened(store_url)))
        renewal = Renewal(
            folder=folder,
            registry=_registry(folder),
            in_use=_model_file(model_path),
            observations=observations,
            now=now(),
            track=bar,
            store=store or None,
            ask=ask,
        )
        done = renew(renewal)
    _show(done)
    console.print(Text(f"Report: {folder / done.name / 'report.md'}"))


@click.command()
@folder_option
def status(folder: Path) -> None:
    """Show all trainings and releases, the newest first.

    \b
    Examples:
      stationcast training status
      stationcast training status --folder /var/lib/stationcast/training
    """
    from local.commands.tables import releases_table, trainings_table

    registry = _registry(folder)
    console.print(trainings_table(registry.trainings()))
    console.print(releases_table(registry.releases()))


@click.command()
@month_argument
@folder_option
def candidates(month: str | None, folder: Path) -> None:
    """Show how the candidates of a month were judged; without MONTH, of the newest.

    \b
    Examples:
      stationcast training candidates
      stationcast training candidates 2026-12
    """
    _show(_training(_registry(folder), month))


@click.command()
@month_argument
@folder_option
@click.option("--by", required=True, help="Your name; the registry keeps it.")
def approve(month: str | None, folder: Path, by: str) -> None:
    """Approve the best candidate of a month, which `training run --ask` has left waiting.

    \b
    Examples:
      stationcast training approve 2026-12 --by ada
    """
    from batch_jobs.training.registry import approved

    with _alone(folder):
        registry = _registry(folder)
        done = approved(_training(registry, month), by)
        registry.put(done)
    console.print(Text(f"{done.chosen} is approved; `stationcast training release` puts it in use"))


@click.command()
@month_argument
@folder_option
@model_option
def release(month: str | None, folder: Path, model_path: Path) -> None:
    """Put the approved candidate of a month into use.

    \b
    Examples:
      stationcast training release 2026-12 --model model.tar.gz
    """
    from batch_jobs.training import releasing

    with _alone(folder):
        registry = _registry(folder)
        done = releasing.release(
            registry, _model_file(model_path), _training(registry, month), now()
        )
    console.print(Text(f"Release {done.number}: {model_path} is {done.model}"))


@click.command()
@folder_option
@model_option
@click.option("--reason", required=True, help="Why; the registry keeps it.")
def rollback(folder: Path, model_path: Path, reason: str) -> None:
    """Bring the release before the newest one back into use.

    \b
    Examples:
      stationcast training rollback --model model.tar.gz --reason "too cold since Monday"
    """
    from batch_jobs.training import releasing

    with _alone(folder):
        taken, back = releasing.roll_back(_registry(folder), _model_file(model_path), reason)
    console.print(Text(f"{taken.model} is taken back: {model_path} is {back.model} again"))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Refuse to work in a folder that another process is working in."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"another training is at work in {folder}; wait until it ends"
            ) from None
        yield


def _opened(store_url: str) -> Store:
    from forecasts.stores.open import DynamoDBClient, open_store

    return open_store(store_url, now, create=False, client=DynamoDBClient.of(os.environ))


def _registry(folder: Path) -> Registry:
    from batch_jobs.observations.files import open_location
    from batch_jobs.training.registry import Registry

    return Registry(open_location(str(folder)))


def _model_file(path: Path) -> ModelFile:
    from batch_jobs.observations.files import open_location
    from batch_jobs.training.releasing import ModelFile

    return ModelFile(open_location(str(path.parent)), path.name)


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
