"""What an import costs: `python -m bench.import_csv`.

A wide CSV file with a million rows of six parameters (a hundred stations) is imported as a user
would, by a fresh process into an empty folder. What it is compared with, in turn: polars and pandas
that only read the same file and make rows of its columns, without a check and without writing.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.watched_process import Cost, watch

STATIONS, HOURS, QUICK_HOURS = 100, 10_000, 200
ROUNDS, QUICK_ROUNDS = 3, 1

#: The most that an import of the whole file may take.
SECONDS, PEAK_GB = 15, 1

OURS = "stationcast import"
_PEERS = {
    "polars": "import polars as pl, sys; "
    "pl.read_csv(sys.argv[1]).unpivot(index=['station', 'timestamp'])",
    "pandas": "import pandas as pd, sys; "
    "pd.read_csv(sys.argv[1]).melt(id_vars=['station', 'timestamp'])",
}
#: Heading: mean, standard deviation and lowest value.
_COLUMNS = {
    "temperature (°C)": (12, 5, -30),
    "humidity": (60, 8, 1),
    "wind_speed_kmh": (12, 5, 0),
    "pressure [hPa]": (1013, 8, 950),
    "pm2.5": (12, 4, 0),
    "rain": (1, 2, 0),
}


@benchmark(f"{QUICK_ROUNDS} round of {STATIONS * QUICK_HOURS:,} rows.")
def main(*, quick: bool) -> Report:
    """Measure an import of a wide CSV file."""
    hours, rounds = (QUICK_HOURS, QUICK_ROUNDS) if quick else (HOURS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        write_csv(Path(name), hours)
        cases: Mapping[str, Callable[[], Cost]] = {OURS: partial(import_once, Path(name))} | {
            peer: partial(run_peer, code, Path(name)) for peer, code in _PEERS.items()
        }
        costs = measure_in_turn(cases, rounds, lambda cost: f"{cost.wall_seconds:.1f} s")
    used = versions("stationcast", "polars", "pandas") | {"rows": f"{STATIONS * hours:,}"}
    return Report("import_csv", used, figures_of(costs, has_targets=not quick))


def write_csv(folder: Path, hours: int) -> None:
    """Write `wide.csv` and `stations.csv`."""
    random = np.random.default_rng(1)
    ids = [f"S{number:03}" for number in range(STATIONS)]
    first = datetime(2024, 1, 1)  # noqa: DTZ001 -- the file's times have no zone
    span = pl.datetime_range(first, first + timedelta(hours=hours - 1), "1h", eager=True)
    times = span.dt.strftime("%Y-%m-%d %H:%M")
    values = {
        heading: np.round(random.normal(mean, width, STATIONS * hours).clip(lowest), 1)
        for heading, (mean, width, lowest) in _COLUMNS.items()
    }
    keys = {"station": np.repeat(ids, hours), "timestamp": pl.concat([times] * STATIONS)}
    pl.DataFrame({**keys, **values}).write_csv(folder / "wide.csv")
    places = {"id": ids, "lat": np.linspace(-60, 60, STATIONS), "lon": np.linspace(1, 99, STATIONS)}
    pl.DataFrame(places).write_csv(folder / "stations.csv")


def import_once(folder: Path) -> Cost:
    """Import the file into a new folder."""
    into = tempfile.mkdtemp(dir=folder)
    options = ("--station-file", folder / "stations.csv", "--timezone", "UTC", "--yes")
    command = (sys.executable, "-m", "local", "import", folder / "wide.csv", "--into", into)
    return watch((*command, *options), {}).total


def run_peer(code: str, folder: Path) -> Cost:
    """Let a peer read the file and make rows of it."""
    return watch((sys.executable, "-c", code, folder / "wide.csv"), {}).total


def figures_of(costs: Mapping[str, list[Cost]], *, has_targets: bool) -> list[Figure]:
    """Turn what was measured into figures."""
    seconds, gigabytes = (SECONDS, PEAK_GB) if has_targets else (None, None)
    ours = costs[OURS]
    figures = [
        Figure("import: wall", median(c.wall_seconds for c in ours), "s", seconds),
        Figure("import: peak memory", max(c.peak_bytes for c in ours) / 1e9, "GB", gigabytes),
    ]
    for peer in _PEERS:
        theirs = costs[peer]
        name = f"import / {peer} that only reads and melts"
        figures.append(Figure(f"{name}, CPU", ratio(ours, theirs, lambda c: c.cpu_seconds), "x"))
        wall, peak = median(c.wall_seconds for c in theirs), max(c.peak_bytes for c in theirs)
        figures.append(Figure(f"{peer}: wall", wall, "s"))
        figures.append(Figure(f"{peer}: peak memory", peak / 1e9, "GB"))
    return figures


if __name__ == "__main__":
    main()
