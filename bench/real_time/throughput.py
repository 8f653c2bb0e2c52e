"""Forecasts a second over 16 connections: ours compared with MLServer with the same boosters.

A forecast is one station, 7 parameters, 24 hours, 3 quantiles. Ours is one POST with a fresh
reading, to the API over the stand-in with one or two containers. MLServer's is seven inferences
(`bench/real_time/peer.py`). All servers run at once and are asked in turn, so that each has both
cores while it is asked; both sides are tried in several configurations, and the best ones count.
"""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench.harness.figures import Figure
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.server import cpu_seconds_of, family_of
from bench.harness.wrk import asking, write_requests
from bench.real_time.peer import inferences, install, serving_peer, write_models
from bench.real_time.stations import serving_real_time
from local.standin.endpoint import Endpoint, running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.real_time.stations import Night

#: Containers of ours, and workers of MLServer, that are tried.
CONTAINERS, WORKERS = (1, 2), (0, 1, 2)

#: Stations whose requests are sent in turn.
STATIONS = 20

OURS, PEER = "POST", "MLServer"


class Round(NamedTuple):
    """One round of one configuration.

    Attributes:
        rate: Forecasts a second.
        cpu: Processor time of all processes of the server, milliseconds a forecast.
    """

    rate: float
    cpu: float


def measure_throughput(
    night: Night, folder: Path, rounds: int, seconds: int
) -> dict[str, list[Round]]:
    """Ask all configurations in turn, for *seconds* in each round."""
    asked = night.asked[:STATIONS]
    ours = write_requests(folder / "ours.requests", [each.post for each in asked])
    peers = inferences(night.model, asked)
    theirs = write_requests(folder / "peer.requests", [r for peer in peers for r in peer.requests])
    write_models(night.model, folder / "models")
    home = install()
    cases = {}
    with ExitStack() as stack:
        for number in CONTAINERS:
            endpoint = Endpoint(variants={"demo": str(night.model)}, workers=number)
            standin = stack.enter_context(running(endpoint))
            journal = folder / f"throughput-{number}.jsonl"
            server = stack.enter_context(serving_real_time(night, standin, journal))
            pids = [server.pid, standin.pid]
            name = f"{OURS}, {_counted(number, 'container')}"
            cases[name] = _measuring(server.port, pids, ours, 1, seconds)
        for number in WORKERS:
            server = stack.enter_context(serving_peer(home, folder / "models", number))
            peers[0].check(server.port)
            name = f"{PEER}, {_counted(number, 'worker')}"
            parts = len(peers[0].requests)
            cases[name] = _measuring(server.port, [server.pid], theirs, parts, seconds)
        return measure_in_turn(cases, rounds, lambda each: f"{each.rate:.0f}/s")


def _measuring(
    port: int, pids: Sequence[int], requests: Path, parts: int, seconds: int
) -> Callable[[], Round]:
    """Return what measures a round of a server whose forecasts are so many requests each."""

    def cpu_seconds() -> float:
        return sum(cpu_seconds_of(pid) for root in pids for pid in family_of(root))

    run = asking(port, cpu_seconds, requests, seconds)

    def measure() -> Round:
        measured = run()
        return Round(measured.rate / parts, measured.cpu * parts * 1e3)

    return measure


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def throughput_figures(rounds: Mapping[str, Sequence[Round]]) -> list[Figure]:
    """Turn rounds into figures: medians over rounds, and of the ratio of the best within each."""
    ours, peer = (_best(rounds, prefix) for prefix in (OURS, PEER))
    rate = ratio(rounds[peer], rounds[ours], lambda each: each.rate)
    cpu = ratio(rounds[ours], rounds[peer], lambda each: each.cpu)
    return [
        Figure(f"throughput, {peer} / {ours}", rate, "x", 1),
        Figure(f"CPU a forecast, {ours} / {peer}", cpu, "x"),
        *(figure for name, of_case in rounds.items() for figure in _figures(name, of_case)),
    ]


def _best(rounds: Mapping[str, Sequence[Round]], prefix: str) -> str:
    return max(
        (name for name in rounds if name.startswith(prefix)),
        key=lambda name: median(each.rate for each in rounds[name]),
    )


def _figures(name: str, rounds: Sequence[Round]) -> list[Figure]:
    return [
        Figure(f"{name}: forecasts", median(each.rate for each in rounds), "1/s"),
        Figure(f"{name}: CPU a forecast", median(each.cpu for each in rounds), "ms"),
    ]
