"""How fast forecasts are loaded into the table: `python -m bench.load`.

LoadForecasts puts the parts of a night into DynamoDB Local. boto3's `batch_writer` does the same as
tutorials show it: one item for each station and parameter, with numbers as `Decimal`. They take
turns, part by part, and both parse the same transform output. Ours also puts the stations'
histories. The first part does not count.

Rates are in forecasts (one station, one parameter) a second. The write units of the whole night are
the sum of what DynamoDB charged.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import NamedTuple

import boto3
from mypy_boto3_dynamodb.service_resource import Table
from rich.console import Console

from batch_jobs.load_forecasts import load_forecasts
from batch_jobs.plan_run import Part, Plan
from bench.harness.dynamodb import dynamodb_local
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, apart, make_model, make_parquet
from bench.harness.locations import new_table
from bench.harness.rounds import ratio
from forecasts.run import HISTORY_HOURS, Run
from forecasts.times import utc_now

#: The number of stations that the target of write units is for, and that of a quick run.
STATIONS, QUICK_STATIONS = 11_000, 3000

#: Parts that both load; only ours loads the rest of the night.
ROUNDS = 5

#: The most that ours may take of the loop's time, and the most write units of a night.
SHARE, WRITE_UNITS = 1 / 6, 36_000

OURS, LOOP = "LoadForecasts", "batch_writer"

_PACKAGES = ("stationcast", "boto3", "orjson")
_progress = Console(stderr=True)


class Load(NamedTuple):
    """A part that was loaded.

    Attributes:
        forecasts: How many forecasts it has.
        wall: Seconds.
        cpu: Seconds of processor time of this process, without DynamoDB Local's.
    """

    forecasts: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Forecasts a second."""
        return self.forecasts / self.wall


class Loads(NamedTuple):
    """What was measured.

    Attributes:
        ours: Our loads, one for each part.
        loop: Those of `batch_writer`, one for each of the first parts.
        write_units: What DynamoDB charged for all of ours.
    """

    ours: list[Load]
    loop: list[Load]
    write_units: float


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
    # numpy, polars and xgboost are loaded only in the process that makes the parts.
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
    now = utc_now()
    store = SQLiteStore(str(folder / "plan.db"), lambda: now, create=True)
    plan = plan_run(store, ISSUE_TIME, read.stations, model=model.name, parameters=codes, now=now)
    for part in plan.parts:
        lines = build_input(read, part)
        (folder / part.name).write_bytes(lines)
        _output(folder, part).write_bytes(transform(model, lines))
    return plan


def measure(folder: Path, plan: Plan, url: str) -> Loads:
    """Load all parts with ours, and the first ones with `batch_writer`, too."""
    location = new_table(url, "stationcast")
    os.environ.update(new_table(url, "textbook").environment)
    table = boto3.resource("dynamodb").Table("textbook")
    units: list[float] = []

    with location.opened() as store:

        def ours(part: Part) -> int:
            lines = (folder / part.name).read_bytes()
            output = _output(folder, part).read_bytes()
            report = load_forecasts(store, plan.run, part, lines, output)
            units.append(report.write_units)
            return sum(stats.series for stats in report.parameters.values())

        def loop(part: Part) -> int:
            return load_textbook(table, plan.run, _output(folder, part).read_bytes())

        loads = Loads([], [], 0.0)
        for part in plan.parts:
            loads.ours.append(_timed(ours, part))
            if part.number <= ROUNDS:
                loads.loop.append(_timed(loop, part))
            rate = loads.ours[-1].rate
            _progress.print(f"Part {part.number + 1} of {len(plan.parts)}: {rate:.0f}/s")
    return loads._replace(write_units=sum(units))


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
    both = slice(1, len(loads.loop))
    share = ratio(loads.ours[both], loads.loop[both], lambda load: 1 / load.rate)
    cpu = ratio(loads.ours[both], loads.loop[both], lambda load: load.cpu / load.forecasts)
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
        Figure(f"{name}: forecasts", median(load.rate for load in loads), "1/s"),
        Figure(f"{name}: client CPU", median(x.cpu / x.forecasts for x in loads) * 1e6, "µs"),
    ]


def _timed(load: Callable[[Part], int], part: Part) -> Load:
    wall, cpu = time.perf_counter(), time.process_time()
    forecasts = load(part)
    return Load(forecasts, time.perf_counter() - wall, time.process_time() - cpu)


def _output(folder: Path, part: Part) -> Path:
    return folder / f"{part.name}.out"


if __name__ == "__main__":
    main()
