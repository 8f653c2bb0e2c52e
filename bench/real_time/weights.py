"""Whom requests go to: by the weights of the variants, and by the name of the caller.

Both variants have the same artifact. By weight, boto3 asks the stand-in about a station without
any history, for which the model has nothing to compute. By name, callers ask the API about a place
with a day of one parameter.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binom

from api.realtime.protocol import Destination
from api.realtime.sagemaker import SageMakerEndpoint
from bench.harness.client import ask, post
from bench.harness.errors import ServerError
from bench.harness.figures import Figure
from bench.harness.inputs import ISSUE_TIME
from bench.real_time.stations import Night, serving_real_time
from forecasts.forecast import dumps
from forecasts.times import utc_text
from local.standin.endpoint import Endpoint, RunningEndpoint, running

WEIGHTS = {"depth5": 95.0, "depth10": 5.0}
MINORITY = "depth10"
SHARE = 0.05

#: Calls of each caller that has a name.
CALLS = 5

_PATIENCE = 30


@dataclass(frozen=True)
class Answered:
    """Who has answered.

    Attributes:
        calls: How many were left to the weights.
        minority: How many of them `MINORITY` has answered.
        variants: By name of the caller, who has answered its calls.
    """

    calls: int
    minority: int
    variants: Mapping[str, list[str]]


def measure_weights(night: Night, folder: Path, calls: int, callers: int) -> Answered:
    """Ask *calls* times without a name; and have so many *callers* ask, in turn, `CALLS` times."""
    variants = dict.fromkeys(WEIGHTS, str(night.model))
    split = ",".join(f"{name}={weight:g}" for name, weight in WEIGHTS.items())
    with (
        running(Endpoint(variants=variants, weights=WEIGHTS)) as endpoint,
        serving_real_time(
            night, endpoint, folder / "weights.jsonl", {"STATIONCAST_VARIANTS": split}
        ) as server,
    ):
        minority = _by_weight(night, endpoint, calls)
        return Answered(calls, minority, _by_name(server.port, callers))


def _by_weight(night: Night, endpoint: RunningEndpoint, calls: int) -> int:
    line = dumps({**night.asked[0].line, "history": {}})
    with closing(SageMakerEndpoint(endpoint.name, _PATIENCE, 1)) as runtime:
        replies = (runtime.invoke(line, Destination(), "bench") for _ in range(calls))
        return sum(reply.variant == MINORITY for reply in replies)


def _by_name(port: int, callers: int) -> dict[str, list[str]]:
    history = {"temperature": [10 + hour % 12 for hour in range(24)]}
    place = {"latitude": 40.7, "longitude": -74.0, "issue_time": utc_text(ISSUE_TIME)}
    body = json.dumps({**place, "history": history}).encode()
    names = [f"client-{number}" for number in range(callers)] * CALLS
    found: defaultdict[str, list[str]] = defaultdict(list)
    answers = ask(port, [post("/v1/forecast", body, {"X-Client-Id": name}) for name in names])
    for name, answer in zip(names, answers, strict=True):
        if answer.status != 200:  # noqa: PLR2004 -- OK
            raise ServerError(f"wanted 200, got {answer.body[:400].decode()}")
        found[name].append(answer.headers["forecast-variant"])
    return found


def weight_figures(answered: Answered) -> list[Figure]:
    """Turn answers into figures: how far outside the interval, and how many callers moved."""
    low, high = map(int, binom.interval(0.999, answered.calls, SHARE))
    count, callers = answered.minority, len(answered.variants)
    outside = max(low - count, count - high, 0)
    moved = sum(len(set(variants)) > 1 for variants in answered.variants.values())
    pinned = sum(variants[0] == MINORITY for variants in answered.variants.values())
    return [
        Figure(f"{MINORITY}, calls outside {low} to {high}", outside, "calls", 0),
        Figure(f"{MINORITY}, of {answered.calls:,} calls by weight", count, "calls"),
        Figure(f"callers that changed variant, of {callers:,}", moved, "callers", 0),
        Figure(f"{MINORITY}, callers by name", pinned, "callers"),
    ]
