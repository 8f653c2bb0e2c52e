"""What a month's training of a large network costs: `python -m bench.training`.

A year of seven parameters at 11,000 made-up stations, in Parquet files of a day each, becomes a
training set, and the set a model of all parameters: what Spark and SageMaker do on AWS, on this
machine one after the other.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.watched_process import Cost, watch

STATIONS, QUICK_STATIONS = 11_000, 200
DAYS, QUICK_DAYS = 365, 70
#: The most minutes, and the most memory at once, that both may take together.
MOST_MINUTES, MOST_GB = 25, 3

_END = datetime(2025, 1, 1, tzinfo=UTC)
_STATIONS_AT_ONCE = 1000


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_DAYS} days.")
def main(*, quick: bool) -> Report:
    """Measure the training of a large network."""
    stations, days = (QUICK_STATIONS, QUICK_DAYS) if quick else (STATIONS, DAYS)
    used = versions("stationcast", "polars", "numpy", "xgboost-cpu")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        write_year(folder / "observations", stations, days)
        made = prepare(folder)
        trained = train(folder)
        model = json.loads((folder / "model" / "model.json").read_text())
    used |= {
        "network": f"{stations:,} stations x {len(model['targets'])} parameters x {days} days",
        "model": f"learned from {model['training']['stations']:,} stations",
    }
    return Report("training", used, figures_of(made, trained, has_targets=not quick))


def write_year(folder: Path, stations: int, days: int) -> None:
    """Write `stations.csv`, and for each day a file of each thousand stations."""
    from local.commands.progress import bar  # noqa: PLC0415 -- needs rich
    from local.demo.synthetic import (  # noqa: PLC0415 -- needs polars
        synthetic_frame,
        synthetic_stations,
        synthetic_values,
        write_stations,
    )

    places = synthetic_stations(stations)
    folder.mkdir()
    write_stations(folder / "stations.csv", places)
    starts = range(0, stations, _STATIONS_AT_ONCE)
    for start in bar(starts, "Making weather up", len(starts)):
        chunk = places[start : start + _STATIONS_AT_ONCE]
        values = synthetic_values(chunk, _END, 24 * days)
        for day in range(days):
            # The hour that ends at midnight belongs to the day before.
            end = _END - timedelta(days=days - day - 1)
            frame = synthetic_frame(chunk, values[:, :, 24 * day : 24 * (day + 1)], end)
            below = folder / f"date={end - timedelta(days=1):%Y-%m-%d}"
            below.mkdir(exist_ok=True)
            frame.write_parquet(below / f"{start:05}.parquet")


def prepare(folder: Path) -> Cost:
    """Make the set."""
    words = (sys.executable, "-m", "local", "training", "prepare")
    places = ("--observations", folder / "observations", "--output", folder / "set")
    return watch((*words, *places), {}).total


def train(folder: Path) -> Cost:
    """Train a model of all parameters, as a job on SageMaker does."""
    variables = {
        "SM_CHANNEL_TRAIN": str(folder / "set"),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DATA_DIR": str(folder / "output"),
        "SM_HOSTS": '["algo-1"]',
    }
    return watch((sys.executable, "-m", "model.train", "--name", "v1"), variables).total


def figures_of(made: Cost, trained: Cost, *, has_targets: bool) -> Sequence[Figure]:
    """Turn costs into figures."""
    minutes, gigabytes = (MOST_MINUTES, MOST_GB) if has_targets else (None, None)
    wall = made.wall_seconds + trained.wall_seconds
    peak = max(made.peak_bytes, trained.peak_bytes)
    figures = [
        Figure("set and model: wall", wall / 60, "min", minutes),
        Figure("set and model: peak memory", peak / 1e9, "GB", gigabytes),
    ]
    for step, cost in (("set", made), ("model", trained)):
        figures += [
            Figure(f"{step}: wall", cost.wall_seconds, "s"),
            Figure(f"{step}: CPU", cost.cpu_seconds, "s"),
            Figure(f"{step}: peak memory", cost.peak_bytes / 1e9, "GB"),
        ]
    return figures


if __name__ == "__main__":
    main()
