"""The night beside the textbook's, into DynamoDB Local: `python -m bench.textbook_night`.

Ours is `stationcast nightly` with the compiled model. The textbook's
(`bench/peers/textbook_night_process.py`) is one process with its own environment
(`.tools/textbook-night`): pandas, xgboost and boto3, used as their tutorials show. Both make the
same forecasts from the same observations with the same boosters, and every number is compared. Ours
also writes histories, catalogue and maps. They take turns, each into a new table; a small night of
each comes first, to warm the server up, and does not count.

Feast's materialization is compared with our loading: it loads seven of a station's 504 numbers.
Processor time and memory are those of the nights' own processes, without DynamoDB Local's.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from rich.console import Console

from bench.harness.dynamodb import client_of, dynamodb_local
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import (
    ABOUT,
    ISSUE_TIME,
    apart,
    make_compiled,
    make_model,
    make_parquet,
    unpacked,
)
from bench.harness.locations import new_table, table_at
from bench.harness.night import (
    RUN_ID,
    MeasuredNight,
    cost_figures,
    measure_night,
    night_figures,
)
from bench.harness.rounds import ratio
from bench.harness.watched_process import Cost, watch
from bench.peers import feast as feast_peer
from bench.peers.environments import environment, versions_of
from forecasts.forecast import Forecast
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key
from forecasts.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasts.stores.protocol import Store

STATIONS, QUICK_STATIONS, WARM_UP_STATIONS = 11_000, 1000, 500
ROUNDS, QUICK_ROUNDS = 3, 2

#: The most that a night should take: of the textbook's seconds, in seconds, and in memory.
SHARE, SECONDS, PEAK_GB = 1 / 8, 20, 1

#: Stations whose numbers are all compared.
COMPARED = 500

OURS, TEXTBOOK = "ours", "textbook"

PACKAGES = (
    "boto3==1.44.5",
    "numpy==2.4.6",
    "pandas==2.3.3",
    "pyarrow==26.0.1",
    "xgboost-cpu==3.2.0",
)
_SCRIPT = Path(__file__).parent / "peers" / "textbook_night_process.py"
_OWN = ("stationcast", "boto3", "xgboost-cpu", "numpy", "polars", "orjson")
_progress = Console(stderr=True)


@dataclass
class Nights:
    """What was measured.

    Attributes:
        stations: How many each night had.
        ours: Our nights.
        textbook: The textbook's nights.
        write_units: What DynamoDB charged for one of our nights.
        compared: How many numbers were compared.
        different: How many of them differ.
        feast: Feast's materialization.
    """

    stations: int
    ours: list[MeasuredNight] = field(default_factory=list)
    textbook: list[MeasuredNight] = field(default_factory=list)
    write_units: float = 0.0
    compared: int = 0
    different: int = 0
    feast: feast_peer.Materialized | None = None


@dataclass(frozen=True)
class Setting:
    """What nights are made with.

    Attributes:
        folder: Gets temporary files.
        url: URL of DynamoDB Local.
        ours: The model, compiled.
        textbook: Folder of the same boosters.
        home: The textbook's environment.
    """

    folder: Path
    url: str
    ours: Path
    textbook: Path
    home: Path


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure nights, ours and the textbook's: seconds, processor time, memory, by state."""
    home, feast = environment("textbook-night", PACKAGES), feast_peer.install()
    model = apart(make_model, None, Path(".stationcast"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        folder = Path(name)
        boosters = unpacked(model.path, folder / "model")
        compiled = apart(make_compiled, model.path, folder)
        setting = Setting(folder, url, compiled, boosters, home)
        stations, rounds = (QUICK_STATIONS, QUICK_ROUNDS) if quick else (STATIONS, ROUNDS)
        nights = measure(setting, stations, rounds)
        nights.feast = materialized(setting, feast, nights)
    used = versions(*_OWN) | versions_of(home, "pandas", "xgboost-cpu", "boto3")
    used |= versions_of(feast, "feast") | {"observations": ABOUT, "model": model.text}
    return Report("textbook_night", used, figures_of(nights))


def measure(setting: Setting, stations: int, rounds: int) -> Nights:
    """Run the nights, ours and the textbook's in turn; compare what the last ones left.

    Raises:
        NightError: One failed.
    """
    small = apart(make_parquet, setting.folder, WARM_UP_STATIONS)
    observations = apart(make_parquet, setting.folder, stations)
    make_ours(setting, small, "ours-warm")
    make_textbooks(setting, small, "textbook-warm")
    nights = Nights(stations)
    for number in range(1, rounds + 1):
        nights.ours.append(make_ours(setting, observations, f"ours-{number}"))
        nights.textbook.append(make_textbooks(setting, observations, f"textbook-{number}"))
        walls = [each[-1].total.wall_seconds for each in (nights.ours, nights.textbook)]
        _progress.print(f"Round {number} of {rounds}: {walls[0]:.1f} s, {walls[1]:.1f} s")
        if number < rounds:
            for table in (f"ours-{number}", f"textbook-{number}"):
                client_of(setting.url).delete_table(TableName=table)
    _compare(setting, nights, rounds)
    return nights


def make_ours(setting: Setting, observations: Path, table: str) -> MeasuredNight:
    """Make a night of ours, into a new table."""
    return measure_night(observations, setting.ours, new_table(setting.url, table))


def make_textbooks(setting: Setting, observations: Path, table: str) -> MeasuredNight:
    """Make a night of the textbook's, into a new table."""
    location = new_table(setting.url, table)
    python = setting.home / "bin" / "python"
    what = (observations, setting.textbook, table, utc_text(ISSUE_TIME))
    # -P: it must not find our modules beside the script.
    watched = watch([python, "-P", _SCRIPT, *what], location.environment)
    said = [json.loads(line.text) for line in watched.lines if line.text.startswith("{")]
    states = {each["state"]: watched.cost(each["began"], each["ended"]) for each in said}
    return MeasuredNight(watched.total, states)


def _compare(setting: Setting, nights: Nights, number: int) -> None:
    """Compare the numbers of some stations, and note what DynamoDB charged for ours."""
    nights.write_units = nights.ours[-1].report["write_units"]
    with table_at(setting.url, f"ours-{number}").opened() as store:
        for item in _textbook_items(setting, f"textbook-{number}", COMPARED):
            found = _numbers(_forecast_of(store, item["pk"]).values)
            theirs = _numbers(item["values"])
            nights.compared += len(found)
            nights.different += sum(found[key] != theirs.get(key) for key in found)


def _textbook_items(setting: Setting, table: str, count: int) -> list[dict[str, Any]]:
    answer = client_of(setting.url).scan(TableName=table, Limit=count)
    deserialize = TypeDeserializer().deserialize
    return [{name: deserialize(v) for name, v in row.items()} for row in answer["Items"]]


def _forecast_of(store: Store, station_id: str) -> Forecast:
    item = store.get(forecast_key(station_id, RUN_ID))
    assert item, station_id  # noqa: S101 -- both planned the same stations
    return Forecast.from_body(decompress(item.body))


def _numbers(values: Mapping[str, Any]) -> dict[tuple[str, str, int], float]:
    """Return the values of a forecast by parameter, quantile and hour."""
    return {
        (code, name, hour): float(value)
        for code, quantiles in values.items()
        for name, hours in quantiles.items()
        for hour, value in enumerate(hours)
    }


def materialized(setting: Setting, home: Path, nights: Nights) -> feast_peer.Materialized:
    """Load the medians of the first hour of the last night, with Feast."""
    table = f"textbook-{len(nights.textbook)}"
    pages = client_of(setting.url).get_paginator("scan").paginate(TableName=table)
    deserialize = TypeDeserializer().deserialize
    values = {}
    for row in (row for page in pages for row in page["Items"]):
        of_station = deserialize(row["values"])
        values[deserialize(row["pk"])] = {
            code: float(quantiles["p50"][0]) for code, quantiles in of_station.items()
        }
    most = max(map(len, values.values()))
    whole = {station: each for station, each in values.items() if len(each) == most}
    return feast_peer.materialize(home, setting.folder / "feast", setting.url, whole, ISSUE_TIME)


def figures_of(nights: Nights) -> list[Figure]:
    """Turn nights into figures: medians of seconds, ratios of rounds, the highest of memory."""
    share = ratio(nights.ours, nights.textbook, lambda night: night.total.wall_seconds)
    cpu = ratio(nights.ours, nights.textbook, lambda night: night.total.cpu_seconds)
    whole = nights.stations == STATIONS
    return [
        Figure("night / textbook, wall", share, "x", SHARE if whole else None),
        Figure("night, times as fast as the textbook", 1 / share, "x"),
        Figure("night / textbook, CPU", cpu, "x"),
        *night_figures(OURS, nights.ours, (SECONDS, PEAK_GB) if whole else (None, None)),
        *night_figures(TEXTBOOK, nights.textbook),
        Figure(f"{OURS}: write units", nights.write_units, "WU"),
        Figure(f"numbers of {nights.compared:,} that differ", nights.different, "", 0),
        *_feast_figures(nights.feast),
    ]


def _feast_figures(feast: feast_peer.Materialized | None) -> list[Figure]:
    if feast is None:
        return []
    name = "Feast materialize, 7 of 504 numbers"
    cost = Cost(feast.wall_seconds, feast.cpu_seconds, feast.peak_bytes)
    return [*cost_figures(name, [cost]), Figure(f"{name}: import", feast.import_seconds, "s")]


if __name__ == "__main__":
    main()
