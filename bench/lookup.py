"""What a lookup costs: `python -m bench.lookup`.

The API runs under uvicorn over a SQLite file with the night of 1,000 stations. Beside it runs the
least that FastAPI can do: one route that sends a constant of the same bytes. Both are asked in
turn, round after round, by a client of 16 connections, and the processor time of the server is
divided by the requests. Needs Linux.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.console import Console

from bench.harness.client import CONNECTIONS, Driven, ask, drive, get
from bench.harness.figures import Figure, Report, machine, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, apart, make_model, make_parquet
from bench.harness.night import measure_night
from bench.harness.server import CONSTANT_PATH, Server, serving
from bench.harness.stored import opened
from forecasts.run import run_id
from forecasts.runs import get_catalogue, get_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.harness.client import Answer

STATIONS = 1000
STATIONS_OF_A_REQUEST = 100

#: A lookup may cost this many times what the constant answer costs.
RATIO = 1.5

CONSTANT, PLAIN = "constant answer", "plain lookup"

ROUNDS, QUICK_ROUNDS = 15, 5
REQUESTS, QUICK_REQUESTS = 4000, 1000

_GZIP = {"Accept-Encoding": "gzip"}
_PACKAGES = ("stationcast", "fastapi", "starlette", "uvicorn", "uvloop", "httptools")
_progress = Console(stderr=True)


class Round(NamedTuple):
    """One round of one case.

    Attributes:
        cpu: Of the server, microseconds a request.
        driven: What the client saw.
    """

    cpu: float
    driven: Driven

    @property
    def a_second(self) -> float:
        """Requests a second."""
        return len(self.driven.latencies) / self.driven.seconds


@dataclass
class Case:
    """What is asked for.

    Attributes:
        name: For people.
        server: Who is asked.
        requests: Sent one after the other, then again.
        status: What every answer must have.
        share: How many of a round's requests it gets, so that all cases take about as long.
        rounds: Filled.
    """

    name: str
    server: Server
    requests: Sequence[bytes]
    status: int = 200
    share: float = 1.0
    rounds: list[Round] = field(default_factory=list)

    def run(self, count: int) -> Round:
        """Send a round of requests."""
        number = max(CONNECTIONS, round(count * self.share))
        before = self.server.cpu_seconds()
        driven = drive(self.server.port, self.requests, number, self.status)
        return Round((self.server.cpu_seconds() - before) / number * 1e6, driven)


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_ROUNDS} rounds of {QUICK_REQUESTS} requests.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, quick: bool, as_json: bool) -> None:
    """Measure lookups: processor time, latency, requests a second."""
    before = machine()
    rounds, requests = (QUICK_ROUNDS, QUICK_REQUESTS) if quick else (ROUNDS, REQUESTS)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        cases = measure(Path(name), rounds, requests)
    used = versions(*_PACKAGES) | {"observations": ABOUT}
    Report("lookup", used, figures_of(cases)).show(before, as_json=as_json)


def measure(folder: Path, rounds: int, requests: int) -> list[Case]:
    """Publish a night, start both servers, ask them in turn."""
    model = apart(make_model, None, Path(".stationcast"))
    observations = apart(make_parquet, folder, STATIONS)
    store = folder / "forecasts.db"
    measure_night(observations, model.path.absolute(), store, ISSUE_TIME)
    ids = _station_ids(store)
    paths = [_path(station_id) for station_id in ids]
    with serving("stationcast", f"sqlite:///{store}") as ours:
        answers = ask(ours.port, [get(path, _GZIP) for path in paths])
        constant = folder / "constant"
        constant.write_bytes(_of_median_size(answers))
        with serving("constant", str(constant)) as theirs:
            cases = _cases(ours, theirs, ids, answers)
            _ask_in_turn(cases, rounds, requests)
    return cases


def _ask_in_turn(cases: Sequence[Case], rounds: int, requests: int) -> None:
    for case in cases:
        case.run(requests // 4)  # warms up
    for number in range(rounds):
        for case in cases:
            case.rounds.append(case.run(requests))
        costs = ", ".join(f"{case.rounds[-1].cpu:.0f}" for case in cases)
        _progress.print(f"Round {number + 1} of {rounds}: CPU µs {costs}")


def _station_ids(store: Path) -> list[str]:
    with opened(store) as published:
        run = get_run(published, run_id(ISSUE_TIME, 1))
        return [entry.station.id for entry in get_catalogue(published, run)]


def _path(station_id: str) -> str:
    return f"/v1/stations/{station_id}/forecast"


def _of_median_size(answers: Sequence[Answer]) -> bytes:
    bodies = sorted((answer.body for answer in answers), key=len)
    return bodies[len(bodies) // 2]


def _cases(
    ours: Server, theirs: Server, ids: Sequence[str], answers: Sequence[Answer]
) -> list[Case]:
    paths = [_path(station_id) for station_id in ids]
    groups = (ids[i : i + STATIONS_OF_A_REQUEST] for i in range(0, len(ids), STATIONS_OF_A_REQUEST))
    known = [
        get(path, _GZIP | {"If-None-Match": answer.headers["etag"]})
        for path, answer in zip(paths, answers, strict=True)
    ]
    several = [get(f"/v1/forecasts?stations={','.join(group)}", _GZIP) for group in groups]
    part = "?parameters=temperature&hours=6"
    return [
        Case(CONSTANT, theirs, [get(CONSTANT_PATH, _GZIP)]),
        Case(PLAIN, ours, [get(path, _GZIP) for path in paths]),
        Case("unchanged, 304", ours, known, 304),
        Case("1 parameter, 6 hours", ours, [get(path + part, _GZIP) for path in paths]),
        Case("without gzip", ours, [get(path) for path in paths]),
        Case(f"{STATIONS_OF_A_REQUEST} stations", ours, several, share=1 / 40),
    ]


def figures_of(cases: Sequence[Case]) -> list[Figure]:
    """Turn rounds into figures: medians over rounds; latencies of all rounds together."""
    by_name = {case.name: case.rounds for case in cases}
    pairs = zip(by_name[PLAIN], by_name[CONSTANT], strict=True)
    ratio = median(plain.cpu / constant.cpu for plain, constant in pairs)
    return [
        Figure(f"CPU, {PLAIN} / {CONSTANT}", ratio, "x", RATIO),
        *(figure for case in cases for figure in _figures(case)),
    ]


def _figures(case: Case) -> list[Figure]:
    latencies = [latency for each in case.rounds for latency in each.driven.latencies]
    percentiles = quantiles(latencies, n=100)
    return [
        Figure(f"{case.name}: CPU", median(each.cpu for each in case.rounds), "µs"),
        Figure(f"{case.name}: p50", percentiles[49] * 1e3, "ms"),
        Figure(f"{case.name}: p99", percentiles[98] * 1e3, "ms"),
        Figure(f"{case.name}: rate", median(each.a_second for each in case.rounds), "1/s"),
    ]


if __name__ == "__main__":
    main()
