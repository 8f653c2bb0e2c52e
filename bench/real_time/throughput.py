"""Forecasts a second over 16 connections: what is deployed, compared with MLServer.

A forecast is one station, 7 parameters, 24 hours, 3 quantiles. The artifact answers a request with
one line in AWS's serving stack, which has the same boosters as MLServer, and in the Lambda
function, which has them compiled. MLServer's forecast is seven inferences
(`bench/peers/mlserver.py`). All servers run at once and are asked in turn, so that each has both
cores while it is asked. If a server has several configurations, the fastest one counts.

The function is one instance, which handles one event at a time; Lambda would start more. AWS's
emulator passes each event between processes, in its own way: the function's processor time counts
here, and its rate is a lower limit.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from api.realtime.sagemaker import JSON_LINES
from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from bench.harness.bundles import build_bundle
from bench.harness.client import ask, post
from bench.harness.errors import ServerError
from bench.harness.figures import Figure
from bench.harness.lambda_service import INVOCATIONS, model_function, serving_lambda
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.wrk import asking, write_requests
from bench.peers.mlserver import PEER as MLSERVER
from bench.peers.mlserver import inferences, serving_peer, write_models
from bench.peers.sagemaker_serving import serving_stack
from bench.real_time.stations import Night
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from model.inference import input_fn, predict_fn

#: Workers of AWS's stack, and of MLServer, that are tried.
STACK_WORKERS, PEER_WORKERS = (1, 2), (0, 1, 2)

#: Stations whose requests are sent in turn.
STATIONS = 20

STACK, FUNCTION, PEER = "AWS's serving stack", "Lambda function", "MLServer"


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
    with ExitStack() as stack:
        cases = {
            **_stacks(night, folder, seconds, stack),
            FUNCTION: _function(night, folder, seconds, stack),
            **_peers(night, folder, seconds, stack),
        }
        return measure_in_turn(cases, rounds, lambda each: f"{each.rate:.0f}/s")


def _stacks(
    night: Night, folder: Path, seconds: int, stack: ExitStack
) -> dict[str, Callable[[], Round]]:
    """Start AWS's serving stack; return what measures a round of each configuration."""
    requests = [each.invocation for each in night.asked[:STATIONS]]
    path = write_requests(folder / "stack.requests", requests)
    cases = {}
    for number in STACK_WORKERS:
        server = stack.enter_context(serving_stack(night.model, number)).server
        check_forecast(night, server.port, requests[0])
        name = f"{STACK}, {_counted(number)}"
        cases[name] = _measuring(server.port, server.cpu_seconds, path, 1, seconds)
    return cases


def _function(night: Night, folder: Path, seconds: int, stack: ExitStack) -> Callable[[], Round]:
    """Start the Lambda function; return what measures a round of it."""
    built, artifact = build_bundle("ModelFunction", folder / "bundles"), folder / "compiled.tar.gz"
    compile_model(night.model, artifact, find_compiler(), quiet)
    emulator = stack.enter_context(model_function(built, artifact, folder / "function.log"))
    port = stack.enter_context(serving_lambda(emulator)).port
    requests = [post(INVOCATIONS, each.text) for each in night.asked[:STATIONS]]
    check_forecast(night, port, requests[0])
    path = write_requests(folder / "function.requests", requests)
    return _measuring(port, emulator.cpu_seconds, path, 1, seconds)


def _peers(
    night: Night, folder: Path, seconds: int, stack: ExitStack
) -> dict[str, Callable[[], Round]]:
    """Start MLServer; return what measures a round of each configuration."""
    peers = inferences(night.model, night.asked[:STATIONS])
    path = write_requests(folder / "peer.requests", [r for peer in peers for r in peer.requests])
    write_models(night.model, folder / "models")
    cases, parts = {}, len(peers[0].requests)
    for number in PEER_WORKERS:
        server = stack.enter_context(serving_peer(MLSERVER.install(), folder / "models", number))
        peers[0].check(server.port)
        name = f"{PEER}, {_counted(number)}"
        cases[name] = _measuring(server.port, server.cpu_seconds, path, parts, seconds)
    return cases


def check_forecast(night: Night, port: int, request: bytes) -> None:
    """Make sure that a server's answer about the first station is the model's, number for number.

    Raises:
        ServerError: It is not.
    """
    (expected,) = predict_fn(input_fn(night.asked[0].text, JSON_LINES), load_model(night.model))
    (answer,) = ask(port, [request])
    if answer.status != 200 or json.loads(answer.body) != expected:  # noqa: PLR2004 -- OK
        raise ServerError(f"not the model's forecast: {answer.body[:400].decode()}")


def _measuring(
    port: int, cpu_seconds: Callable[[], float], requests: Path, parts: int, seconds: int
) -> Callable[[], Round]:
    """Return what measures a round of a server whose forecasts are so many requests each."""
    run = asking(port, cpu_seconds, requests, seconds)

    def measure() -> Round:
        measured = run()
        return Round(measured.rate / parts, measured.cpu * parts * 1e3)

    return measure


def _counted(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"


def throughput_figures(rounds: Mapping[str, Sequence[Round]]) -> list[Figure]:
    """Turn rounds into figures: medians over rounds, and of the ratio of the best within each."""
    ours, function, peer = (_best(rounds, prefix) for prefix in (STACK, FUNCTION, PEER))
    rate = ratio(rounds[peer], rounds[ours], lambda each: each.rate)
    return [
        Figure(f"throughput, {peer} / {ours}", rate, "x", 1),
        *(_share_of_cpu(rounds, name, peer) for name in (ours, function)),
        *(figure for name, of_case in rounds.items() for figure in _figures(name, of_case)),
    ]


def _share_of_cpu(rounds: Mapping[str, Sequence[Round]], ours: str, peer: str) -> Figure:
    share = ratio(rounds[ours], rounds[peer], lambda each: each.cpu)
    return Figure(f"CPU a forecast, {ours} / {peer}", share, "x")


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
