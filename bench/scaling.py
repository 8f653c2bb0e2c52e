"""How well a simulated queue predicts a real one: `python -m bench.scaling`.

Requests come to the stand-in of an endpoint at random (Poisson), at a share of what its containers
can answer, whether or not earlier ones are answered. The time of each is measured from the moment
at which it was due. The simulator of `stationcast scaling` gets the same moments, and its
percentiles are compared with the measured ones. There are two models:

- one that **sleeps**, for times that are drawn beforehand (exponential). The simulator gets them,
  too, so that only the queue is compared;
- the **demo**'s. Its times are measured before and after each round, without a queue: as many
  clients as there are containers ask one request after the other. In both measurements client,
  front and containers compete for the processor.

Rounds take turns; percentiles are those of all rounds of a kind.
"""

import asyncio
import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import httpx
import numpy as np
import uvloop
from numpy.typing import NDArray
from rich.console import Console

from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import apart, make_model
from bench.harness.sleeping_model import write_sleeper
from local.demo.synthetic import CODES
from local.scaling.fleet import Fleet, Routing
from local.scaling.simulation import draw_services, percentile_ms
from local.standin.endpoint import Endpoint, RunningEndpoint, running

SLEEPING, DEMO = "sleeping model", "demo model"

#: Containers of each model, and how busy they are.
WORKERS = {SLEEPING: (1, 2, 4), DEMO: (1, 2)}
LOADS = (0.4, 0.7)
LEVELS = (50, 90, 99)

ROUNDS, SECONDS, SERVICES = 3, 10.0, 100
QUICK_ROUNDS, QUICK_SECONDS, QUICK_SERVICES = 1, 3.0, 40

#: How far a percentile of the sleeping model may be from the simulated one, in percent.
OFF = 15.0

#: Seconds that the sleeping model sleeps on average.
_SLEEP = 0.15
#: Stations of a request to the demo's model: enough for the model to take most of the time.
_LINES = 8
_SEED = 6
_PERCENT = 100
#: Seconds to wait for an answer.
_PATIENCE = 30

_progress = Console(stderr=True)


class Kind(NamedTuple):
    """A kind of round.

    Attributes:
        model: The model's name.
        workers: Number of containers.
        load: Share of the time that they should be busy.
    """

    model: str
    workers: int
    load: float

    @property
    def text(self) -> str:
        """A description."""
        containers = "container" if self.workers == 1 else "containers"
        return f"{self.model}, {self.workers} {containers}, {self.load:.0%} busy"


class Times(NamedTuple):
    """Latencies in seconds.

    Attributes:
        measured: Those of the stand-in.
        predicted: Those of the simulator.
    """

    measured: list[float]
    predicted: list[float]


@benchmark("A round of each kind, of a few seconds.")
def main(*, quick: bool) -> Report:
    """Compare predicted and measured latencies."""
    model = apart(make_model, None, Path(".stationcast"))
    compared: dict[Kind, Times] = defaultdict(lambda: Times([], []))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        artifacts = {SLEEPING: write_sleeper(Path(folder, "model.tar.gz")), DEMO: model.path}
        for number in range(QUICK_ROUNDS if quick else ROUNDS):
            for kind, times in measure(artifacts, number, quick=quick):
                compared[kind].measured.extend(times.measured)
                compared[kind].predicted.extend(times.predicted)
    used = versions("stationcast", "numpy", "xgboost-cpu", "uvloop") | {"model": model.text}
    return Report("scaling", used, figures_of(compared))


def measure(
    artifacts: dict[str, Path], number: int, *, quick: bool
) -> Iterator[tuple[Kind, Times]]:
    """Yield a round of each kind."""
    seconds = QUICK_SECONDS if quick else SECONDS
    services = QUICK_SERVICES if quick else SERVICES
    rounds = {SLEEPING: sleeping_round, DEMO: demo_round}
    for model, artifact in artifacts.items():
        for workers in WORKERS[model]:
            with running(Endpoint(variants={"one": str(artifact)}, workers=workers)) as endpoint:
                for load in LOADS:
                    kind = Kind(model, workers, load)
                    random = np.random.default_rng([_SEED, number, workers, round(load * 100)])
                    times = rounds[model](endpoint, kind, seconds, services, random)
                    _progress.print(
                        f"Round {number + 1}, {kind.text}: {len(times.measured)} requests"
                    )
                    yield kind, times


def sleeping_round(
    endpoint: RunningEndpoint,
    kind: Kind,
    seconds: float,
    services: int,
    random: np.random.Generator,
) -> Times:
    """Send times to sleep; the overhead is measured before, by sleeping for no time."""
    overhead = uvloop.run(closed_loop(endpoint, kind.workers, [b"0"] * services))
    rate = kind.workers / (_SLEEP + mean(overhead)) * kind.load
    due = _arrivals(random, rate, seconds)
    slept = random.exponential(_SLEEP, len(due))
    measured = uvloop.run(open_loop(endpoint, due, [b"%.6f" % one for one in slept]))
    return Times(measured, predict(due, slept + np.median(overhead), kind.workers))


def demo_round(
    endpoint: RunningEndpoint,
    kind: Kind,
    seconds: float,
    services: int,
    random: np.random.Generator,
) -> Times:
    """Send transform lines; the time that they take is measured before and after."""
    body = transform_lines()
    bodies = [body] * services
    before = uvloop.run(closed_loop(endpoint, kind.workers, bodies))[services // 4 :]
    due = _arrivals(random, kind.workers / mean(before) * kind.load, seconds)
    measured = uvloop.run(open_loop(endpoint, due, [body] * len(due)))
    times = before + uvloop.run(closed_loop(endpoint, kind.workers, bodies))
    return Times(measured, predict(due, draw_services(times, len(due), _SEED), kind.workers))


def predict(due: NDArray[np.float64], services: NDArray[np.float64], workers: int) -> list[float]:
    """Simulate a round; return the latency of each request in seconds.

    Args:
        due: When the requests come, in seconds.
        services: Seconds that each keeps a container busy.
        workers: Number of containers; each takes one request at a time.
    """
    # The stand-in's front sends each request to the least busy container.
    fleet = Fleet(1, len(due), Routing.LEAST_OUTSTANDING, _SEED)
    fleet.resize(workers, 0)
    fleet.serve(due, services)
    return fleet.latencies


def figures_of(compared: dict[Kind, Times]) -> list[Figure]:
    """Return both latencies of each kind, and how far apart they are."""
    figures = []
    for kind, times in compared.items():
        for level in LEVELS:
            measured, predicted = (percentile_ms(np.asarray(one), level) for one in times)
            off = abs(measured / predicted - 1) * _PERCENT
            target = OFF if kind.model == SLEEPING else None
            figures += [
                Figure(f"{kind.text}, p{level}: measured", measured, "ms"),
                Figure(f"{kind.text}, p{level}: predicted", predicted, "ms"),
                Figure(f"{kind.text}, p{level}: apart by", off, "%", target),
            ]
    return figures


async def closed_loop(
    endpoint: RunningEndpoint, clients: int, bodies: Sequence[bytes]
) -> list[float]:
    """Ask one request after the other, from so many clients; return the seconds of each."""
    times: list[float] = []
    left = iter(bodies)

    async def ask_all() -> None:
        for body in left:
            started = time.perf_counter()
            await _ask(client, body)
            times.append(time.perf_counter() - started)

    async with _client(endpoint) as client:
        await asyncio.gather(*(ask_all() for _ in range(clients)))
    return times


async def open_loop(
    endpoint: RunningEndpoint, due: NDArray[np.float64], bodies: Sequence[bytes]
) -> list[float]:
    """Ask a request at each moment; return the seconds from that moment to its answer."""
    times: list[float] = []

    async def ask(at: float, body: bytes) -> None:
        await _ask(client, body)
        times.append(time.perf_counter() - started - at)

    async with _client(endpoint) as client, asyncio.TaskGroup() as group:
        started = time.perf_counter()
        for at, body in zip(due.tolist(), bodies, strict=True):
            await asyncio.sleep(at - (time.perf_counter() - started))
            group.create_task(ask(at, body))
    return times


def _client(endpoint: RunningEndpoint) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{endpoint.url}/endpoints/{endpoint.name}",
        headers={"content-type": "application/jsonlines"},
        limits=httpx.Limits(max_connections=None),
        timeout=_PATIENCE,
        trust_env=False,
    )


async def _ask(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/invocations", content=body)
    if answer.status_code != httpx.codes.OK:
        raise ServerError(f"wanted 200, got {answer.status_code}: {answer.text}")


def transform_lines() -> bytes:
    """Return transform lines of stations whose days were all the same."""
    day = [round(10 + 3 * math.sin(hour / 24 * math.tau), 1) for hour in range(168)]
    line = {
        "station_id": "JFK",
        "latitude": 40.64,
        "longitude": -73.78,
        "elevation": 4.0,
        "issue_time": "2025-11-01T00:00:00Z",
        "history": dict.fromkeys(CODES, day),
    }
    return (json.dumps(line) + "\n").encode() * _LINES


def _arrivals(random: np.random.Generator, rate: float, seconds: float) -> NDArray[np.float64]:
    # Exactly the expected number, so that a short round is as busy as it should be.
    return np.sort(random.random(round(rate * seconds)) * seconds)


if __name__ == "__main__":
    main()
