"""Options that mean the same in every command."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forecasts.times import from_text
from local.machine import cores

#: Where commands keep what they make, if they are told no other place.
FOLDER = ".stationcast"


class UtcTime(click.ParamType[datetime]):
    """An RFC 3339 time with a zone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a time, or fail with an example of one."""
        try:
            return from_text(value)
        except ValueError as error:
            self.fail(f"{error}; write 2013-12-30T00:00:00Z", param, ctx)


store_option = click.option(
    "--store",
    "store_url",
    default=f"sqlite:///{FOLDER}/forecasts.db",
    envvar="STATIONCAST_STORE",
    show_envvar=True,
    help="Where the forecasts are: sqlite:///file.db or dynamodb://table",
)
DOWNLOADS_HELP = (
    "Where the files of whole runs are: a folder or s3://bucket/prefix; off for none.  [default: "
    "a folder beside the SQLite file]"
)
downloads_option = click.option(
    "--downloads",
    envvar="STATIONCAST_DOWNLOADS",
    show_envvar=True,
    metavar="LOCATION",
    help=DOWNLOADS_HELP,
)
OBSERVATIONS_HELP = "Folder or s3://bucket/prefix; docs/observations.md describes the formats."
observations_option = click.option("--observations", required=True, help=OBSERVATIONS_HELP)
processes_option = click.option(
    "--processes",
    type=click.IntRange(1),
    default=cores,
    show_default="one for each core",
    help="Worker processes that transform and load.",
)
model_option = click.option(
    "--model",
    "model_path",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="model.tar.gz, or a folder with its content.",
)
host_option = click.option(
    "--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 lets other machines in."
)
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    help="Port to listen on; 0 for any free one.",
)
