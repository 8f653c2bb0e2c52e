"""What a lookup costs in Lambda: `python -m bench.hot_path`.

Processes answer the same events of API Gateway, in turn, round after round, each from a table in
DynamoDB Local: ours, for stations that it has not been asked for before, for the same one again,
for a client that has the answer, and for a hundred at once; boto3's bare `get_item` of the same
items; and the textbook's function (`bench/peers/textbook.py`) with its own packages. Two more, ours
and the textbook's, are started anew in each round and asked once: that is what is left to do after
Lambda has restored a snapshot of a process (SnapStart), with no connection open yet. What counts is
the processor time of each process. Needs Linux.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from bench.cold_start import EVENT, STATION, TABLE, install_textbook, make_night
from bench.harness.dynamodb import ENVIRONMENT, client_of, dynamodb_local
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, machine, versions
from forecasts.item import forecast_key, key_attributes
from forecasts.runs import current_pointer
from forecasts.stores.dynamodb.boto import DynamoDBStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROUNDS, QUICK_ROUNDS = 15, 5
REQUESTS, QUICK_REQUESTS = 200, 60

#: More than a process keeps of them: each is read from the table every time its turn comes.
STATIONS = 8_000
STATIONS_OF_A_REQUEST = 100

OURS, AGAIN, KNOWN, SEVERAL = "lookup", "the same again", "304", "100 stations"
BARE, TEXTBOOK = "bare get_item", "textbook"
FIRST, FIRST_TEXTBOOK = "first lookup of a process", "the textbook's first"

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("boto3", "fastapi", "mangum", "starlette", "aws-lambda-powertools")
_progress = Console(stderr=True)


@dataclass
class Case:
    """What is measured.

    Attributes:
        name: For people.
        process: Answers the events.
        events: The next ones, without end.
        share: How many of a round's requests it gets, so that all cases take about as long.
        status: What every answer must have.
        costs: Filled: processor time of a request in each round, microseconds.
    """

    name: str
    process: Process | NewProcess
    events: Iterator[dict[str, Any]]
    share: float = 1.0
    status: int = 200
    costs: list[float] = field(default_factory=list)

    def run(self, requests: int) -> float:
        """Answer a round of requests; return what one costs."""
        events = list(islice(self.events, max(1, round(requests * self.share))))
        return self.process.cost(events, self.status)

    @property
    def median(self) -> float:
        """Of all rounds, microseconds."""
        return median(self.costs)


class Process:
    """A process that answers events (`bench/harness/hot_path_process.py`)."""

    def __init__(self, handler: str, child: subprocess.Popen[str]) -> None:
        self._handler = handler
        self._child = child

    def cost(self, events: Sequence[Mapping[str, Any]], status: int) -> float:
        """Have *events* answered; return the processor time of one in microseconds.

        Raises:
            ServerError: It has ended, or an answer had another status.
        """
        if self._child.stdin is None or self._child.stdout is None:
            raise ServerError(f"{self._handler}: no pipes")
        self._child.stdin.write(json.dumps([events, status]) + "\n")
        self._child.stdin.flush()
        said = self._child.stdout.readline()
        try:
            return float(said)
        except ValueError as error:
            raise ServerError(f"{self._handler}: {said or 'it has ended'}") from error


@dataclass(frozen=True)
class NewProcess:
    """A process that is started for its first events, and ends with them.

    Attributes:
        handler: Its entry point.
        environment: Its variables.
        packages: What it sees; None for ours.
    """

    handler: str
    environment: Mapping[str, str]
    packages: Path | None

    def cost(self, events: Sequence[Mapping[str, Any]], status: int) -> float:
        """Start it, and do as `Process` does; its start does not count."""
        with answering(self.handler, self.environment, self.packages) as process:
            return process.cost(events, status)


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_ROUNDS} rounds of {QUICK_REQUESTS} requests.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, quick: bool, as_json: bool) -> None:
    """Measure lookups through the Lambda handler: processor time."""
    before = machine()
    rounds, requests = (QUICK_ROUNDS, QUICK_REQUESTS) if quick else (ROUNDS, REQUESTS)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        install_textbook(Path(name, "textbook"))
        run_id = _make_stations(url)
        with ExitStack() as stack:
            cases = _cases(stack, Path(name, "textbook"), url, run_id)
            _measure(cases, rounds, requests)
    used = versions(*_PACKAGES) | {"rounds": str(rounds), "requests": str(requests)}
    Report("hot_path", used, figures_of(cases)).show(before, as_json=as_json)


def figures_of(cases: Sequence[Case]) -> list[Figure]:
    """Turn costs into figures: ratios of medians, then the medians."""
    cost = {case.name: case.median for case in cases}
    return [
        Figure(f"{OURS} / {BARE}", cost[OURS] / cost[BARE], "x", 0.25),
        Figure(f"{OURS} / {TEXTBOOK}", cost[OURS] / cost[TEXTBOOK], "x", 1 / 9),
        Figure(f"{AGAIN} / {BARE}", cost[AGAIN] / cost[BARE], "x", 0.15),
        Figure(f"{SEVERAL} / {OURS}", cost[SEVERAL] / cost[OURS], "x", 4),
        Figure(f"{FIRST} / {FIRST_TEXTBOOK}", cost[FIRST] / cost[FIRST_TEXTBOOK], "x"),
        *(Figure(f"{name}: CPU", value, "µs") for name, value in cost.items()),
    ]


def event_of(path: str, query: str = "", **headers: str) -> dict[str, Any]:
    """Make the event of a GET."""
    event = copy.deepcopy(EVENT)
    event |= {"rawPath": path, "rawQueryString": query}
    event["requestContext"]["http"]["path"] = path
    event["headers"] |= {"accept-encoding": "gzip"} | headers
    return event


def _cases(stack: ExitStack, textbook: Path, url: str, run_id: str) -> list[Case]:
    common = {**ENVIRONMENT, "AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_LAMBDA_FUNCTION_NAME": "bench"}
    common |= {"STATIONCAST_STORE": f"dynamodb://{TABLE}", "TABLE_NAME": TABLE}

    def process(handler: str, packages: Path | None = None) -> Process:
        return stack.enter_context(answering(handler, common, packages))

    ids = [_station_id(number) for number in range(STATIONS)]
    jfk = f"/v1/stations/{STATION.id}/forecast"
    known = {"if-none-match": f'W/"{run_id}/{STATION.id}"'}
    lists = [
        ",".join(ids[first : first + STATIONS_OF_A_REQUEST])
        for first in range(0, STATIONS, STATIONS_OF_A_REQUEST)
    ]
    ours = "api.handler.handler"
    return [
        Case(BARE, process("bench.peers.bare_get_item.handler"), cycle(_keys(ids, run_id))),
        Case(OURS, process(ours), cycle(event_of(f"/v1/stations/{i}/forecast") for i in ids)),
        Case(AGAIN, process(ours), cycle([event_of(jfk)])),
        Case(KNOWN, process(ours), cycle([event_of(jfk, **known)]), status=304),
        Case(
            SEVERAL,
            process(ours),
            cycle(event_of("/v1/forecasts", f"stations={some}") for some in lists),
            share=0.1,
        ),
        Case(TEXTBOOK, process("textbook.handler", textbook), cycle([event_of(jfk)]), share=0.3),
        Case(FIRST, NewProcess(ours, common, None), cycle([event_of(jfk)]), share=0),
        Case(
            FIRST_TEXTBOOK,
            NewProcess("textbook.handler", common, textbook),
            cycle([event_of(jfk)]),
            share=0,
        ),
    ]


def _measure(cases: Sequence[Case], rounds: int, requests: int) -> None:
    for case in cases:
        case.run(requests)  # warms up
    for number in range(rounds):
        for case in cases:
            case.costs.append(case.run(requests))
        costs = ", ".join(f"{case.costs[-1]:.0f}" for case in cases)
        _progress.print(f"Round {number + 1} of {rounds}: CPU µs {costs}")


@contextmanager
def answering(
    handler: str, environment: Mapping[str, str], packages: Path | None
) -> Iterator[Process]:
    """Run a handler: ours, or with *packages* one that sees these and nothing else."""
    alone = ["-S"] if packages else []
    script = str(Path(__file__).with_name("hot_path_process.py"))
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages or _ROOT)}
    quiet = {"POWERTOOLS_LOG_LEVEL": "INFO"}
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, *alone, script, handler],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**path, **quiet, **environment},
    ) as child:
        try:
            yield Process(handler, child)
        finally:
            child.terminate()


def _make_stations(url: str) -> str:
    """Publish a night of `STATIONS` equal forecasts; return its id."""
    make_night(url)
    store = DynamoDBStore(TABLE, lambda: datetime.now(UTC), client_of(url))
    pointer = current_pointer(store)
    if pointer is None:
        raise ServerError("no night")
    item = store.get(forecast_key(STATION.id, pointer.current))
    if item is None:
        raise ServerError("no forecast")
    keys = (forecast_key(_station_id(number), pointer.current) for number in range(STATIONS))
    store.put_many(item._replace(key=key) for key in keys)
    store.close()
    return pointer.current


def _station_id(number: int) -> str:
    return f"S{number:05d}"


def _keys(ids: Sequence[str], run_id: str) -> list[dict[str, Any]]:
    return [key_attributes(forecast_key(station_id, run_id)) for station_id in ids]


if __name__ == "__main__":
    main()
