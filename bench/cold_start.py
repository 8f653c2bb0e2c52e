"""How long the API function takes to start: `python -m bench.cold_start`.

A cold start is what the first event waits for: the process, the imports, the first answer. Three
functions start in Lambda's own runtime (`bench.harness.emulator`), in turn, round after round, each
to answer the same lookup from DynamoDB Local: ours, from its bundle; the textbook's
(`bench/peers/textbook.py`) as `sam build` leaves it, not compiled; and the same one compiled.
Nothing writes into their folders. The first round does not count.
"""

from __future__ import annotations

import json
import math
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from boto3.dynamodb.types import TypeSerializer
from rich.console import Console

from bench.harness.dynamodb import client_of, dynamodb_local, make_table
from bench.harness.emulator import emulating
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, machine, versions
from forecasts import runs
from forecasts.forecast import Forecast
from forecasts.item import StationEntry, catalogue_item, forecast_item
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, QUANTILES, Run, RunState, run_id
from forecasts.station import Station
from forecasts.stores.dynamodb.boto import DynamoDBStore
from scripts import bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from forecasts.forecast import Quantiles

ROUNDS, QUICK_ROUNDS = 15, 4

#: What our cold start may cost of the textbook's as it is left, and compiled; and what our bundle
#: may weigh.
RATIO, RATIO_COMPILED, MOST_ZIPPED_MB = 0.30, 0.55, 12

TABLE = "stationcast"
STATION = Station("JFK", "John F Kennedy Intl", "US", 40.64, -73.78, 4.0, "America/New_York")

OURS, TEXTBOOK, COMPILED = "ours", "textbook as sam build leaves it", "textbook compiled"

_PACKAGES = ("fastapi", "pydantic", "mangum", "boto3", "aws-lambda-powertools")

#: Powertools' tracer asks for it. The only package of the textbook that uv.lock does not name.
_XRAY = "aws-xray-sdk==2.15.0"
_CODES = ("temperature", "dew_point", "relative_humidity", "wind_speed", "pressure", "pm25", "o3")

#: What is asked, as an API Gateway HTTP API says it.
EVENT: dict[str, Any] = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": f"/v1/stations/{STATION.id}/forecast",
    "rawQueryString": "",
    "headers": {"host": "api.example.com", "accept": "application/json"},
    "requestContext": {
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "api.example.com",
        "http": {
            "method": "GET",
            "path": f"/v1/stations/{STATION.id}/forecast",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "bench",
        },
        "requestId": "bench",
        "routeKey": "$default",
        "stage": "$default",
        "time": "01/Nov/2025:01:00:00 +0000",
        "timeEpoch": 1761958800000,
    },
    "isBase64Encoded": False,
}
_progress = Console(stderr=True)


class Start(NamedTuple):
    """A cold start.

    Attributes:
        wall: Seconds from the event to the answer.
        cpu: Seconds of processor time of the function's process until then.
    """

    wall: float
    cpu: float


@dataclass
class Case:
    """A function that is started.

    Attributes:
        name: For people.
        folder: Its bundle.
        handler: Its entry point.
        environment: Its variables.
        starts: Filled.
    """

    name: str
    folder: Path
    handler: str
    environment: dict[str, str]
    starts: list[Start] = field(default_factory=list)

    def start(self) -> Start:
        """Start the function, ask it once, end it.

        Raises:
            ServerError: It answered something else than 200.
        """
        log = self.folder.with_suffix(".log")
        with emulating(self.folder, self.handler, self.environment, log) as emulator:
            begin = time.perf_counter()
            answer = emulator.invoke(EVENT)
            wall = time.perf_counter() - begin
            if answer.get("statusCode") != 200:  # noqa: PLR2004 -- OK
                raise ServerError(f"{self.name}: {answer}\n{log.read_text()}")
            return Start(wall, emulator.cpu_seconds())


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_ROUNDS} rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, quick: bool, as_json: bool) -> None:
    """Measure cold starts of the API function: wall and processor time."""
    before = machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        make_bundles(Path(name))
        make_night(url)
        cases = make_cases(Path(name), url)
        _start_in_turn(cases, QUICK_ROUNDS if quick else ROUNDS)
        figures = [*figures_of(cases), *_sizes(Path(name))]
    used = versions(*_PACKAGES) | {"rounds": str(len(cases[0].starts))}
    Report("cold_start", used, figures).show(before, as_json=as_json)


def make_bundles(folder: Path) -> None:
    """Build all three functions below *folder*, for this processor and this Python.

    Raises:
        BundleError: One cannot be built.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = bundle.Target(platform.machine(), python, sys.executable)
    bundle.build("ApiFunction", target, folder)
    for name in ("textbook", "compiled"):
        install_textbook(folder / name)
    bundle.compile_all(folder / "compiled", sys.executable)


def make_night(url: str) -> None:
    """Publish a night of one station, for us and for the textbook."""
    client = client_of(url)
    make_table(client, TABLE)
    now = datetime.now(UTC)
    issue_time = now.replace(hour=0, minute=0, second=0, microsecond=0)
    run = Run(run_id(issue_time, 1), issue_time, RunState.LOADED, "demo", _CODES, 1, 1, now)
    forecast = Forecast(STATION, run.id, issue_time, run.model, dict(_values()), {})
    store = DynamoDBStore(TABLE, lambda: now, client)
    body = forecast.to_body()
    entry = StationEntry(STATION, _CODES)
    store.put_many([forecast_item(STATION.id, run, body), catalogue_item(run, 0, [entry])])
    runs.put_run(store, run)
    runs.publish(store, run.id, now)
    # Everything as DynamoDB's own kinds, numbers one by one, as `Table.put_item` writes it.
    answer = json.loads(body, parse_float=Decimal)
    item = {"pk": f"T#{STATION.id}", "sk": "FORECAST", **answer}
    serialize = TypeSerializer().serialize
    client.put_item(TableName=TABLE, Item={name: serialize(each) for name, each in item.items()})


def make_cases(bundles: Path, url: str) -> list[Case]:
    """Say what is started, over the DynamoDB at *url*."""
    endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": url}
    ours = {"STATIONCAST_STORE": f"dynamodb://{TABLE}", **endpoint}
    theirs = {"TABLE_NAME": TABLE, **endpoint}
    return [
        Case(OURS, bundles / "ApiFunction", "api.handler.handler", ours),
        Case(TEXTBOOK, bundles / "textbook", "textbook.handler", theirs),
        Case(COMPILED, bundles / "compiled", "textbook.handler", theirs),
    ]


def figures_of(cases: Sequence[Case]) -> list[Figure]:
    """Turn starts into figures: medians, and their ratios."""
    ours, textbook, compiled = cases
    wall, cpu = (lambda start: start.wall), (lambda start: start.cpu)
    return [
        Figure(f"wall, {OURS} / {TEXTBOOK}", _ratio(ours, textbook, wall), "x", RATIO),
        Figure(f"CPU, {OURS} / {TEXTBOOK}", _ratio(ours, textbook, cpu), "x", RATIO),
        Figure(f"wall, {OURS} / {COMPILED}", _ratio(ours, compiled, wall), "x", RATIO_COMPILED),
        Figure(f"CPU, {OURS} / {COMPILED}", _ratio(ours, compiled, cpu), "x", RATIO_COMPILED),
        *(Figure(f"{case.name}: wall", _median(case, wall) * 1e3, "ms") for case in cases),
        *(Figure(f"{case.name}: CPU", _median(case, cpu) * 1e3, "ms") for case in cases),
    ]


def _start_in_turn(cases: Sequence[Case], rounds: int) -> None:
    for number in range(rounds + 1):
        starts = [case.start() for case in cases]
        walls = ", ".join(f"{start.wall * 1e3:.0f}" for start in starts)
        _progress.print(f"Round {number} of {rounds}: ms {walls}")
        if number:  # the first one fills the disk cache
            for case, start in zip(cases, starts, strict=True):
                case.starts.append(start)


def _ratio(case: Case, other: Case, seconds: Callable[[Start], float]) -> float:
    return _median(case, seconds) / _median(other, seconds)


def _median(case: Case, seconds: Callable[[Start], float]) -> float:
    return median(map(seconds, case.starts))


def _sizes(bundles: Path) -> Iterator[Figure]:
    for name, promised in (("ApiFunction", MOST_ZIPPED_MB), ("textbook", None)):
        size = bundle.size_of(bundles / name)
        yield Figure(f"{name}: zipped", size.zipped / 1e6, "MB", promised)
        yield Figure(f"{name}: unpacked", size.unpacked / 1e6, "MB")
        yield Figure(f"{name}: packages", size.packages, "")


def install_textbook(folder: Path) -> None:
    """Install the textbook's function with what it needs, as `sam build` does.

    Raises:
        BundleError: A package cannot be had.
    """
    locked = folder.with_suffix(".txt")
    bundle.uv("export", "--locked", "--only-group=api", "--no-hashes", "-q", f"-o{locked}")
    packages = ("aws-lambda-powertools", "boto3", "fastapi", "mangum", _XRAY)
    where = (f"--target={folder}", f"--constraints={locked}", "--link-mode=copy", "--quiet")
    bundle.uv("pip", "install", *where, f"--python={sys.executable}", *packages)
    shutil.copy(Path(__file__).with_name("textbook.py"), folder)


def _values() -> Iterator[tuple[str, Quantiles]]:
    """Yield plausible hours of each parameter: a day's wave with a band around it."""
    for code in _CODES:
        parameter = PARAMETERS[code]
        middle = (parameter.minimum + parameter.maximum) / 2
        hours = [middle + math.sin(hour / LEAD_HOURS * math.tau) for hour in range(LEAD_HOURS)]
        bands = zip(QUANTILES, (-1.5, 0.0, 1.5), strict=True)
        yield (
            code,
            {
                name: [round(hour + off, parameter.decimals) for hour in hours]
                for name, off in bands
            },
        )


if __name__ == "__main__":
    main()
