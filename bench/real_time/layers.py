"""What a real-time forecast costs on its way: the same line, asked at each layer in turn.

    POST ── API ── boto3 ── AWS's serving stack ── predict_fn

Each layer is asked from outside, over a socket if it is a process, for the forecast of the same
station from the same reading. What a layer adds is its time less that of the one behind it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

from api.realtime.protocol import Destination
from api.realtime.sagemaker import JSON_LINES, SageMakerEndpoint
from batch_jobs.transform import load_model
from bench.harness.client import Caller
from bench.harness.figures import Figure
from bench.harness.rounds import measure_in_turn, ratio
from bench.peers.sagemaker_serving import serving_stack
from bench.real_time.stations import Asked, Night, serving_real_time
from model.boosters import Booster
from model.inference import input_fn, predict_fn

#: A POST may take this many times what `predict_fn` takes.
RATIO = 2.5

PREDICT, STACK, BOTO3, POST = "predict_fn", "AWS's serving stack", "boto3", "POST"

CALLS = 20

#: Seconds that nothing takes here.
_PATIENCE = 30


def measure_layers(night: Night, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Ask each layer in turn; return the medians of each round in seconds, from the inside out."""
    asked = night.asked[0]
    with (
        serving_stack(night.model, 1) as stack,
        serving_real_time(night, stack, folder / "layers.jsonl") as api,
        closing(Caller(stack.server.port)) as at_stack,
        closing(Caller(api.port)) as at_api,
        closing(SageMakerEndpoint(stack.name, _PATIENCE, 1)) as runtime,
    ):
        calls: dict[str, Callable[[], object]] = {
            PREDICT: _prediction(night.model, asked),
            STACK: partial(at_stack.ask, asked.invocation),
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
            # As in the stack; with more threads it takes longer.
            forest.booster.set_param({"nthread": 1})
    data = input_fn(asked.text, JSON_LINES)
    return lambda: predict_fn(data, model)
