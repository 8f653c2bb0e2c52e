"""How a night grows: `python -m bench.growth`.

Nights of 11,000 stations and of up to ten times as many, each a fresh process, go into DynamoDB
Local, which stores every item: only the weather is simulated. There are not that many airports, so
the stations are copies of 11,000, with a number after their ids. The smallest night runs first, to
warm the server up, and does not count; then nights from small to large, and the smallest once more.
Growth is measured from the mean of the two smallest, so that it is not the server's.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from rich.console import Console

from bench.harness.dynamodb import dynamodb_local
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT, apart, make_compiled, make_copies, make_model
from bench.harness.locations import new_table
from bench.harness.night import MeasuredNight, measure_night, night_figures

#: Stations of the smallest night, and how many times as many the others have.
BASE, QUICK_BASE = 11_000, 500
TIMES = (1, 2, 5, 10)

#: Seconds for a station in the largest night over those in the smallest; memory of the smallest
#: and of any night.
GROWTH, BASE_GB, PEAK_GB = 1.1, 0.6, 1.5

_PACKAGES = ("stationcast", "numpy", "polars", "orjson", "boto3")
_progress = Console(stderr=True)


@benchmark(f"Nights of {QUICK_BASE} to {10 * QUICK_BASE} stations.")
def main(*, quick: bool) -> Report:
    """Measure how seconds and memory grow with the number of stations."""
    model = apart(make_model, None, Path(".stationcast"))
    base = QUICK_BASE if quick else BASE
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        compiled = apart(make_compiled, model.path, Path(name))
        nights = measure(Path(name), compiled, url, base)
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": f"{model.text}, compiled"}
    return Report("growth", used, figures_of(nights, base))


def measure(folder: Path, model: Path, url: str, base: int) -> list[tuple[int, MeasuredNight]]:
    """Run the nights; return each with its number of stations.

    Raises:
        NightError: One failed.
    """
    sources = {times: apart(make_copies, folder, base, times) for times in TIMES}
    nights = []
    for times in (TIMES[0], *TIMES, TIMES[0]):
        night = measure_night(sources[times], model, new_table(url, "growth"))
        _progress.print(f"{times * base:,} stations: {night.total.wall_seconds:.1f} s")
        nights.append((times * base, night))
    return nights[1:]


def figures_of(nights: Sequence[tuple[int, MeasuredNight]], base: int) -> list[Figure]:
    """Turn nights into figures: for each number of stations the mean of its nights."""
    by_size: dict[int, list[MeasuredNight]] = {}
    for stations, night in nights:
        by_size.setdefault(stations, []).append(night)
    smallest, largest = min(by_size), max(by_size)
    each = {
        stations: mean(night.total.wall_seconds for night in of_size) / stations
        for stations, of_size in by_size.items()
    }
    growth, base_gb, peak_gb = (GROWTH, BASE_GB, PEAK_GB) if base == BASE else (None, None, None)
    peak = max(night.total.peak_bytes for _, night in nights) / 1e9
    least = max(night.total.peak_bytes for night in by_size[smallest]) / 1e9
    name = f"seconds a station, {largest:,} / {smallest:,}"
    figures = [
        Figure(name, each[largest] / each[smallest], "x", growth),
        Figure(f"peak memory of nights of {smallest:,}", least, "GB", base_gb),
        Figure("peak memory of all nights", peak, "GB", peak_gb),
    ]
    for stations, of_size in by_size.items():
        name = f"{stations:,} stations"
        figures.append(Figure(f"{name}: wall for a station", each[stations] * 1e3, "ms"))
        figures += night_figures(name, of_size, middle=mean)
    return figures


if __name__ == "__main__":
    main()
