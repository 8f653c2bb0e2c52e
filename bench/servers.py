"""Lookups from DynamoDB under a server, beside others: `python -m bench.servers`.

Three servers with one worker each answer from the same DynamoDB Local, and are asked in turn by
wrk over 16 connections, round after round:

- **ours**, the API under uvicorn: the stored answer, 7 parameters x 24 hours x 3 quantiles;
- **Feast**'s feature server: 7 numbers of a station, the medians of the first hour;
- **Powertools**' HTTP resolver under uvicorn: the answer that ours has stored, as it is stored.

One station and a hundred are asked for; all stations come round, more than ours keeps in memory,
and each round goes on where the last one ended. What ours answers from memory when the same few
stations are asked for stands beside it. Processor time is that of all processes of the server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich.console import Console

from bench.harness.client import ask, get
from bench.harness.dynamodb import ENVIRONMENT, client_of, dynamodb_local, make_table
from bench.harness.errors import NightError, ServerError
from bench.harness.figures import Figure, Report, machine, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, apart, make_model, make_parquet
from bench.harness.server import cpu_seconds_of, family_of, serving
from bench.harness.wrk import ask_for, find_wrk, write_requests, wrk_version
from bench.peers import feast as feast_peer
from bench.peers import powertools as powertools_peer
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key
from forecasts.run import run_id
from forecasts.runs import get_catalogue, get_run
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.harness.client import Answer
    from bench.harness.server import Server
    from bench.harness.wrk import Asked

#: More than ours keeps in memory, also in a quick run.
STATIONS, QUICK_STATIONS = 11_000, 5500
STATIONS_OF_A_REQUEST = 100
#: Stations that are asked for again and again: ours has them in memory.
HOT = 200

ROUNDS, QUICK_ROUNDS = 7, 3
SECONDS, QUICK_SECONDS = 4, 1

#: What a request may cost of Feast's, in processor time: for one station, and for a hundred.
RATIO, RATIO_SEVERAL = 1 / 8, 1 / 25

OURS, FEAST, POWERTOOLS = "ours", "Feast", "Powertools"
ONE, SEVERAL, AGAIN = "1 station", f"{STATIONS_OF_A_REQUEST} stations", "again"

TABLE = "stationcast"
_PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools")
_GZIP = {"Accept-Encoding": "gzip"}
_progress = Console(stderr=True)


class Round(NamedTuple):
    """One round of one case.

    Attributes:
        cpu: Of all processes of the server, seconds a request.
        asked: What wrk saw.
    """

    cpu: float
    asked: Asked

    @property
    def a_second(self) -> float:
        """Requests a second."""
        return self.asked.requests / self.asked.seconds


@dataclass
class Case:
    """What is asked for, and of whom.

    Attributes:
        name: For people.
        server: Who is asked.
        requests: File of `write_requests`.
        sent: How many were sent so far.
        rounds: Filled.
    """

    name: str
    server: Server
    requests: Path
    sent: int = 0
    rounds: list[Round] = field(default_factory=list)

    def run(self, seconds: int) -> Round:
        """Ask for *seconds*."""
        before = self._cpu_seconds()
        asked = ask_for(self.server.port, self.requests, seconds, self.sent)
        self.sent += asked.requests
        return Round((self._cpu_seconds() - before) / asked.requests, asked)

    def _cpu_seconds(self) -> float:
        return sum(map(cpu_seconds_of, family_of(self.server.pid)))


class Night(NamedTuple):
    """What the servers answer from.

    Attributes:
        url: Of DynamoDB.
        run_id: The published run.
        values: The medians of its first hour, by station and parameter.
    """

    url: str
    run_id: str
    values: dict[str, dict[str, float]]


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, quick: bool, as_json: bool) -> None:
    """Measure lookups under a server, beside Feast and Powertools."""
    before = machine()
    find_wrk()
    homes = {FEAST: feast_peer.install(), POWERTOOLS: powertools_peer.install()}
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    stations = QUICK_STATIONS if quick else STATIONS
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        night = publish_night(Path(name), url, stations)
        feast_peer.materialize(homes[FEAST], Path(name, "feast"), url, night.values, ISSUE_TIME)
        with ExitStack() as stack:
            cases = cases_of(Path(name), night, start(stack, Path(name), night, homes))
            ask_in_turn(cases, rounds, seconds)
    used = versions(*_PACKAGES) | feast_peer.peer_versions(homes[FEAST])
    used |= powertools_peer.peer_versions(homes[POWERTOOLS])
    used |= {"wrk": wrk_version(), "stations": str(stations), "observations": ABOUT}
    Report("servers", used, figures_of(cases)).show(before, as_json=as_json)


def publish_night(folder: Path, url: str, stations: int) -> Night:
    """Publish a night into the DynamoDB at *url*.

    Raises:
        NightError: It did not publish; says what the command printed.
    """
    model = apart(make_model, None, Path(".stationcast"))
    observations = apart(make_parquet, folder, stations)
    client = client_of(url)
    make_table(client, TABLE)
    command = Path(sys.executable).with_name("stationcast")
    where = ("--observations", observations, "--model", model.path.absolute())
    done = subprocess.run(  # noqa: S603 -- our own command
        [command, "nightly", *where, "--issue-time", utc_text(ISSUE_TIME)],
        env={**os.environ, **_known(url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NightError(done.stdout + done.stderr)
    with closing(DynamoDBStore(TABLE, lambda: datetime.now(UTC), client)) as store:
        return Night(url, run_id(ISSUE_TIME, 1), first_hours(store))


def first_hours(store: DynamoDBStore) -> dict[str, dict[str, float]]:
    """Read the medians of the first hour from the table, by station and parameter.

    Stations that lack a parameter are left out: Feast's features are the same for all.
    """
    run = get_run(store, run_id(ISSUE_TIME, 1))
    ids = [entry.station.id for entry in get_catalogue(store, run)]
    items = store.get_many([forecast_key(station_id, run.id) for station_id in ids])
    answers = [json.loads(decompress(item.body)) for item in items.values()]
    return {
        answer["station"]["id"]: {code: each["p50"][0] for code, each in answer["values"].items()}
        for answer in answers
        if not answer["missing"]
    }


def start(
    stack: ExitStack, folder: Path, night: Night, homes: Mapping[str, Path]
) -> dict[str, Server]:
    """Start the servers, and make sure that they answer what was stored.

    Raises:
        ServerError: One does not start, or answers something else.
    """
    table = f"dynamodb://{TABLE}"
    ours = stack.enter_context(serving("stationcast", table, _known(night.url)))
    feast = stack.enter_context(feast_peer.serving_feast(homes[FEAST], folder / "feast"))
    powertools = stack.enter_context(
        powertools_peer.serving_powertools(homes[POWERTOOLS], night.url, TABLE, night.run_id)
    )
    ids = list(night.values)
    feast_peer.check(feast.port, ids[0], night.values[ids[0]])
    check_same(ours, powertools, ids[:STATIONS_OF_A_REQUEST])
    return {OURS: ours, FEAST: feast, POWERTOOLS: powertools}


def cases_of(folder: Path, night: Night, servers: Mapping[str, Server]) -> list[Case]:
    """Return what the servers are asked; files of requests are written into *folder*."""
    ids = list(night.values)
    features = list(night.values[ids[0]])
    writers: dict[str, Callable[[Sequence[str]], bytes]] = {
        OURS: our_request,
        FEAST: lambda stations: feast_peer.features_request(stations, features),
        POWERTOOLS: powertools_peer.forecasts_request,
    }

    def cases(who: str, ids: Sequence[str], suffix: str = "") -> Iterator[Case]:
        groups: dict[str, list[Sequence[str]]] = {ONE: [[i] for i in ids], SEVERAL: groups_of(ids)}
        for what, wanted in groups.items():
            name = f"{who}, {what}{suffix}"
            requests = [writers[who](stations) for stations in wanted]
            path = write_requests(folder / f"{name}.requests", requests)
            yield Case(name, servers[who], path)

    everybody = [case for who in servers for case in cases(who, ids)]
    return [*everybody, *cases(OURS, ids[:HOT], f", {AGAIN}")]


def our_request(stations: Sequence[str]) -> bytes:
    """Write the request for the forecast of one station, or for the forecasts of several."""
    if len(stations) == 1:
        return get(f"/v1/stations/{stations[0]}/forecast", _GZIP)
    return get(f"/v1/forecasts?stations={','.join(stations)}", _GZIP)


def groups_of(ids: Sequence[str]) -> list[Sequence[str]]:
    """Return the stations of each request for several; what is left over is not asked for."""
    firsts = range(0, len(ids) - STATIONS_OF_A_REQUEST + 1, STATIONS_OF_A_REQUEST)
    return [ids[first : first + STATIONS_OF_A_REQUEST] for first in firsts]


def check_same(ours: Server, powertools: Server, ids: Sequence[str]) -> None:
    """Make sure that ours and Powertools' answer the same for one station and for several.

    Raises:
        ServerError: They do not.
    """
    for stations in (ids[:1], ids):
        (mine,) = ask(ours.port, [our_request(stations)])
        (theirs,) = ask(powertools.port, [powertools_peer.forecasts_request(stations)])
        if mine.status != theirs.status or _values(mine) != _values(theirs):
            statuses = f"{mine.status} and {theirs.status}"
            raise ServerError(f"ours and Powertools answer different things: {statuses}")


def _values(answer: Answer) -> list[Any]:
    gzipped = answer.headers.get("content-encoding") == "gzip"
    content = json.loads(decompress(answer.body) if gzipped else answer.body)
    return [each["values"] for each in content.get("items", [content])]


def ask_in_turn(cases: Sequence[Case], rounds: int, seconds: int) -> None:
    """Fill the rounds of all cases; the first round of each does not count."""
    for case in cases:
        case.run(seconds)  # warms up
    for number in range(rounds):
        for case in cases:
            case.rounds.append(case.run(seconds))
        costs = ", ".join(f"{case.rounds[-1].cpu * 1e6:,.0f}" for case in cases)
        _progress.print(f"Round {number + 1} of {rounds}: CPU µs {costs}")


def figures_of(cases: Sequence[Case]) -> list[Figure]:
    """Turn rounds into figures: medians of the ratios within each round, then of the rounds."""
    by_name = {case.name: case.rounds for case in cases}

    def ratio(who: str, other: str, what: str, of: Callable[[Round], float]) -> float:
        pairs = zip(by_name[f"{who}, {what}"], by_name[f"{other}, {what}"], strict=True)
        return median(of(mine) / of(theirs) for mine, theirs in pairs)

    figures = []
    for what, target in ((ONE, RATIO), (SEVERAL, RATIO_SEVERAL)):
        cpu = ratio(OURS, FEAST, what, lambda each: each.cpu)
        rate = ratio(POWERTOOLS, OURS, what, lambda each: each.a_second)
        spared = ratio(OURS, POWERTOOLS, what, lambda each: each.cpu)
        figures += [
            Figure(f"CPU a request, {OURS} / {FEAST}, {what}", cpu, "x", target),
            Figure(f"requests a second, {POWERTOOLS} / {OURS}, {what}", rate, "x", 1),
            Figure(f"CPU a request, {OURS} / {POWERTOOLS}, {what}", spared, "x"),
        ]
    return [*figures, *(figure for case in cases for figure in _figures(case))]


def _figures(case: Case) -> list[Figure]:
    return [
        Figure(f"{case.name}: CPU", median(each.cpu for each in case.rounds) * 1e6, "µs"),
        Figure(f"{case.name}: requests", median(each.a_second for each in case.rounds), "1/s"),
        Figure(f"{case.name}: p50", median(each.asked.p50 for each in case.rounds) * 1e3, "ms"),
        Figure(f"{case.name}: p99", median(each.asked.p99 for each in case.rounds) * 1e3, "ms"),
    ]


def _known(url: str) -> dict[str, str]:
    """Return the environment of a process of ours over the DynamoDB at *url*."""
    store = {"STATIONCAST_STORE": f"dynamodb://{TABLE}", "AWS_ENDPOINT_URL_DYNAMODB": url}
    return {**ENVIRONMENT, **store}


if __name__ == "__main__":
    main()
