"""The command line: `stationcast`."""

import signal
from typing import Any

import click

from batch_jobs.errors import BatchJobsError
from forecasts.errors import ForecastsError
from local.commands.compact import compact
from local.commands.compile import compile_command
from local.commands.cost import cost
from local.commands.demo import demo
from local.commands.endpoint import endpoint
from local.commands.evaluate import evaluate
from local.commands.fetch import fetch
from local.commands.import_csv import import_csv
from local.commands.live import live
from local.commands.mcp import mcp
from local.commands.models import models
from local.commands.neo import neo
from local.commands.nightly import nightly
from local.commands.preflight import preflight
from local.commands.replay import replay
from local.commands.runs import runs
from local.commands.scaling import scaling
from local.commands.serve import serve
from local.commands.train import train
from local.commands.training import training
from local.commands.variants import variants
from local.commands.verify import verify
from local.errors import LocalError
from local.machine import let_idle_threads_sleep
from model.errors import ModelError


class Commands(click.Group):
    """Commands that report expected errors in one line with exit status 1, not as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (BatchJobsError, ForecastsError, LocalError, ModelError, OSError) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            # A second Ctrl-C ends the process at once, even while it is shutting down.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            raise


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(package_name="stationcast")
def main() -> None:
    """Nightly forecasts for weather and air-quality stations, looked up in milliseconds.

    \b
    Try it:
      stationcast demo
      curl -s localhost:8000/v1/stations/JFK/forecast
    """
    let_idle_threads_sleep()


for command in (
    compact,
    compile_command,
    cost,
    demo,
    endpoint,
    evaluate,
    fetch,
    import_csv,
    live,
    mcp,
    models,
    neo,
    nightly,
    preflight,
    replay,
    runs,
    scaling,
    serve,
    train,
    training,
    variants,
    verify,
):
    main.add_command(command)
