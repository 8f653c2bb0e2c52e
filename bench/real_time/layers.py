"""What a real-time forecast costs on its way: the same line, asked at each layer in turn.

    POST ── API ── boto3 ── front of the stand-in ── container ── predict_fn

Each layer is asked from outside, over a socket where it is a process, for the forecast of the same
station from the same reading. What a layer adds is its time less that of the one behind it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from api.realtime.protocol import Target
from api.realtime.sagemaker import JSON_LINES, SageMakerEndpoint
from batch_jobs.transform import load_model
from bench.harness.client import Caller, post
from bench.harness.errors import ServerError
from bench.harness.figures import Figure
from bench.real_time.stations import serving_real_time
from local.standin.child_process import read_announcement
from local.standin.endpoint import Endpoint, running
from model.artifact import unpack
from model.boosters import Booster
from model.inference import input_fn, predict_fn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.real_time.stations import Asked, Night
    from local.standin.endpoint import RunningEndpoint

#: A POST may take this many times what `predict_fn` takes.
RATIO = 2.5

PREDICT, CONTAINER, FRONT, BOTO3, POST = "predict_fn", "container", "front", "boto3", "POST"

CALLS = 20

#: Seconds that nothing takes here.
_PATIENCE = 30
_TYPES = {"Content-Type": JSON_LINES, "Accept": JSON_LINES}


@dataclass
class Layer:
    """A place to ask.

    Attributes:
        name: For people.
        call: Asks once.
        seconds: Median of each round, filled.
    """

    name: str
    call: Callable[[], object]
    seconds: list[float] = field(default_factory=list)

    def run(self) -> float:
        """Ask `CALLS` times; return the median in seconds."""
        taken = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            self.call()
            taken.append(time.perf_counter() - begun)
        return median(taken)


def measure_layers(night: Night, folder: Path, rounds: int) -> list[Layer]:
    """Ask each layer in turn, round after round; the first round does not count."""
    asked = night.asked[0]
    with (
        running(Endpoint(variants={"demo": str(night.model)})) as endpoint,
        _container(night.model, folder / "model") as port,
        serving_real_time(night, endpoint, folder / "layers.jsonl") as api,
        ExitStack() as stack,
    ):
        container = stack.enter_context(closing(Caller(port)))
        front = stack.enter_context(closing(Caller(_port(endpoint))))
        client = stack.enter_context(closing(Caller(api.port)))
        runtime = SageMakerEndpoint(endpoint.name, _PATIENCE, 1)
        at_container = post("/invocations", asked.text, _TYPES)
        at_front = post(f"/endpoints/{endpoint.name}/invocations", asked.text, _TYPES)
        layers = [
            Layer(PREDICT, _prediction(night.model, asked)),
            Layer(CONTAINER, lambda: container.ask(at_container)),
            Layer(FRONT, lambda: front.ask(at_front)),
            Layer(BOTO3, lambda: runtime.invoke(asked.text, Target(), "bench")),
            Layer(POST, lambda: client.ask(asked.post)),
        ]
        for layer in layers:
            layer.run()
        for _ in range(rounds):
            for layer in layers:
                layer.seconds.append(layer.run())
    return layers


def layer_figures(layers: Sequence[Layer]) -> list[Figure]:
    """Turn rounds into figures: medians of ratios and differences within a round."""
    by_name = {layer.name: layer.seconds for layer in layers}
    ratio = median(_each(lambda ours, theirs: ours / theirs, by_name[POST], by_name[PREDICT]))
    predict = median(by_name[PREDICT]) * 1e3
    return [
        Figure(f"{POST} with a reading / {PREDICT}", ratio, "x", RATIO),
        Figure(f"{POST}: time", median(by_name[POST]) * 1e3, "ms"),
        Figure(f"of it {PREDICT}", predict, "ms"),
        *(_added(outer, inner) for inner, outer in pairwise(layers)),
    ]


def _added(outer: Layer, inner: Layer) -> Figure:
    name = "API" if outer.name == POST else outer.name
    added = _each(lambda more, less: more - less, outer.seconds, inner.seconds)
    return Figure(f"of it {name}", median(added) * 1e3, "ms")


def _each(
    of: Callable[[float, float], float], ours: Sequence[float], theirs: Sequence[float]
) -> list[float]:
    return [of(a, b) for a, b in zip(ours, theirs, strict=True)]


def _prediction(path: Path, asked: Asked) -> Callable[[], object]:
    model = load_model(path)
    for forest in model.forests.values():
        if isinstance(forest, Booster):
            # As in the container; with more threads it takes longer.
            forest.booster.set_param({"nthread": 1})
    data = input_fn(asked.text, JSON_LINES)
    return lambda: predict_fn(data, model)


def _port(endpoint: RunningEndpoint) -> int:
    return int(endpoint.url.rpartition(":")[2])


@contextmanager
def _container(artifact: Path, folder: Path) -> Iterator[int]:
    """Run a container without a front; yields its port."""
    unpack(artifact, folder)
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "local.standin.container", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
    ) as process:
        ready = read_announcement(process.stdout.readline() if process.stdout else b"")
        if "error" in ready:
            raise ServerError(f"the container did not start: {ready['error']}")
        yield int(ready["port"])
