"""Forecasts a second over 16 connections: ours beside MLServer with the same boosters.

A forecast is one station, 7 parameters, 24 hours, 3 quantiles. Ours is one POST with a fresh
reading, to the API over the stand-in with one or two containers. MLServer's is seven inferences
(`bench/real_time/peer.py`). All servers run at once and are asked in turn, so that each has both
cores while it is asked; both sides are tried in several configurations, and the best ones count.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

from bench.harness.client import drive
from bench.harness.figures import Figure
from bench.harness.server import cpu_seconds_of, family_of
from bench.real_time.peer import inferences, install, serving_peer, write_models
from bench.real_time.stations import serving_real_time
from local.standin.endpoint import Endpoint, running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.real_time.stations import Night

#: Containers of ours, and workers of MLServer, that are tried.
CONTAINERS, WORKERS = (1, 2), (0, 1, 2)

#: Stations whose requests are sent in turn.
STATIONS = 20

OURS, PEER = "POST", "MLServer"

_progress = Console(stderr=True)


class Round(NamedTuple):
    """One round of one configuration.

    Attributes:
        a_second: Forecasts a second.
        cpu: Processor time of all processes of the server, milliseconds a forecast.
    """

    a_second: float
    cpu: float


@dataclass
class Case:
    """A configuration that is asked.

    Attributes:
        name: For people.
        port: Who is asked.
        pids: Roots of its processes.
        requests: Sent one after the other, then again.
        requests_of_a_forecast: How many make one forecast.
        rounds: Filled.
    """

    name: str
    port: int
    pids: Sequence[int]
    requests: Sequence[bytes]
    requests_of_a_forecast: int
    rounds: list[Round] = field(default_factory=list)

    def run(self, forecasts: int) -> Round:
        """Ask for so many forecasts."""
        before = self._cpu_seconds()
        driven = drive(self.port, self.requests, forecasts * self.requests_of_a_forecast, 200)
        used = self._cpu_seconds() - before
        return Round(forecasts / driven.seconds, used / forecasts * 1e3)

    def _cpu_seconds(self) -> float:
        return sum(map(cpu_seconds_of, chain.from_iterable(map(family_of, self.pids))))


def measure_throughput(night: Night, folder: Path, rounds: int, forecasts: int) -> list[Case]:
    """Ask all configurations in turn, round after round; the first round does not count."""
    asked = night.asked[:STATIONS]
    peers = inferences(night.model, asked)
    write_models(night.model, folder / "models")
    home = install()
    with ExitStack() as stack:
        cases = [_ours(night, folder, containers, stack) for containers in CONTAINERS]
        for workers in WORKERS:
            server = stack.enter_context(serving_peer(home, folder / "models", workers))
            peers[0].check(server.port)
            requests = [request for peer in peers for request in peer.requests]
            name = f"{PEER}, {_counted(workers, 'worker')}"
            cases.append(Case(name, server.port, [server.pid], requests, len(peers[0].requests)))
        _ask_in_turn(cases, rounds, forecasts)
    return cases


def _ours(night: Night, folder: Path, containers: int, stack: ExitStack) -> Case:
    endpoint = Endpoint(variants={"demo": str(night.model)}, workers=containers)
    standin = stack.enter_context(running(endpoint))
    journal = folder / f"throughput-{containers}.jsonl"
    server = stack.enter_context(serving_real_time(night, standin, journal))
    requests = [each.post for each in night.asked[:STATIONS]]
    name = f"{OURS}, {_counted(containers, 'container')}"
    return Case(name, server.port, [server.pid, standin.pid], requests, 1)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _ask_in_turn(cases: Sequence[Case], rounds: int, forecasts: int) -> None:
    for case in cases:
        case.run(forecasts // 2)  # warms up
    for number in range(rounds):
        for case in cases:
            case.rounds.append(case.run(forecasts))
        rates = ", ".join(f"{case.rounds[-1].a_second:.0f}" for case in cases)
        _progress.print(f"Throughput, round {number + 1} of {rounds}: {rates} forecasts/s")


def throughput_figures(cases: Sequence[Case]) -> list[Figure]:
    """Turn rounds into figures: medians over rounds, and of the ratio of the best within each."""
    ours, peer = (_best(cases, name) for name in (OURS, PEER))
    pairs = list(zip(ours.rounds, peer.rounds, strict=True))
    rate = median(theirs.a_second / mine.a_second for mine, theirs in pairs)
    cpu = median(mine.cpu / theirs.cpu for mine, theirs in pairs)
    return [
        Figure(f"throughput, {peer.name} / {ours.name}", rate, "x", 1),
        Figure(f"CPU a forecast, {ours.name} / {peer.name}", cpu, "x"),
        *(figure for case in cases for figure in _figures(case)),
    ]


def _best(cases: Sequence[Case], prefix: str) -> Case:
    named = [case for case in cases if case.name.startswith(prefix)]
    return max(named, key=lambda case: median(each.a_second for each in case.rounds))


def _figures(case: Case) -> list[Figure]:
    return [
        Figure(f"{case.name}: forecasts", median(each.a_second for each in case.rounds), "1/s"),
        Figure(f"{case.name}: CPU a forecast", median(each.cpu for each in case.rounds), "ms"),
    ]
