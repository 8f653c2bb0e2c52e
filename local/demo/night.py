"""The demo: everything that a newcomer needs, made once, so that later starts take seconds."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from batch_jobs.nightly import Night, run_night
from batch_jobs.progress import Track
from batch_jobs.transform import load_model
from batch_jobs.write_downloads import open_downloads
from forecasts.run import Run
from forecasts.stores.open import open_store
from local.demo.new_york import demo_observations
from local.demo.synthetic import synthetic_stations, write_synthetic
from local.machine import cores
from local.training.training import read_archive, train_model
from local.workers import workers_on
from model.errors import ArtifactError
from model.prediction import Model

#: The model's artifact, in the demo's folder.
MODEL = "model.tar.gz"


class Demo(NamedTuple):
    """What the demo has made.

    Attributes:
        store_url: Where the forecasts are.
        model_path: The model's artifact.
        station_id: A station to try.
        run: The published run.
        seconds: How long each state took; empty if the night was done already.
    """

    store_url: str
    model_path: Path
    station_id: str
    run: Run
    seconds: dict[str, float]


def prepare_demo(
    folder: Path, stations: int | None, clock: Callable[[], datetime], track: Track
) -> Demo:
    """Make sure that the run of last midnight is published.

    Args:
        folder: Keeps everything.
        stations: Number of synthetic stations; None for the three real ones.
        clock: Gives the aware time.
        track: Shows progress.
    """
    model = demo_model(folder, track)
    name = f"synthetic-{stations}" if stations else "demo"
    # The three real stations are in the store that all commands use by default.
    store_url = f"sqlite:///{folder}/{name if stations else 'forecasts'}.db"
    issue_time = clock().replace(hour=0, minute=0, second=0, microsecond=0)
    observations = folder / f"{name}-observations" / f"{issue_time:%Y%m%d}"
    if stations:
        once(observations, lambda: write_synthetic(observations, stations, issue_time, track))
    else:
        once(observations, lambda: demo_observations(observations, until=issue_time))
    with closing(open_store(store_url, clock, create=True)) as store:
        night = Night(
            store=store,
            model=model,
            observations=str(observations),
            issue_time=issue_time,
            clock=clock,
            track=track,
            start_workers=workers_on(cores(), store_url, folder / MODEL),
            downloads=open_downloads(store_url),
        )
        run = run_night(night)
    return Demo(store_url, folder / MODEL, _station_of(stations), run, night.seconds)


def _station_of(stations: int | None) -> str:
    """Choose a station for the example."""
    if stations is None:
        return "JFK"
    ids = [station.id for station in synthetic_stations(stations)]
    return "KJFK" if "KJFK" in ids else ids[0]


def demo_model(folder: Path, track: Track) -> Model:
    """Load the demo's model from *folder*; train it first if necessary."""
    path = folder / MODEL
    try:
        return load_model(path)
    except ArtifactError:  # none yet, or one of an earlier version
        history = folder / "demo-observations" / "2013"
        demo_observations(history)
        train_model(read_archive(str(history), None, track), "demo", path, track)
        return load_model(path)


def once(folder: Path, make: Callable[[], object]) -> None:
    """Call *make*, which fills *folder*, unless that was done before."""
    done = folder.with_suffix(".done")
    if not done.exists():
        make()
        done.touch()
