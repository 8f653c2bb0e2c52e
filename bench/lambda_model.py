"""A cold start of the model in a Lambda function: `python -m bench.lambda_model`.

The function's process starts in Lambda's own runtime, from the bundle that is deployed, fetches a
compiled artifact from an S3 on this machine, loads it and answers. What Lambda does before that
(placement, code, virtual machine) does not count. `bench.real_time` measures the function once it
is warm. Needs Linux.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from batch_jobs.progress import quiet
from bench.harness.bundles import build_bundle
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT
from bench.harness.lambda_service import model_function
from bench.harness.rounds import measure_in_turn
from bench.real_time.stations import publish_night
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from scripts import bundle

ROUNDS, QUICK_ROUNDS = 15, 3

#: `EndpointSeconds` of the template: later than that, the caller gets the stored forecast.
COLD_SECONDS = 2.0
MOST_ZIPPED_MB = 20.0

_PACKAGES = ("stationcast", "numpy", "xgboost-cpu")


class Start(NamedTuple):
    """A cold start: seconds of the clock, and of the processor."""

    wall: float
    cpu: float


@benchmark(f"{QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure cold starts of the model's function, and its size."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        night, built = publish_night(folder), build_bundle("ModelFunction", folder / "bundles")
        artifact = folder / "compiled.tar.gz"
        compile_model(night.model, artifact, find_compiler(), quiet)
        start = partial(start_function, built, artifact, night.asked[0].text)
        taken = measure_in_turn({"function": start}, rounds, lambda t: f"{t.wall * 1e3:.0f} ms")
        figures = [*cold_figures(taken["function"]), *size_figures(built, artifact)]
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": night.about}
    return Report("lambda_model", used, figures)


def start_function(built: Path, artifact: Path, line: bytes) -> Start:
    """Start the function, send it a transform line, end it.

    Raises:
        ServerError: It did not forecast.
    """
    log = built.with_suffix(".log")
    with model_function(built, artifact, log) as emulator:
        begun = time.perf_counter()
        answer = json.loads(emulator.post(line))
        wall = time.perf_counter() - begun
        if "values" not in answer:
            raise ServerError(f"the function did not forecast: {answer}\n{log.read_text()}")
        return Start(wall, emulator.cpu_seconds())


def cold_figures(starts: Sequence[Start]) -> list[Figure]:
    """Turn starts into figures: medians."""
    wall, cpu = (median(times) * 1e3 for times in zip(*starts, strict=True))
    return [
        Figure("cold start: wall", wall, "ms", COLD_SECONDS * 1e3),
        Figure("cold start: CPU", cpu, "ms"),
    ]


def size_figures(built: Path, artifact: Path) -> list[Figure]:
    """Return the sizes of the function and of the artifact that it fetches."""
    size = bundle.size_of(built)
    return [
        Figure("bundle: zipped", size.zipped / 1e6, "MB", MOST_ZIPPED_MB),
        Figure("bundle: unpacked", size.unpacked / 1e6, "MB"),
        Figure("artifact, compiled", artifact.stat().st_size / 1e6, "MB"),
    ]


if __name__ == "__main__":
    main()
