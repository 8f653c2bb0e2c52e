"""Options that mean the same in every command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forecasts.times import from_text
from local.machine import cores

STORE = "sqlite:///.stationcast/forecasts.db"


class UtcTime(click.ParamType[datetime]):
    """An RFC 3339 time with a zone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it, or say what a time looks like."""
        try:
            return from_text(value)
        except ValueError as error:
            self.fail(f"{error}; write 2013-12-30T00:00:00Z", param, ctx)


store_option = click.option(
    "--store",
    "store_url",
    default=STORE,
    envvar="STATIONCAST_STORE",
    show_default=True,
    show_envvar=True,
    help="sqlite:///file.db or dynamodb://table",
)
observations_option = click.option(
    "--observations",
    required=True,
    help="Folder or s3://bucket/prefix; docs/observations.md has the formats.",
)
processes_option = click.option(
    "--processes",
    type=click.IntRange(1),
    default=cores,
    help="How many transform and load side by side. Default: one for each core.",
)
model_option = click.option(
    "--model",
    "model_path",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="model.tar.gz, or the folder it was unpacked to.",
)
