"""How long a night takes: `python -m bench.nightly`.

Nights from Parquet and from OpenAQ's archive, one after the other and then again, each as a fresh
process. The first night does not count. Targets are for 11,000 stations on two cores; of other
numbers only those that do not depend on the number are kept. The size of a night stands after the
name: `Parquet, 11,000`. How nights grow is `bench.growth`.
"""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.console import Console

from bench.harness.figures import Figure, Report, machine, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, apart, make_archive, make_model, make_parquet
from bench.harness.night import MeasuredNight, measure_night
from bench.harness.stored import StoredSizes, stored_sizes
from forecasts.run import LEAD_HOURS, QUANTILES, run_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.harness.inputs import ModelNote

#: The number of stations that the targets are for, and that of a quick run.
STATIONS = 11_000
QUICK_STATIONS = 1000

ROUNDS, QUICK_ROUNDS = 3, 2

#: What nights should not exceed, whatever their number of stations ...
FORECAST_BYTES = 2048
#: ... and with `STATIONS`.
PARQUET_SECONDS, PARQUET_GB, ARCHIVE_SECONDS, WRITE_UNITS = 45, 2, 90, 36_000

_PACKAGES = ("stationcast", "xgboost-cpu", "numpy", "polars", "orjson")
_MB, _GB = 1e6, 1e9
_progress = Console(stderr=True)


class Nights(NamedTuple):
    """What was measured.

    Attributes:
        stations: Of each.
        parameters: How many were forecast.
        parquet: Nights from Parquet.
        archive: Nights from OpenAQ's archive.
        stored: What the last night from Parquet put.
    """

    stations: int
    parameters: int
    parquet: list[MeasuredNight]
    archive: list[MeasuredNight]
    stored: StoredSizes


@click.command()
@click.option("--stations", default=STATIONS, show_default=True, type=click.IntRange(1, 28_000))
@click.option(
    "--model",
    "model_path",
    type=click.Path(exists=True, path_type=Path),
    help="Of the same seven parameters. Default: the demo's, trained if it is not there.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where observations are made and kept. Default: a temporary folder.",
)
@click.option("--quick", is_flag=True, help=f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    stations: int, model_path: Path | None, folder: Path | None, *, quick: bool, as_json: bool
) -> None:
    """Measure nights: seconds, memory, sizes."""
    before = machine()
    stations = QUICK_STATIONS if quick else stations
    model = apart(make_model, model_path, Path(".stationcast"))
    kept = nullcontext(str(folder)) if folder else tempfile.TemporaryDirectory(prefix="bench-")
    with kept as name:
        nights = measure(Path(name), model, stations, QUICK_ROUNDS if quick else ROUNDS)
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": model.text}
    Report("nightly", used, figures_of(nights)).show(before, as_json=as_json)


def measure(folder: Path, model: ModelNote, stations: int, rounds: int) -> Nights:
    """Make the observations, run the nights.

    Raises:
        NightError: One was not published.
    """
    folder = folder.absolute()
    sources = apart(make_parquet, folder, stations), apart(make_archive, folder, stations)
    _run(folder, sources[0], model)
    nights: list[tuple[MeasuredNight, ...]] = []
    for number in range(rounds):
        nights.append(tuple(_run(folder, source, model) for source in sources))
        walls = ", ".join(f"{night.total.wall_seconds:.1f} s" for night in nights[-1])
        _progress.print(f"Round {number + 1} of {rounds}: {walls}")
    parquet, archive = (list(column) for column in zip(*nights, strict=True))
    stored = stored_sizes(_store(folder, sources[0]), run_id(ISSUE_TIME, 1))
    return Nights(stations, model.parameters, parquet, archive, stored)


def _run(folder: Path, observations: Path, model: ModelNote) -> MeasuredNight:
    store = _store(folder, observations)
    for old in folder.glob(f"{store.name}*"):
        old.unlink()
    return measure_night(observations, model.path.absolute(), store, ISSUE_TIME)


def _store(folder: Path, observations: Path) -> Path:
    return folder / f"{observations.name}.db"


def figures_of(nights: Nights) -> list[Figure]:
    """Turn nights into figures: medians of seconds, the highest of memory."""

    def promised(target: float) -> float | None:
        return target if nights.stations == STATIONS else None

    parquet, archive = f"Parquet, {nights.stations:,}", f"archive, {nights.stations:,}"
    seconds = _median_wall(nights.parquet)
    series = nights.stations * nights.parameters
    return [
        *_costs(parquet, nights.parquet, promised(PARQUET_SECONDS), promised(PARQUET_GB)),
        *_states(parquet, nights.parquet),
        *_costs(archive, nights.archive, promised(ARCHIVE_SECONDS)),
        *_states(archive, nights.archive),
        Figure("forecasts a second, from Parquet", series / seconds, "1/s"),
        *_sizes(nights, promised(WRITE_UNITS)),
    ]


def _costs(
    name: str,
    nights: Sequence[MeasuredNight],
    seconds: float | None = None,
    peak_gb: float | None = None,
) -> list[Figure]:
    peak = max(night.total.peak_bytes for night in nights) / _GB
    return [
        Figure(f"{name}: wall", _median_wall(nights), "s", seconds),
        Figure(f"{name}: CPU", median(night.total.cpu_seconds for night in nights), "s"),
        Figure(f"{name}: peak memory", peak, "GB", peak_gb),
    ]


def _states(name: str, nights: Sequence[MeasuredNight]) -> list[Figure]:
    return [
        Figure(
            f"{name}: {state}", median(night.states[state].wall_seconds for night in nights), "s"
        )
        for state in nights[0].states
    ]


def _sizes(nights: Nights, most_units: float | None) -> list[Figure]:
    stored = nights.stored
    shape = f"{nights.parameters} x {LEAD_HOURS} x {len(QUANTILES)}"
    return [
        Figure(f"largest forecast item ({shape})", max(stored.forecast_bytes), "B", FORECAST_BYTES),
        Figure("median forecast item", median(stored.forecast_bytes), "B"),
        Figure("write units of a night", stored.write_units, "WU", most_units),
        Figure("SQLite file", stored.file_bytes / _MB, "MB"),
    ]


def _median_wall(nights: Sequence[MeasuredNight]) -> float:
    return median(night.total.wall_seconds for night in nights)


if __name__ == "__main__":
    main()
