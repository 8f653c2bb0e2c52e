"""What a real-time forecast costs on its way: the same line, asked at each layer in turn.

    POST ── API ── boto3 ── front of the stand-in ── container ── predict_fn

Each layer is asked from outside, over a socket where it is a process, for the forecast of the same
station from the same reading. What a layer adds is its time less that of the one behind it.
"""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from api.realtime.protocol import Destination
from api.realtime.sagemaker import JSON_LINES, SageMakerEndpoint
from batch_jobs.transform import load_model
from bench.harness.client import Caller, post
from bench.harness.container import running_container
from bench.harness.figures import Figure
from bench.harness.rounds import measure_in_turn, ratio
from bench.real_time.stations import serving_real_time
from local.standin.endpoint import Endpoint, running
from model.artifact import unpack
from model.boosters import Booster
from model.inference import input_fn, predict_fn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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


def measure_layers(night: Night, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Ask each layer in turn; return the medians of each round in seconds, from the inside out."""
    asked = night.asked[0]
    unpack(night.model, folder / "model")
    with (
        running(Endpoint(variants={"demo": str(night.model)})) as endpoint,
        running_container(folder / "model") as container,
        serving_real_time(night, endpoint, folder / "layers.jsonl") as api,
        closing(Caller(container.port)) as at_container,
        closing(Caller(_port(endpoint))) as at_front,
        closing(Caller(api.port)) as at_api,
    ):
        runtime = SageMakerEndpoint(endpoint.name, _PATIENCE, 1)
        to_container = post("/invocations", asked.text, _TYPES)
        to_front = post(f"/endpoints/{endpoint.name}/invocations", asked.text, _TYPES)
        calls: dict[str, Callable[[], object]] = {
            PREDICT: _prediction(night.model, asked),
            CONTAINER: partial(at_container.ask, to_container),
            FRONT: partial(at_front.ask, to_front),
            BOTO3: partial(runtime.invoke, asked.text, Destination(), "bench"),
            POST: partial(at_api.ask, asked.post),
        }
        cases = {name: partial(_median_seconds, call) for name, call in calls.items()}
        return measure_in_turn(cases, rounds, lambda seconds: f"{seconds * 1e3:.2f} ms")


def _median_seconds(call: Callable[[], object]) -> float:
    """Call `CALLS` times; return the median in seconds."""
    taken = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def layer_figures(layers: Mapping[str, Sequence[float]]) -> list[Figure]:
    """Turn rounds into figures: medians of ratios and differences within a round."""
    share = ratio(layers[POST], layers[PREDICT], lambda seconds: seconds)
    return [
        Figure(f"{POST} with a reading / {PREDICT}", share, "x", RATIO),
        Figure(f"{POST}: time", median(layers[POST]) * 1e3, "ms"),
        Figure(f"of it {PREDICT}", median(layers[PREDICT]) * 1e3, "ms"),
        *(_added(layers, inner, outer) for inner, outer in pairwise(layers)),
    ]


def _added(layers: Mapping[str, Sequence[float]], inner: str, outer: str) -> Figure:
    added = median(more - less for more, less in zip(layers[outer], layers[inner], strict=True))
    return Figure(f"of it {'API' if outer == POST else outer}", added * 1e3, "ms")


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
