"""The model in a Lambda function and in a container: `python -m bench.lambda_model`.

    POST ── API ── boto3 ── Lambda's Invoke ── AWS's runtime ── the artifact's own code
                         └─ SageMaker Runtime ── container ───┘

Both serve the same compiled artifact, and the same API asks them in turn for the forecast of the
same station from the same reading. The function runs in Lambda's own runtime, from the bundle that
is deployed, and finds its artifact in an S3 on this machine. Needs Linux.

In a cold start the function's process starts, fetches the artifact, loads it and answers. What
Lambda does before that (placement, code, virtual machine) does not count, nor does the start of an
instance count for a container.
"""

import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from batch_jobs.progress import quiet
from bench.harness.bundles import build_bundle
from bench.harness.client import Caller, post
from bench.harness.container import running_container
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT
from bench.harness.lambda_service import NAME, model_function, serving_lambda
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.server import cpu_seconds_of, family_of
from bench.real_time.stations import Asked, Night, publish_night, serving_real_time
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from local.serving.api import lead_boto3
from local.standin.endpoint import Endpoint, running
from model.artifact import unpack
from scripts import bundle

ROUNDS, QUICK_ROUNDS = 15, 3
CALLS = 50

#: A POST over what it takes with a container. The model takes the same time in both, but the
#: emulator passes each event between processes, as Lambda does in its own way.
RATIO = 1.5
#: `EndpointSeconds` of the template: later than that, the caller gets the stored forecast.
COLD_SECONDS = 2.0
MOST_ZIPPED_MB = 20.0

FUNCTION, CONTAINER = "function", "container"
COLD, COMPILED, BOOSTERS = "function", "container, compiled", "container, XGBoost"

_PACKAGES = ("stationcast", "boto3", "numpy", "xgboost-cpu", "uvicorn")
_JSON_LINES = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}


class Taken(NamedTuple):
    """Seconds of the clock, and of a processor."""

    wall: float
    cpu: float


@benchmark(f"{QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure real time in a Lambda function: cold, warm, and its size."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        night, built = publish_night(folder), build_bundle("ModelFunction", folder / "bundles")
        compiled = folder / "compiled.tar.gz"
        compile_model(night.model, compiled, find_compiler(), quiet)
        warm = measure_warm(night, built, compiled, rounds)
        cold = measure_cold(night, built, compiled, rounds)
        figures = [*warm_figures(warm), *cold_figures(cold), *size_figures(built, compiled)]
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": night.about}
    return Report("lambda_model", used, figures)


def measure_warm(night: Night, built: Path, artifact: Path, rounds: int) -> dict[str, list[Taken]]:
    """Ask the function and the container in turn, by POST.

    Raises:
        ServerError: One does not answer by the model alone.
    """
    with ExitStack() as stack:
        enter = stack.enter_context
        emulator = enter(model_function(built, artifact, built.with_suffix(".log")))
        service = enter(serving_lambda(emulator))
        endpoint = enter(running(Endpoint(variants={"demo": str(artifact)})))
        lead_boto3(service.environment)
        url = {"STATIONCAST_ENDPOINT": f"lambda://{NAME}"}
        apis = [
            enter(serving_real_time(night, endpoint, built.with_suffix(".function"), url)),
            enter(serving_real_time(night, endpoint, built.with_suffix(".container"))),
        ]
        callers = [enter(closing(Caller(api.port))) for api in apis]
        containers = family_of(endpoint.pid)[1:]
        clocks: list[Callable[[], float]] = [
            emulator.cpu_seconds,
            lambda: sum(map(cpu_seconds_of, containers)),
        ]
        cases = {
            name: partial(ask, caller, night.asked[0], clock)
            for name, caller, clock in zip((FUNCTION, CONTAINER), callers, clocks, strict=True)
        }
        return measure_in_turn(cases, rounds, _milliseconds)


def ask(caller: Caller, asked: Asked, clock: Callable[[], float]) -> Taken:
    """Post `CALLS` times.

    Args:
        caller: A connection to the API.
        asked: The station and the reading.
        clock: Gives the processor time of the process that has the model.
    """
    walls, used = [], clock()
    for _ in range(CALLS):
        begun = time.perf_counter()
        caller.ask(asked.post)
        walls.append(time.perf_counter() - begun)
    return Taken(median(walls), (clock() - used) / CALLS)


def measure_cold(night: Night, built: Path, artifact: Path, rounds: int) -> dict[str, list[Taken]]:
    """Start the function and containers in turn, each until its first answer."""
    asked = night.asked[0]
    cases = {COLD: partial(start_function, built, artifact, asked)}
    with ExitStack() as stack:
        for name, path in ((COMPILED, artifact), (BOOSTERS, night.model)):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            unpack(path, folder)
            cases[name] = partial(start_container, folder, asked)
        return measure_in_turn(cases, rounds, _milliseconds)


def start_function(built: Path, artifact: Path, asked: Asked) -> Taken:
    """Start the function, ask it once, end it.

    Raises:
        ServerError: It did not forecast.
    """
    log = built.with_suffix(".log")
    with model_function(built, artifact, log) as emulator:
        begun = time.perf_counter()
        answer = json.loads(emulator.post(asked.text))
        wall = time.perf_counter() - begun
        if "values" not in answer:
            raise ServerError(f"the function did not forecast: {answer}\n{log.read_text()}")
        return Taken(wall, emulator.cpu_seconds())


def start_container(folder: Path, asked: Asked) -> Taken:
    """Start a container with an unpacked artifact, ask it once, end it.

    Raises:
        ServerError: It did not start, or did not forecast.
    """
    begun = time.perf_counter()
    with running_container(folder) as container, closing(Caller(container.port)) as caller:
        answer = caller.ask(post("/invocations", asked.text, _JSON_LINES))
        taken = Taken(time.perf_counter() - begun, container.cpu_seconds())
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        raise ServerError(f"the container did not forecast: {answer[:400].decode()}")
    return taken


def warm_figures(taken: Mapping[str, Sequence[Taken]]) -> list[Figure]:
    """Turn rounds into figures: the median of ratios within a round, then medians."""
    share = ratio(taken[FUNCTION], taken[CONTAINER], lambda each: each.wall)
    return [
        Figure(f"POST, {FUNCTION} / {CONTAINER}", share, "x", RATIO),
        *(Figure(f"POST, {name}: wall", _wall(each), "ms") for name, each in taken.items()),
        *(Figure(f"of it CPU of the {name}", _cpu(each), "ms") for name, each in taken.items()),
    ]


def cold_figures(taken: Mapping[str, Sequence[Taken]]) -> list[Figure]:
    """Turn starts into figures: medians."""
    most = {COLD: COLD_SECONDS * 1e3}
    return [
        *(Figure(f"cold, {n}: wall", _wall(each), "ms", most.get(n)) for n, each in taken.items()),
        *(Figure(f"cold, {name}: CPU", _cpu(each), "ms") for name, each in taken.items()),
    ]


def size_figures(built: Path, artifact: Path) -> list[Figure]:
    """Return the sizes of the function and of the artifact that it fetches."""
    size = bundle.size_of(built)
    return [
        Figure("bundle: zipped", size.zipped / 1e6, "MB", MOST_ZIPPED_MB),
        Figure("bundle: unpacked", size.unpacked / 1e6, "MB"),
        Figure("artifact, compiled", artifact.stat().st_size / 1e6, "MB"),
    ]


def _wall(taken: Sequence[Taken]) -> float:
    return median(each.wall for each in taken) * 1e3


def _cpu(taken: Sequence[Taken]) -> float:
    return median(each.cpu for each in taken) * 1e3


def _milliseconds(taken: Taken) -> str:
    return f"{taken.wall * 1e3:.2f} ms"


if __name__ == "__main__":
    main()
