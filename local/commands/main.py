"""The command line: `stationcast`."""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from batch_jobs.errors import BatchJobsError
from forecasts.errors import ForecastsError
from forecasts.item import run_item
from forecasts.run import RunState
from forecasts.runs import current_pointer, get_run, list_runs, publish, rollback
from forecasts.stores.open import open_store
from forecasts.times import from_text, utc_text
from local.commands.compile import compile_command
from local.commands.cost import cost
from local.commands.endpoint import endpoint
from local.commands.models import models
from local.commands.neo import neo
from local.commands.options import (
    UtcTime,
    model_option,
    observations_option,
    processes_option,
    store_option,
)
from local.commands.progress import bar, console
from local.commands.scaling import scaling
from local.commands.train import train
from local.commands.variants import variants
from local.errors import LocalError
from local.machine import now
from model.errors import ModelError

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.run import Run
    from local.demo.night import Demo

# xgboost, polars and matplotlib take a second to import; `stationcast runs list` needs none of
# them. So the modules that need them are imported by the commands that do.
# ruff: noqa: PLC0415


class Commands(click.Group):
    """Commands whose expected errors are one line and exit status 1, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (BatchJobsError, ForecastsError, LocalError, ModelError, OSError) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            # A second Ctrl-C ends the process at once, rather than in the midst of winding down.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            raise


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stationcast")
def main() -> None:
    """Nightly forecasts for weather and air-quality stations, looked up in milliseconds.

    \b
    Try it:
      stationcast demo
      curl -s localhost:8000/v1/stations/JFK/forecast
    """


main.add_command(compile_command)
main.add_command(cost)
main.add_command(endpoint)
main.add_command(models)
main.add_command(neo)
main.add_command(scaling)
main.add_command(train)
main.add_command(variants)


@main.command()
@observations_option
@model_option
@click.option("--since", type=UtcTime(), help="Default: where the model's held-back time begins.")
@click.option(
    "--output",
    default="evaluation",
    type=click.Path(path_type=Path, file_okay=False),
    show_default=True,
    help="Folder for evaluation.json and evaluation.png.",
)
def evaluate(observations: str, model_path: Path, since: datetime | None, output: Path) -> None:
    """Measure a model: error, skill against two baselines, coverage of the 80 % interval.

    \b
    Example:
      stationcast evaluate --observations observations/ --model model.tar.gz
    """
    from batch_jobs.transform import load_model
    from local.commands.tables import leads_table, scores_table
    from local.training.score_plot import plot_scores
    from local.training.training import evaluate_model, interval_coverage, read_archive, report_of

    model = load_model(model_path)
    archive = read_archive(observations, model.parameters, bar)
    start = utc_text(since) if since else model.training["held_back_from"]
    scores = evaluate_model(model, archive, from_text(start))
    console.print(scores_table(scores, f"Model {model.name}, since {start}"))
    console.print(leads_table(scores))
    coverage = interval_coverage(scores)
    if coverage is not None:
        console.print(f"80 % interval where values rarely repeat: {coverage:.1%} on average")
    output.mkdir(parents=True, exist_ok=True)
    report = report_of(model.name, start, scores)
    (output / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n")
    plot_scores(scores, f"{model.name}, since {start}", output / "evaluation.png")
    console.print(f"Wrote {output}/evaluation.json and {output}/evaluation.png")


@main.command()
@observations_option
@model_option
@store_option
@click.option("--issue-time", type=UtcTime(), help="On the hour. Default: last midnight UTC.")
@click.option("--new-attempt", is_flag=True, help="Begin again although the night was done.")
@processes_option
def nightly(
    observations: str,
    model_path: Path,
    store_url: str,
    issue_time: datetime | None,
    processes: int,
    *,
    new_attempt: bool,
) -> None:
    """Run a night: observations to published forecasts. Twice the same night is one run.

    \b
    Example:
      stationcast nightly --issue-time 2013-12-30T00:00:00Z --observations observations/ \\
          --model model.tar.gz --store sqlite:///forecasts.db
    """
    from batch_jobs.nightly import Night, run_night
    from local.workers import crew_on, tools_of

    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    store, model = tools_of(store_url, model_path)
    night = Night(
        store=store,
        model=model,
        observations=observations,
        issue_time=issue_time or midnight,
        clock=now,
        new_attempt=new_attempt,
        track=bar,
        crew=crew_on(processes, store_url, model_path),
    )
    try:
        show_night(run_night(night), night.seconds)
    finally:
        store.close()


def show_night(run: Run, seconds: dict[str, float]) -> None:
    """Say what became of a night.

    Raises:
        ClickException: It was not published.
    """
    from local.commands.tables import seconds_table

    read = run.report.get("observations", {})
    for example in read.get("examples", []):
        click.echo(f"  dropped: {example}", err=True)
    if seconds:
        console.print(seconds_table(seconds))
    if run.state is not RunState.PUBLISHED:
        raise click.ClickException(f"run {run.id} is {run.state}: {run.reason}")
    done = "" if seconds else " already"
    counts = f"{run.report['series']} series, {run.stations} stations"
    console.print(Text(f"Run {run.id} is{done} published: {counts}"))


@main.group()
def runs() -> None:
    """Look at runs, and move readers from one to another."""


@runs.command("list")
@store_option
def runs_list(store_url: str) -> None:
    """List runs, newest first."""
    from local.commands.tables import runs_table

    store = open_store(store_url, now)
    console.print(runs_table(list_runs(store), current_pointer(store)))


@runs.command("show")
@click.argument("run_id")
@store_option
def runs_show(run_id: str, store_url: str) -> None:
    """Print a run with its quality report, as JSON."""
    run = get_run(open_store(store_url, now), run_id)
    click.echo(json.dumps(json.loads(run_item(run, 1).body), indent=1, ensure_ascii=False))


@runs.command("publish")
@click.argument("run_id")
@store_option
def runs_publish(run_id: str, store_url: str) -> None:
    """Move readers to RUN_ID, forward or back. They follow within 15 seconds."""
    pointer = publish(open_store(store_url, now), run_id, now())
    click.echo(f"Readers are on {pointer.current} (before: {pointer.previous})")


@runs.command("rollback")
@store_option
def runs_rollback(store_url: str) -> None:
    """Move readers to the run before the current one. They follow within 15 seconds."""
    pointer = rollback(open_store(store_url, now), now())
    click.echo(f"Readers are back on {pointer.current}")


@main.command()
@store_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--endpoint",
    "STATIONCAST_ENDPOINT",
    envvar="STATIONCAST_ENDPOINT",
    show_envvar=True,
    help="sagemaker://name or lambda://function of the real-time model. Default: no real time.",
)
@click.option(
    "--seconds",
    "STATIONCAST_ENDPOINT_SECONDS",
    envvar="STATIONCAST_ENDPOINT_SECONDS",
    show_envvar=True,
    help="How long it may take. Default: 2",
)
@click.option(
    "--variants",
    "STATIONCAST_VARIANTS",
    envvar="STATIONCAST_VARIANTS",
    show_envvar=True,
    help="Its variants, and the split of callers that name themselves: depth5=95,depth10=5",
)
@click.option(
    "--models",
    "STATIONCAST_MODELS",
    envvar="STATIONCAST_MODELS",
    show_envvar=True,
    help="Its target models: pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz",
)
@click.option(
    "--journal",
    default="-",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="File for a line of each real-time answer. Default: standard output.",
)
def serve(store_url: str, host: str, port: int, journal: Path, **settings: str | None) -> None:
    """Serve the API over a store, until Ctrl-C.

    \b
    Examples:
      stationcast serve --store sqlite:///forecasts.db
      stationcast serve --endpoint sagemaker://stationcast --journal journal.jsonl
    """
    from api.errors import SettingsError
    from api.settings import Settings
    from local.serving.api import serve_api
    from local.serving.website import built_site

    given = {name: value for name, value in settings.items() if value}
    try:
        read = Settings.of({**given, "STATIONCAST_STORE": store_url})
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    with click.open_file(str(journal), "a") as file:
        journal_to = partial(click.echo, file=file)
        serve_api(read, now, host, port, journal=journal_to, site=built_site())


@main.command()
@click.option("--stations", type=click.IntRange(1, 28_000), help="So many synthetic stations.")
@click.option(
    "--folder",
    default=".stationcast",
    type=click.Path(path_type=Path, file_okay=False),
    show_default=True,
    help="Where observations, model and forecasts are kept.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def demo(stations: int | None, folder: Path, host: str, port: int) -> None:
    """Try it: demo observations, a model, a night, and the API. The second time takes seconds.

    The observations are real: the weather of 2013 at New York's airports, moved to today by a
    whole number of 364-day steps. With --stations they are synthetic, at real airports.

    \b
    Examples:
      stationcast demo
      stationcast demo --stations 11000
    """
    from api.settings import Settings
    from local.demo.night import prepare_demo
    from local.serving.api import lead_boto3, serve_api
    from local.serving.website import built_site
    from local.standin.endpoint import Endpoint, running

    ready = prepare_demo(folder, stations, now, bar)
    show_night(ready.run, ready.seconds)
    settings = Settings(ready.store_url, endpoint="sagemaker://stationcast")
    with (
        running(Endpoint(variants={"demo": str(ready.model_path)})) as standin,
        (folder / "journal.jsonl").open("a") as journal,
    ):
        lead_boto3(standin.environment)
        show_demo(f"http://{host}:{port}", ready, standin.faults_url)
        journal_to = partial(print, file=journal, flush=True)
        serve_api(settings, now, host, port, journal=journal_to, site=built_site())


def show_demo(base: str, ready: Demo, faults_url: str) -> None:
    """Say what there is to try.

    Args:
        base: Address of the API.
        ready: What is served there.
        faults_url: Address of the faults of the endpoint's stand-in.
    """
    station_id, after = ready.station_id, ready.run.issue_time + timedelta(minutes=10)
    reading = {"parameter": "temperature", "time": utc_text(after), "value": 7.5}
    body = json.dumps({"observations": [reading]})
    from local.serving.website import built_site

    page = "the website" if built_site() else "without the website, which `make web` builds"
    click.echo(f"\nServing on {base} ({page}; the API's own page is {base}/docs)\n")
    click.echo(f"  curl -s {base}/v1/stations/{station_id}/forecast")
    click.echo(f"  curl -s {base}/v1/stations/{station_id}/forecast -d '{body}'")
    click.echo(f"  curl -s '{base}/v1/forecasts/nearest?latitude=40.7&longitude=-74.0'")
    click.echo(f"  curl -s {base}/v1/status\n")
    click.echo("The model endpoint's bad days:\n")
    click.echo(f"  curl -X PUT {faults_url}/faults -d '{{\"delay_seconds\": 5}}'")
    click.echo(f"  curl -X DELETE {faults_url}/faults\n\nCtrl-C stops.\n")
