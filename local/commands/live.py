"""`stationcast live`: real weather of one place, tonight and from then on."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecasts.times import utc_now as now
from forecasts.times import utc_text
from local.commands.fetch import show
from local.commands.nightly import show_night
from local.commands.options import FOLDER, host_option, port_option
from local.commands.progress import bar
from local.commands.serve import address_of, served
from local.commands.train import show_model
from local.commands.wanted_options import (
    LIVE_KM,
    km_option,
    near_option,
    place_wanted,
    stations_option,
)

if TYPE_CHECKING:
    from api.settings import Settings
    from batch_jobs.feeds.http import Timer
    from batch_jobs.feeds.wanted import Near, Stations
    from forecasts.stores.protocol import Store
    from local.live.place import Place
    from local.live.refresh import Live
    from local.live.screen import Screen
    from local.standin.endpoint import RunningEndpoint

# xgboost, polars and uvicorn take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.command()
@near_option
@km_option(LIVE_KM)
@stations_option
@click.option(
    "--folder",
    default=f"{FOLDER}/live",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keeps observations, model and forecasts. Each place needs its own.",
)
@host_option
@port_option
def live(
    near: tuple[float, ...] | None,
    km: float | None,
    stations: str | None,
    folder: Path,
    host: str,
    port: int,
) -> None:
    """Forecast the weather of a place from now on, and serve it until Ctrl-C.

    The first start takes some minutes. It finds the stations (with --near the five nearest airports
    that report), fetches 400 days of their weather from the Iowa Environmental Mesonet, trains a
    model and forecasts the next 24 hours. If it is interrupted, start it again: it goes on from
    there. Later starts serve at once, and fetch only what is new; they need no --near.

    While it serves, it fetches the new readings at ten past each hour and forecasts from the last
    full hour. A model that is older than 90 days is trained again.

    \b
    Examples:
      stationcast live --near 40.7,-74.0
      stationcast live
      stationcast live --stations EDDB,EDDT --folder .stationcast/berlin --port 8080
    """
    from local.live.hourly import hourly
    from local.serving.api import listen
    from local.serving.with_model import serve_with_model

    wanted = place_wanted(stations, near, km)
    with listen(host, port) as listener, ExitStack() as stack:
        ready, place, was_there = _prepared(folder, wanted)

        def announce(settings: Settings, store: Store, _: RunningEndpoint) -> None:
            address = address_of(listener)
            click.echo(f"\n{served(settings, store, address)}\n{_about(ready, place, address)}")
            # What is there is served at once, while what is new since then is fetched.
            work = hourly(partial(_refresh, folder), now, _failed, at_once=was_there)
            stack.enter_context(work)

        variant, journal = ("live", ready.model_path), folder / "journal.jsonl"
        serve_with_model(ready.store_url, variant, listener, journal, announce)


def _prepared(folder: Path, wanted: Near | Stations | None) -> tuple[Live, Place, bool]:
    """Make sure that a place has forecasts; return both, and whether they were there before."""
    from batch_jobs.feeds.http import Timer
    from local.live.place import place_of
    from local.live.refresh import current_run, refresh

    first = _live(folder, _loud(), Timer())
    try:
        place = place_of(folder, first.feed.as_written(wanted), first.feed)
        was_there = current_run(first) is not None
        if not was_there:
            refresh(first, place)
    except KeyboardInterrupt:
        click.echo("\nStopped. The same command goes on from here.", err=True)
        raise
    return first, place, was_there


def _refresh(folder: Path, timer: Timer) -> None:
    """Do what is due while the server runs, with a line for each step."""
    from local.live.place import place_of
    from local.live.refresh import refresh
    from local.live.screen import brief

    hour = _live(folder, brief(_log), timer)
    refresh(hour, place_of(folder, None, hour.feed))


def _live(folder: Path, screen: Screen, timer: Timer) -> Live:
    from local.live.feed import Feed
    from local.live.refresh import Live

    feed = Feed(folder / "observations", os.environ, now, timer, screen.say)
    return Live(folder, feed, now, screen)


def _loud() -> Screen:
    """Return the screen of a first start, which shows everything."""
    from local.live.screen import Screen

    return Screen(
        say=partial(click.echo, err=True),
        fetched=show,
        trained=partial(show_model, "live"),
        forecast=show_night,
        track=bar,
    )


def _log(text: str) -> None:
    click.echo(f"{utc_text(now())} {text}", err=True)


def _failed(error: Exception) -> None:
    _log(f"failed: {error}; the forecasts that are there are served, next try at ten past")


def _about(ready: Live, place: Place, address: str) -> str:
    """Return whose weather this is, and commands to try."""
    stations = ready.feed.stations()
    credits_ = {f"{one.attribution} ({one.licence})" for one in stations.values()}
    names = "\n".join(f"  {one.station_id:<10} {one.name}" for one in stations.values())
    return (
        f"{names}\n  Data       {', '.join(sorted(credits_))}\n\n"
        f"  curl -s {address}/v1/stations/{place.stations[0]}/forecast\n"
        f"  curl -s {address}/v1/status\n\n"
        "New readings are fetched at ten past each hour.\n\nCtrl-C stops."
    )
