"""What a training set costs, on Spark and without: `python -m bench.training_sets`.

An archive of 300 locations and a year, a file for each location and day, becomes a set: on this
machine with its cores, on Spark with `local[2]`, and on this machine with half of the locations.
They take turns. Spark's processor time is that of Java and of all workers. The largest group that
there can be, a month of 2,500 stations and seven parameters, shows the memory of a task.
"""

import gzip
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import polars as pl

from batch_jobs.training.groups import MOST_STATIONS
from bench.harness.errors import InputError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.watched_process import watch
from bench.peers.environments import TOOLS

LOCATIONS, QUICK_LOCATIONS = 300, 10
DAYS, QUICK_DAYS = 365, 40
STATIONS, QUICK_STATIONS = MOST_STATIONS["month"], 300
ROUNDS, QUICK_ROUNDS = 2, 1
PARAMETERS = ("bc", "co", "no2", "o3", "pm10", "pm25", "so2")

#: The most that Spark may take of the plain processor time, that a task may have in memory, and
#: that twice the locations may take.
SPARK, MOST_GB, TWICE = 4, 1, 2.1

PLAIN, HALF, ON_SPARK = "this machine", "this machine, half", "Spark local[2]"
_SPARK_FOLDER = TOOLS / "spark" / "python"
_FIRST = date(2024, 1, 1)
_HEADER = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"


class Cost(NamedTuple):
    """What a preparation cost, with all processes that took part.

    Attributes:
        seconds: How long it took.
        cpu_seconds: Processor time.
        peak_bytes: The most memory of all processes together.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@benchmark(f"{QUICK_LOCATIONS} locations, {QUICK_DAYS} days, {QUICK_ROUNDS} round.")
def main(*, quick: bool) -> Report:
    """Measure the making of training sets."""
    locations, days = (QUICK_LOCATIONS, QUICK_DAYS) if quick else (LOCATIONS, DAYS)
    stations, rounds = (QUICK_STATIONS, QUICK_ROUNDS) if quick else (STATIONS, ROUNDS)
    if not _SPARK_FOLDER.exists():
        raise InputError("Spark is not there: run python scripts/runtimes.py")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        whole, half, month = (Path(name) / each for each in ("whole", "half", "month"))
        write_archive(whole, range(locations), days)
        write_archive(half, range(locations // 2), days)
        write_month(month, stations)
        cases: Mapping[str, Callable[[], Cost]] = {
            PLAIN: partial(prepare_once, whole),
            ON_SPARK: partial(prepare_once, whole, "--spark", "local[2]"),
            HALF: partial(prepare_once, half),
        }
        costs = measure_in_turn(cases, rounds, lambda cost: f"{cost.seconds:.1f} s")
        group = prepare_once(month)
    used = versions("stationcast", "polars", "numpy") | {
        "archive": f"{locations:,} locations x {days} days, {locations * days:,} files",
        "month": f"{stations:,} stations x {len(PARAMETERS)} parameters",
    }
    return Report("training_sets", used, figures_of(costs, group, has_targets=not quick))


def write_archive(folder: Path, locations: Sequence[int], days: int) -> None:
    """Write a file for each location and day, with pm25 and o3 of each hour."""
    random = np.random.default_rng(1)
    for location in locations:
        below = folder / f"locationid={location + 1}"
        below.mkdir(parents=True)
        for number in range(days):
            day = _FIRST + timedelta(days=number)
            values = random.uniform(1, 60, (2, 24)).round(1).tolist()
            text = _HEADER + "".join(_lines(location + 1, day, values))
            name = f"location-{location + 1}-{day:%Y%m%d}.csv.gz"
            (below / name).write_bytes(gzip.compress(text.encode(), 1, mtime=0))


def _lines(location: int, day: date, values: Sequence[Sequence[float]]) -> Iterator[str]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    place = f"{location % 80},{location % 170}"
    for sensor, code in enumerate(("pm25", "o3")):
        begin = f"{location},{location}{sensor},Place {location}"
        for hour, value in enumerate(values[sensor], start=1):
            time = (midnight + timedelta(hours=hour)).isoformat()
            yield f"{begin},{time},{place},{code},µg/m³,{value}\n"


def write_month(folder: Path, stations: int) -> None:
    """Write a month of all parameters, a Parquet file for each day, and `stations.csv`."""
    random = np.random.default_rng(2)
    ids = pl.DataFrame({"station_id": [f"S{number:05}" for number in range(stations)]})
    for number in range(31):
        day = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(days=number)
        hours = pl.DataFrame({"time": [day + timedelta(hours=hour + 1) for hour in range(24)]})
        rows = hours.join(ids, how="cross").join(
            pl.DataFrame({"parameter": PARAMETERS}), how="cross"
        )
        below = folder / "source=iem" / f"date={day:%Y-%m-%d}"
        below.mkdir(parents=True)
        values = pl.Series("value", random.uniform(1, 60, rows.height))
        rows.with_columns(values).write_parquet(below / "a.parquet")
    places = {"latitude": 50.0, "longitude": 8.0, "country": "DE"}
    ids.with_columns(**{key: pl.lit(value) for key, value in places.items()}).write_csv(
        folder / "stations.csv"
    )


def prepare_once(observations: Path, *options: str) -> Cost:
    """Make a set in a new folder."""
    into = Path(tempfile.mkdtemp(dir=observations.parent))
    words = (sys.executable, "-m", "local", "training", "prepare", *options)
    place = ("--observations", observations, "--output", into / "set")
    path = os.pathsep.join([str(_SPARK_FOLDER), os.environ.get("PYTHONPATH", "")])
    watched = watch((*words, *place), {"PYTHONPATH": path})
    shutil.rmtree(into)
    # The kernel counts only processes that their parent waited for, which Java is not.
    sampled = max(sample.cpu_seconds for sample in watched.samples)
    total = watched.total
    return Cost(total.wall_seconds, max(total.cpu_seconds, sampled), total.peak_bytes)


def figures_of(
    costs: Mapping[str, Sequence[Cost]], group: Cost, *, has_targets: bool
) -> list[Figure]:
    """Turn costs into figures."""
    spark, gigabytes, twice = (SPARK, MOST_GB, TWICE) if has_targets else (None, None, None)
    plain, half, on_spark = costs[PLAIN], costs[HALF], costs[ON_SPARK]
    figures = [
        Figure(
            f"{ON_SPARK} / {PLAIN}: CPU",
            ratio(on_spark, plain, lambda c: c.cpu_seconds),
            "x",
            spark,
        ),
        Figure("largest group: peak memory", group.peak_bytes / 1e9, "GB", gigabytes),
        Figure("twice the locations: wall", ratio(plain, half, lambda c: c.seconds), "x", twice),
        Figure("twice the locations: CPU", ratio(plain, half, lambda c: c.cpu_seconds), "x"),
    ]
    for case, of_case in costs.items():
        figures += [
            Figure(f"{case}: wall", median(cost.seconds for cost in of_case), "s"),
            Figure(f"{case}: CPU", median(cost.cpu_seconds for cost in of_case), "s"),
            Figure(f"{case}: peak memory", max(c.peak_bytes for c in of_case) / 1e9, "GB"),
        ]
    return [*figures, Figure("largest group: CPU", group.cpu_seconds, "s")]


if __name__ == "__main__":
    main()
