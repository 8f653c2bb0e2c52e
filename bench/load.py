"""How fast forecasts get into the table: `python -m bench.load`.

LoadForecasts puts the parts of a night into DynamoDB Local, and beside it the loop of the textbooks
does the same: boto3's `batch_writer`, one item for each station and parameter, numbers as
`Decimal`. They take turns, part by part; both parse the same transform output. Ours puts the
histories of the stations, too, which the loop does not. The first part does not count.

Rates are in forecasts (one station, one parameter) a second. What the whole night costs is what
DynamoDB said that it charged, summed.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import boto3
from rich.console import Console

from batch_jobs.load_forecasts import load_forecasts
from bench.harness.dynamodb import ENVIRONMENT, client_of, dynamodb_local, make_table
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, apart, make_model, make_parquet
from forecasts.run import HISTORY_HOURS
from forecasts.stores.dynamodb.boto import DynamoDBStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from batch_jobs.plan_run import Part, Plan
    from forecasts.run import Run

#: The number of stations that the write units are promised for, and that of a quick run.
STATIONS, QUICK_STATIONS = 11_000, 3000

#: Parts that both load; the rest of the night is ours alone.
ROUNDS = 5

#: Ours takes at most this share of the loop's time; a night costs at most so many write units.
SHARE, WRITE_UNITS = 1 / 6, 36_000

OURS, LOOP = "LoadForecasts", "batch_writer"

_TABLES = {OURS: "stationcast", LOOP: "textbook"}
_PACKAGES = ("stationcast", "boto3", "orjson")
_progress = Console(stderr=True)


class Load(NamedTuple):
    """A part that was loaded.

    Attributes:
        forecasts: How many.
        wall: Seconds.
        cpu: Seconds of this process; DynamoDB Local's are not in it.
    """

    forecasts: int
    wall: float
    cpu: float


@dataclass
class Loads:
    """What was measured.

    Attributes:
        ours: One for each part.
        loop: One for each of the first parts.
        write_units: Of all that ours put.
    """

    ours: list[Load] = field(default_factory=list)
    loop: list[Load] = field(default_factory=list)
    write_units: float = 0.0


@benchmark(f"{QUICK_STATIONS} stations.")
def main(*, quick: bool) -> Report:
    """Measure loading: forecasts a second, write units of a night."""
    stations = QUICK_STATIONS if quick else STATIONS
    model = apart(make_model, None, Path(".stationcast"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        folder = Path(name)
        observations = apart(make_parquet, folder, stations)
        plan = apart(make_parts, folder, observations, model.path)
        loads = measure(folder, plan, url)
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": model.text}
    return Report("load", used, figures_of(loads, stations))


def make_parts(folder: Path, observations: Path, model_path: Path) -> Plan:
    """Write the transform's input and output of each part into *folder*, as a night does."""
    # numpy, polars and xgboost are loaded in the process that makes the parts, and not here.
    from batch_jobs.build_input import build_input  # noqa: PLC0415
    from batch_jobs.observations.read import read_observations  # noqa: PLC0415
    from batch_jobs.plan_run import plan_run  # noqa: PLC0415
    from batch_jobs.transform import load_model, transform  # noqa: PLC0415
    from forecasts.stores.sqlite import SQLiteStore  # noqa: PLC0415

    model = load_model(model_path)
    codes = model.parameters
    read = read_observations(
        str(observations), end=ISSUE_TIME, hours=HISTORY_HOURS, parameters=codes
    )
    now = datetime.now(UTC)
    store = SQLiteStore(str(folder / "plan.db"), lambda: now, create=True)
    plan = plan_run(store, ISSUE_TIME, read.stations, model=model.name, parameters=codes, now=now)
    for part in plan.parts:
        lines = build_input(read, part)
        (folder / part.name).write_bytes(lines)
        _output(folder, part).write_bytes(transform(model, lines))
    return plan


def measure(folder: Path, plan: Plan, url: str) -> Loads:
    """Load all parts, the first ones twice: by ours and by the loop."""
    for name in _TABLES.values():
        make_table(client_of(url), name)
    # Both find DynamoDB as a function does, and ours with its own settings.
    os.environ.update({**ENVIRONMENT, "AWS_ENDPOINT_URL_DYNAMODB": url})
    store = DynamoDBStore(_TABLES[OURS], lambda: datetime.now(UTC))
    table = boto3.resource("dynamodb").Table(_TABLES[LOOP])
    loads = Loads()

    def ours(part: Part) -> int:
        lines = (folder / part.name).read_bytes()
        report = load_forecasts(store, plan.run, part, lines, _output(folder, part).read_bytes())
        loads.write_units += report.write_units
        return sum(stats.series for stats in report.parameters.values())

    def loop(part: Part) -> int:
        return load_textbook(table, plan.run, _output(folder, part).read_bytes())

    for part in plan.parts:
        loads.ours.append(_timed(ours, part))
        if part.number <= ROUNDS:
            loads.loop.append(_timed(loop, part))
        _progress.print(
            f"Part {part.number + 1} of {len(plan.parts)}: {_rate(loads.ours[-1]):.0f}/s"
        )
    return loads


def load_textbook(table: Table, run: Run, output: bytes) -> int:
    """Put one item for each station and parameter; return how many."""
    count = 0
    with table.batch_writer() as batch:
        for text in output.splitlines():
            line = json.loads(text, parse_float=Decimal)
            for code, quantiles in line["values"].items():
                key = {"pk": f"{line['station_id']}#{code}", "sk": run.id}
                batch.put_item(Item={**key, "model": line["model"], "values": quantiles})
                count += 1
    return count


def figures_of(loads: Loads, stations: int) -> list[Figure]:
    """Turn loads into figures: medians over parts, ratios of parts that both loaded."""
    pairs = list(zip(loads.ours, loads.loop, strict=False))[1:]
    share = median(_seconds(ours) / _seconds(loop) for ours, loop in pairs)
    cpu = median((a.cpu / a.forecasts) / (b.cpu / b.forecasts) for a, b in pairs)
    promised = WRITE_UNITS if stations == STATIONS else None
    return [
        Figure(f"time for a forecast, {OURS} / {LOOP}", share, "x", SHARE),
        Figure(f"client CPU for a forecast, {OURS} / {LOOP}", cpu, "x"),
        Figure(f"{OURS}, times as many forecasts a second", 1 / share, "x"),
        *_rates(OURS, loads.ours[1:]),
        *_rates(LOOP, loads.loop[1:]),
        Figure(f"write units of {stations:,} stations", loads.write_units, "WU", promised),
    ]


def _rates(name: str, loads: Sequence[Load]) -> list[Figure]:
    return [
        Figure(f"{name}: forecasts", median(map(_rate, loads)), "1/s"),
        Figure(f"{name}: client CPU", median(x.cpu / x.forecasts for x in loads) * 1e6, "µs"),
    ]


def _timed(load: Callable[[Part], int], part: Part) -> Load:
    wall, cpu = time.perf_counter(), time.process_time()
    forecasts = load(part)
    return Load(forecasts, time.perf_counter() - wall, time.process_time() - cpu)


def _seconds(load: Load) -> float:
    return load.wall / load.forecasts


def _rate(load: Load) -> float:
    return load.forecasts / load.wall


def _output(folder: Path, part: Part) -> Path:
    return folder / f"{part.name}.out"


if __name__ == "__main__":
    main()
