"""`stationcast demo`: everything at once, to try it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecasts.times import utc_now as now
from forecasts.times import utc_text
from local.commands.nightly import show_night
from local.commands.options import FOLDER, host_option, port_option
from local.commands.progress import bar
from local.commands.serve import address_of, served

if TYPE_CHECKING:
    from local.demo.night import Demo

# xgboost, polars and uvicorn take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.command()
@click.option(
    "--stations",
    type=click.IntRange(1, 28_000),
    help="Make up weather for this many stations, at real airports.",
)
@click.option(
    "--folder",
    default=FOLDER,
    type=click.Path(path_type=Path, file_okay=False),
    help="Keeps the observations, the model and the forecasts.",
)
@host_option
@port_option
def demo(stations: int | None, folder: Path, host: str, port: int) -> None:
    """Try it: get observations, train a model, forecast a night, serve until Ctrl-C.

    The first start takes about a minute, the next ones take seconds. The observations are the
    weather of 2013 at New York's airports, moved to today by a whole number of 364-day steps.

    \b
    Examples:
      stationcast demo
      stationcast demo --port 8080
      stationcast demo --stations 11000
    """
    from local.demo.night import prepare_demo
    from local.serving.api import listen
    from local.serving.with_model import serve_with_model

    with listen(host, port) as listener:
        ready = prepare_demo(folder, stations, now, bar)
        show_night(ready.run, ready.seconds)
        address = address_of(listener)
        serve_with_model(
            ready.store_url,
            ("demo", ready.model_path),
            listener,
            folder / "journal.jsonl",
            lambda settings, store, standin: click.echo(
                f"\n{served(settings, store, address)}"
                f"\n{_examples(address, ready, standin.faults_url)}"
            ),
        )


def _examples(address: str, ready: Demo, faults_url: str) -> str:
    """Return commands to try."""
    forecast = f"{address}/v1/stations/{ready.station_id}/forecast"
    after = utc_text(ready.run.issue_time + timedelta(minutes=10))
    reading = {"parameter": "temperature", "time": after, "value": 7.5}
    body = json.dumps({"observations": [reading]})
    return (
        f"  curl -s {forecast}\n"
        f"  curl -s {forecast} -d '{body}'\n"
        f"  curl -s '{address}/v1/forecasts/nearest?latitude=40.7&longitude=-74.0'\n"
        f"  curl -s {address}/v1/status\n\n"
        "Make the real-time model slow, and well again:\n\n"
        f"  curl -X PUT {faults_url}/faults -d '{{\"delay_seconds\": 5}}'\n"
        f"  curl -X DELETE {faults_url}/faults\n\n"
        "Ctrl-C stops."
    )
