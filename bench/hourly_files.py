"""What a year of hourly files costs a night: `python -m bench.hourly_files`.

Two sources leave a file an hour each, for a year. A night's reading of 11,000 stations from this
prefix, compacted after each night or never, is compared with the reading of the same values from
eight daily files. They take turns, each in a fresh process.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.harness.errors import InputError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.hourly_year import SOURCES, write_compacted, write_daily, write_hourly
from bench.harness.inputs import ABOUT, apart
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.watched_process import watch

STATIONS, QUICK_STATIONS = 11_000, 500
HOURS, QUICK_HOURS = 8_760, 1_000
ROUNDS, QUICK_ROUNDS = 5, 2

#: The most that reading may take, of the seconds from daily files.
SHARE = 1.3

DAILY, COMPACTED, HOURLY = "eight daily files", "compacted after each night", "never compacted"


class Reading(NamedTuple):
    """A reading in a fresh process.

    Attributes:
        seconds: How long it took, without imports.
        cpu_seconds: Processor time, with imports.
        peak_bytes: The most memory of the process.
        files: How many files it opened.
        values: Check sum of the hourly values.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    files: int
    values: str


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_HOURS} hours, {QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure a night's reading from a year of hourly files."""
    stations, hours = (QUICK_STATIONS, QUICK_HOURS) if quick else (STATIONS, HOURS)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        daily, hourly, compacted = (Path(name) / each for each in ("daily", "hourly", "compacted"))
        apart(write_daily, daily, stations)
        apart(write_hourly, hourly, stations, hours)
        apart(write_compacted, compacted, hourly)
        folders = {DAILY: daily, COMPACTED: compacted, HOURLY: hourly}
        cases = {case: partial(read_once, folder) for case, folder in folders.items()}
        rounds = QUICK_ROUNDS if quick else ROUNDS
        readings = measure_in_turn(cases, rounds, lambda reading: f"{reading.seconds:.2f} s")
    used = versions("stationcast", "polars", "numpy") | {
        "files": f"{len(SOURCES)} x {hours:,}, {stations:,} stations",
        "observations": ABOUT,
    }
    return Report("hourly_files", used, figures_of(readings, has_targets=not quick))


def read_once(folder: Path) -> Reading:
    """Read in a fresh process.

    Raises:
        NightError: It failed.
    """
    watched = watch((sys.executable, "-m", "bench.harness.reading_process", folder), {})
    printed = json.loads(watched.lines[-1].text)
    total = watched.total
    return Reading(
        printed["seconds"], total.cpu_seconds, total.peak_bytes, printed["files"], printed["values"]
    )


def figures_of(readings: Mapping[str, Sequence[Reading]], *, has_targets: bool) -> list[Figure]:
    """Turn readings into figures.

    Raises:
        InputError: The values differ.
    """
    if len({reading.values for of_case in readings.values() for reading in of_case}) > 1:
        raise InputError("the same readings in other files gave other values")
    share = SHARE if has_targets else None
    figures = []
    for case in (COMPACTED, HOURLY):
        name, pair = f"{case} / {DAILY}", (readings[case], readings[DAILY])
        figures += [
            Figure(f"{name}: reading", ratio(*pair, lambda one: one.seconds), "x", share),
            Figure(f"{name}: CPU", ratio(*pair, lambda one: one.cpu_seconds), "x"),
        ]
    for case, of_case in readings.items():
        peak = max(one.peak_bytes for one in of_case) / 1e9
        figures += [
            Figure(f"{case}: reading", median(one.seconds for one in of_case), "s"),
            Figure(f"{case}: peak memory", peak, "GB"),
            Figure(f"{case}: files opened", of_case[0].files, ""),
        ]
    return figures


if __name__ == "__main__":
    main()
