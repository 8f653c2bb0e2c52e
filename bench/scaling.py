"""How well a simulated line foretells a real one: `python -m bench.scaling`.

Requests come to the stand-in of an endpoint at random (Poisson), at a share of what its containers
can answer and whether or not earlier ones are answered. The time of each is measured from the
moment at which it was due. The simulator of `stationcast scaling` is given the same moments; its
percentiles are compared with the measured ones. There are two models:

- one that **sleeps**, for times that are drawn beforehand (exponential) and given to the simulator
  too: what is compared is the line alone;
- the **demo**'s, whose times are measured before and after each round, without a line: as many
  clients as there are containers ask one request after the other. Client, front and containers
  compete for the processor, here as there.

Rounds take turns; percentiles are those of all rounds of a kind.
"""

from __future__ import annotations

import asyncio
import json
import math
import tempfile
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import uvloop
from rich.console import Console

from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import apart, make_model
from bench.harness.sleeping_model import write_sleeper
from local.demo.synthetic import CODES
from local.scaling.fleet import Fleet, Routing
from local.scaling.simulation import draw_services, percentile_ms
from local.standin.endpoint import Endpoint, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from local.standin.endpoint import RunningEndpoint

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
#: Stations of a request to the demo's model: so many that its time is the model's.
_LINES = 8
_SEED = 6
_PERCENT = 100

_progress = Console(stderr=True)


class Kind(NamedTuple):
    """What is compared.

    Attributes:
        model: Which.
        workers: Containers.
        load: Share of the time that they are to be busy.
    """

    model: str
    workers: int
    load: float

    @property
    def text(self) -> str:
        """The same, for people."""
        containers = "container" if self.workers == 1 else "containers"
        return f"{self.model}, {self.workers} {containers}, {self.load:.0%} busy"


class Times(NamedTuple):
    """Latencies in seconds.

    Attributes:
        measured: Of the stand-in.
        predicted: Of the simulator.
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
    """Send what is to be slept; what comes on top is measured before, with sleeps of nothing."""
    top = uvloop.run(closed_loop(endpoint, kind.workers, [b"0"] * services))
    rate = kind.workers / (_SLEEP + mean(top)) * kind.load
    due = _arrivals(random, rate, seconds)
    slept = random.exponential(_SLEEP, len(due))
    bodies = [b"%.6f" % one for one in slept]
    measured = uvloop.run(open_loop(endpoint, due, bodies))
    return Times(measured, predict(due, slept + np.median(top), kind.workers))


def demo_round(
    endpoint: RunningEndpoint,
    kind: Kind,
    seconds: float,
    services: int,
    random: np.random.Generator,
) -> Times:
    """Send transform lines; what they take is measured before and after."""
    body = transform_lines()
    bodies = [body] * services
    before = uvloop.run(closed_loop(endpoint, kind.workers, bodies))[services // 4 :]
    due = _arrivals(random, kind.workers / mean(before) * kind.load, seconds)
    measured = uvloop.run(open_loop(endpoint, due, [body] * len(due)))
    times = before + uvloop.run(closed_loop(endpoint, kind.workers, bodies))
    return Times(measured, predict(due, draw_services(times, len(due), _SEED), kind.workers))


def predict(due: NDArray[np.float64], services: NDArray[np.float64], workers: int) -> list[float]:
    """Simulate such a round; return the seconds of each request.

    Args:
        due: When they come, in seconds.
        services: Seconds that each keeps a container.
        workers: Containers, each with one request at a time.
    """
    # The stand-in's front sends a request to the container with the fewest.
    fleet = Fleet(1, len(due), Routing.LEAST_OUTSTANDING, _SEED)
    fleet.resize(workers, 0)
    fleet.serve(due, services)
    return fleet.latencies


def figures_of(compared: dict[Kind, Times]) -> list[Figure]:
    """Show both latencies of each kind, and how far they are apart."""
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
    """Ask one request after the other, by so many clients; return the seconds of each."""
    times: list[float] = []
    left = iter(bodies)

    async def ask() -> None:
        async with _connections(endpoint) as connect:
            connection = await connect()
            for body in left:
                started = time.perf_counter()
                await connection.ask(body)
                times.append(time.perf_counter() - started)

    await asyncio.gather(*(ask() for _ in range(clients)))
    return times


async def open_loop(
    endpoint: RunningEndpoint, due: NDArray[np.float64], bodies: Sequence[bytes]
) -> list[float]:
    """Ask a request at each moment; return the seconds from that moment to its answer."""
    idle: list[_Connection] = []
    times: list[float] = []

    async def ask(at: float, body: bytes) -> None:
        connection = idle.pop() if idle else await connect()
        await connection.ask(body)
        times.append(time.perf_counter() - started - at)
        idle.append(connection)

    async with _connections(endpoint) as connect, asyncio.TaskGroup() as group:
        started = time.perf_counter()
        for at, body in zip(due.tolist(), bodies, strict=True):
            await asyncio.sleep(at - (time.perf_counter() - started))
            group.create_task(ask(at, body))
    return times


@asynccontextmanager
async def _connections(
    endpoint: RunningEndpoint,
) -> AsyncIterator[Callable[[], Awaitable[_Connection]]]:
    """Yield what opens a connection; all of them are closed at the end."""
    opened: list[_Connection] = []

    async def connect() -> _Connection:
        opened.append(await _Connection.open(endpoint))
        return opened[-1]

    try:
        yield connect
    finally:
        for connection in opened:
            connection.writer.close()


class _Connection(NamedTuple):
    """A kept connection to the front."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes

    @classmethod
    async def open(cls, endpoint: RunningEndpoint) -> _Connection:
        host, _, port = endpoint.url.removeprefix("http://").partition(":")
        head = (
            f"POST /endpoints/{endpoint.name}/invocations HTTP/1.1\r\nhost: {host}\r\n"
            "content-type: application/jsonlines\r\ncontent-length: "
        )
        return cls(*await asyncio.open_connection(host, int(port)), head.encode())

    async def ask(self, body: bytes) -> None:
        """Send a request and read its answer.

        Raises:
            ServerError: It is not 200.
        """
        self.writer.write(self.head + b"%d\r\n\r\n" % len(body) + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        answer = await self.reader.readexactly(length)
        if not head.startswith(b"http/1.1 200"):
            raise ServerError(f"wanted 200, got {(head + answer).decode('latin-1')}")


def transform_lines() -> bytes:
    """Return transform lines of stations whose week was always the same day."""
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
    # With the number that is expected, so that a short round is as busy as it should be.
    return np.sort(random.random(round(rate * seconds)) * seconds)


if __name__ == "__main__":
    main()
