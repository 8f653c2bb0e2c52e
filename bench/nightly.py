"""How long a night takes: `python -m bench.nightly`.

Nights from Parquet and from OpenAQ's archive into SQLite, in turn, each a fresh process; those from
Parquet also into a store with two earlier nights, which the night then verifies. Targets
are for 11,000 stations on two cores; a smaller run keeps only those that do not depend on the
number of stations, which is part of the figures' names: `Parquet, 11,000`. `bench.growth` shows how
nights grow.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import (
    ABOUT,
    ISSUE_TIME,
    ModelNote,
    apart,
    make_archive,
    make_model,
    make_parquet,
)
from bench.harness.locations import sqlite_file
from bench.harness.night import RUN_ID, MeasuredNight, measure_night, night_figures
from bench.harness.rounds import measure_in_turn
from bench.harness.stored import (
    StoredSizes,
    VerificationUnits,
    stored_sizes,
    verification_units,
)
from forecasts.run import LEAD_HOURS, QUANTILES

#: The number of stations that the targets are for, and that of a quick run.
STATIONS, QUICK_STATIONS = 11_000, 1000

ROUNDS, QUICK_ROUNDS = 3, 2

PARQUET, ARCHIVE, VERIFYING = "Parquet", "archive", "Parquet, verifying"

#: The nights that are verified: the one before, and that whose late readings have come.
EARLIER = (timedelta(days=5), timedelta(days=1))

#: The most that nights should need, whatever their number of stations ...
FORECAST_BYTES = 2048
#: ... and with `STATIONS`: seconds and gigabytes by source, and write units.
TARGETS = {PARQUET: (45, 2), ARCHIVE: (90, None), VERIFYING: (None, 2)}
WRITE_UNITS = 36_000
#: Seconds that VerifyRun may take, and the write units that it may add.
VERIFY_SECONDS, VERIFY_WRITE_UNITS = 3, 300
#: The airports are in more; as many have stations of OpenAQ.
FEWER_COUNTRIES = 100

_PACKAGES = ("stationcast", "xgboost-cpu", "numpy", "polars", "orjson")


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure nights: seconds, memory, sizes."""
    stations, rounds = (QUICK_STATIONS, QUICK_ROUNDS) if quick else (STATIONS, ROUNDS)
    model = apart(make_model, None, Path(".stationcast"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        sources = {
            PARQUET: apart(make_parquet, folder, stations),
            ARCHIVE: apart(make_archive, folder, stations),
        }
        cases = {
            source: partial(run_night, folder / f"{source}.db", observations, model)
            for source, observations in sources.items()
        }
        earlier = folder / "earlier.db"
        for before in EARLIER:
            when = ISSUE_TIME - before
            measure_night(sources[PARQUET], model.path, sqlite_file(earlier), when)
        store = folder / "verifying.db"
        cases[VERIFYING] = partial(run_night, store, sources[PARQUET], model, earlier)
        nights = measure_in_turn(cases, rounds, lambda night: f"{night.total.wall_seconds:.1f} s")
        stored = stored_sizes(folder / f"{PARQUET}.db", RUN_ID)
        added = [verification_units(store, RUN_ID, most) for most in (None, FEWER_COUNTRIES)]
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": model.text}
    return Report("nightly", used, figures_of(nights, stations, model.parameters, stored, added))


def run_night(
    store: Path, observations: Path, model: ModelNote, earlier: Path | None = None
) -> MeasuredNight:
    """Run a night into a new SQLite file, in the place of an earlier one.

    Args:
        store: The file.
        observations: Folder.
        model: The model.
        earlier: A file of earlier nights, to begin with a copy of it; None to begin empty.

    Raises:
        NightError: It did not publish.
    """
    for before in store.parent.glob(f"{store.name}*"):
        before.unlink()
    if earlier:
        shutil.copy(earlier, store)
    return measure_night(observations, model.path, sqlite_file(store))


def figures_of(
    nights: Mapping[str, Sequence[MeasuredNight]],
    stations: int,
    parameters: int,
    stored: StoredSizes,
    added: Sequence[VerificationUnits],
) -> list[Figure]:
    """Turn nights into figures.

    Args:
        nights: Those of each source.
        stations: How many each had.
        parameters: How many were forecast.
        stored: What the last night from Parquet put.
        added: What verification added to the last night that verified.
    """
    whole = stations == STATIONS
    figures = [
        figure
        for source, of_source in nights.items()
        for figure in night_figures(
            f"{source}, {stations:,}", of_source, TARGETS[source] if whole else (None, None)
        )
    ]
    seconds = median(night.total.wall_seconds for night in nights[PARQUET])
    verifying = median(night.states["VerifyRun"].wall_seconds for night in nights[VERIFYING])
    with_verifying = median(night.total.wall_seconds for night in nights[VERIFYING])
    rate = stations * parameters / seconds
    shape = f"{parameters} x {LEAD_HOURS} x {len(QUANTILES)}"
    sizes = stored.forecast_bytes
    return [
        *figures,
        Figure("VerifyRun of two runs", verifying, "s", VERIFY_SECONDS if whole else None),
        Figure("night with VerifyRun / without", with_verifying / seconds, ""),
        Figure("forecasts a second, from Parquet", rate, "1/s"),
        Figure(f"largest forecast item ({shape})", max(sizes), "B", FORECAST_BYTES),
        Figure("median forecast item", median(sizes), "B"),
        Figure("write units of a night", stored.write_units, "WU", WRITE_UNITS if whole else None),
        *(
            Figure(
                f"write units of verification, {each.countries} countries",
                each.write_units,
                "WU",
                VERIFY_WRITE_UNITS if whole else None,
            )
            for each in added
        ),
        Figure("SQLite file", stored.file_bytes / 1e6, "MB"),
    ]


if __name__ == "__main__":
    main()
