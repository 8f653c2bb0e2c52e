"""What the file of the whole run costs a night: `python -m bench.downloads`.

Nights from Parquet into SQLite with and without the file, in turn, each a fresh process. The target
is the ratio of the two.
"""

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, ModelNote, apart, make_model, make_parquet
from bench.harness.locations import sqlite_file
from bench.harness.night import RUN_ID, MeasuredNight, measure_night
from bench.harness.rounds import measure_in_turn, ratio
from forecasts.downloads import OFF, file_of

STATIONS, QUICK_STATIONS = 11_000, 1000
ROUNDS, QUICK_ROUNDS = 7, 2

WITH, WITHOUT = "with the file", "without"

#: The most that a night may take with the file, as a share of one without.
MOST = 1.05

_PACKAGES = ("stationcast", "polars", "numpy")


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure nights with and without the file of the whole run, and the file."""
    stations, rounds = (QUICK_STATIONS, QUICK_ROUNDS) if quick else (STATIONS, ROUNDS)
    model = apart(make_model, None, Path(".stationcast"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        observations, files = apart(make_parquet, folder, stations), folder / "files"
        cases = {
            case: partial(run_night, folder / "night.db", observations, model, place)
            for case, place in {WITH: str(files), WITHOUT: OFF}.items()
        }
        nights = measure_in_turn(cases, rounds, lambda night: f"{night.total.wall_seconds:.2f} s")
        size = (files / file_of(RUN_ID, "forecasts")).stat().st_size
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": model.text}
    of_file = Figure(f"{stations:,} stations, {model.parameters} parameters", size / 1e6, "MB")
    return Report("downloads", used, [*figures_of(nights, stations), of_file])


def figures_of(nights: Mapping[str, Sequence[MeasuredNight]], stations: int) -> list[Figure]:
    """Turn nights with and without the file into figures; the target is for 11,000 stations."""
    with_file, without = nights[WITH], nights[WITHOUT]
    wall = ratio(with_file, without, lambda night: night.total.wall_seconds)
    cpu = ratio(with_file, without, lambda night: night.total.cpu_seconds)
    state = median(night.states["WriteDownloads"].wall_seconds for night in with_file)
    seconds = median(night.total.wall_seconds for night in without)
    return [
        Figure("night with / without, wall", wall, "x", MOST if stations == STATIONS else None),
        Figure("night with / without, CPU", cpu, "x"),
        Figure("WriteDownloads: wall", state, "s"),
        Figure("night without: wall", seconds, "s"),
    ]


def run_night(store: Path, observations: Path, model: ModelNote, downloads: str) -> MeasuredNight:
    """Run a night into a new SQLite file, in the place of an earlier one.

    Args:
        store: The file.
        observations: Folder.
        model: The model.
        downloads: Where the file of the run goes, or `off`.

    Raises:
        NightError: It did not publish.
    """
    for before in store.parent.glob(f"{store.name}*"):
        before.unlink()
    more = ("--downloads", downloads)
    return measure_night(observations, model.path, sqlite_file(store), ISSUE_TIME, *more)


if __name__ == "__main__":
    main()
