"""Our night and the textbook's, into DynamoDB Local: `python -m bench.textbook_night`.

Ours is `stationcast nightly` with the compiled model. The textbook's
(`bench/peers/textbook_night_process.py`) is one process with its own environment
(`.tools/textbook-night`): pandas, xgboost and boto3, used as their tutorials show. Both make the
same forecasts from the same observations with the same boosters, and every number is compared. Ours
also writes histories, catalogue and maps. They take turns, each into a new table.

Feast's materialization is compared with our loading: it loads seven of a station's 504 numbers.
Processor time and memory are those of the nights' own processes, without DynamoDB Local's.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer

from bench.harness.dynamodb import client_of, dynamodb_local
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import (
    ABOUT,
    ISSUE_TIME,
    apart,
    make_compiled,
    make_model,
    make_parquet,
)
from bench.harness.locations import Location, new_table, table_at
from bench.harness.night import (
    RUN_ID,
    MeasuredNight,
    cost_figures,
    measure_night,
    night_figures,
)
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.watched_process import watch
from bench.peers import feast as feast_peer
from bench.peers.environments import Environment
from forecasts.forecast import Forecast
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key
from forecasts.times import utc_text
from model.artifact import unpack

Values = Mapping[str, Mapping[str, Sequence[Any]]]

STATIONS, QUICK_STATIONS = 11_000, 1000
ROUNDS, QUICK_ROUNDS = 3, 2

#: The most that a night should take: of the textbook's seconds, in seconds, and in memory.
SHARE, SECONDS, PEAK_GB = 1 / 8, 20, 1

#: Stations whose numbers are all compared.
COMPARED = 500

OURS, TEXTBOOK = "ours", "textbook"

THEIRS = Environment(
    "textbook-night",
    (
        "boto3==1.44.5",
        "numpy==2.4.6",
        "pandas==2.3.3",
        "pyarrow==26.0.1",
        "xgboost-cpu==3.2.0",
    ),
)
_SCRIPT = Path(__file__).parent / "peers" / "textbook_night_process.py"
_OWN = ("stationcast", "boto3", "xgboost-cpu", "numpy", "polars", "orjson")


class Compared(NamedTuple):
    """Numbers of both nights.

    Attributes:
        numbers: How many were compared.
        different: How many of them differ.
    """

    numbers: int
    different: int


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure nights, ours and the textbook's: seconds, processor time, memory, by state."""
    home, feast = THEIRS.install(), feast_peer.PEER.install()
    stations, rounds = (QUICK_STATIONS, QUICK_ROUNDS) if quick else (STATIONS, ROUNDS)
    model = apart(make_model, None, Path(".stationcast"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        folder = Path(name)
        boosters = folder / "model"
        unpack(model.path, boosters)
        compiled = apart(make_compiled, model.path, folder)
        observations = apart(make_parquet, folder, stations)
        cases = {
            OURS: lambda: measure_night(observations, compiled, new_table(url, OURS)),
            TEXTBOOK: lambda: textbook_night(
                observations, boosters, new_table(url, TEXTBOOK), home
            ),
        }
        nights = measure_in_turn(cases, rounds, lambda night: f"{night.total.wall_seconds:.1f} s")
        theirs = textbook_values(url)
        compared = compare(table_at(url, OURS), dict(islice(theirs.items(), COMPARED)))
        values = first_hours(theirs)
        loaded = feast_peer.materialize(feast, folder / "feast", url, values, ISSUE_TIME)
    used = versions(*_OWN) | THEIRS.versions()
    used |= feast_peer.PEER.versions() | {"observations": ABOUT, "model": model.text}
    return Report("textbook_night", used, figures_of(nights, stations, compared, loaded))


def textbook_night(
    observations: Path, boosters: Path, location: Location, home: Path
) -> MeasuredNight:
    """Run a night of the textbook's.

    Args:
        observations: Folder.
        boosters: The unpacked artifact.
        location: An empty table of the name `TEXTBOOK`.
        home: The textbook's environment.

    Raises:
        NightError: It failed; says what it printed.
    """
    what = (observations, boosters, TEXTBOOK, utc_text(ISSUE_TIME))
    # -P: it must not find our modules beside the script.
    watched = watch([home / "bin" / "python", "-P", _SCRIPT, *what], location.environment)
    said = [json.loads(line.text) for line in watched.lines if line.text.startswith("{")]
    states = {each["state"]: watched.cost(each["began"], each["ended"]) for each in said}
    return MeasuredNight(watched.total, states)


def textbook_values(url: str) -> dict[str, Values]:
    """Read all forecasts of the textbook's last night, by station."""
    pages = client_of(url).get_paginator("scan").paginate(TableName=TEXTBOOK)
    rows = (row for page in pages for row in page["Items"])
    deserialize = TypeDeserializer().deserialize
    return {deserialize(row["pk"]): deserialize(row["values"]) for row in rows}


def compare(location: Location, theirs: Mapping[str, Values]) -> Compared:
    """Compare every number of our last night with the textbook's, for the stations of *theirs*."""
    numbers = different = 0
    with location.opened() as store:
        for station_id, values in theirs.items():
            item = store.get(forecast_key(station_id, RUN_ID))
            assert item, station_id  # noqa: S101 -- both planned the same stations
            found = _numbers(Forecast.from_body(decompress(item.body)).values)
            other = _numbers(values)
            numbers += len(found)
            different += sum(found[key] != other.get(key) for key in found)
    return Compared(numbers, different)


def _numbers(values: Mapping[str, Any]) -> dict[tuple[str, str, int], float]:
    """Return the values of a forecast by parameter, quantile and hour."""
    return {
        (code, name, hour): float(value)
        for code, quantiles in values.items()
        for name, hours in quantiles.items()
        for hour, value in enumerate(hours)
    }


def first_hours(forecasts: Mapping[str, Values]) -> dict[str, dict[str, float]]:
    """Return the medians of the first hour of the stations that have every parameter."""
    most = max(map(len, forecasts.values()))
    return {
        station: {code: float(quantiles["p50"][0]) for code, quantiles in values.items()}
        for station, values in forecasts.items()
        if len(values) == most
    }


def figures_of(
    nights: Mapping[str, Sequence[MeasuredNight]],
    stations: int,
    compared: Compared,
    feast: feast_peer.Materialized,
) -> list[Figure]:
    """Turn nights into figures: ratios within a round, medians of seconds, the highest memory."""
    ours, theirs = nights[OURS], nights[TEXTBOOK]
    share = ratio(ours, theirs, lambda night: night.total.wall_seconds)
    cpu = ratio(ours, theirs, lambda night: night.total.cpu_seconds)
    whole = stations == STATIONS
    name = "Feast materialize, 7 of 504 numbers"
    return [
        Figure("night / textbook, wall", share, "x", SHARE if whole else None),
        Figure("night, times as fast as the textbook", 1 / share, "x"),
        Figure("night / textbook, CPU", cpu, "x"),
        *night_figures(OURS, ours, (SECONDS, PEAK_GB) if whole else (None, None)),
        *night_figures(TEXTBOOK, theirs),
        Figure(f"{OURS}: write units", ours[-1].report["write_units"], "WU"),
        Figure(f"numbers of {compared.numbers:,} that differ", compared.different, "", 0),
        *cost_figures(name, [feast.cost]),
        Figure(f"{name}: import", feast.import_seconds, "s"),
    ]


if __name__ == "__main__":
    main()
