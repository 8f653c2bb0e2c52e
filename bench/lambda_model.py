"""The model in a Lambda function, beside a SageMaker container: `python -m bench.lambda_model`.

    POST ── API ── boto3 ── Lambda's Invoke ── AWS's runtime ── the artifact's own code
                         └─ SageMaker Runtime ── container ───┘

Both stand-ins serve the same compiled artifact, and the same API asks them for the forecast of the
same station from the same reading, in turn. The function runs in Lambda's own runtime, from the
bundle that is deployed, and finds its artifact in an S3 on this machine. Needs Linux.

Cold: the function's process starts, fetches the artifact, loads it and answers. What Lambda does
before that (place, code, virtual machine) is not in it, nor is the instance in the container's.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.console import Console

from batch_jobs.progress import quiet
from bench.harness.client import Caller, post
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, machine, versions
from bench.harness.inputs import ABOUT
from bench.harness.lambda_service import NAME, model_function, serving_lambda
from bench.harness.server import cpu_seconds_of, family_of
from bench.real_time.stations import publish_night, serving_real_time
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from local.serving.api import lead_boto3
from local.standin.child_process import read_announcement
from local.standin.endpoint import Endpoint, running
from model.artifact import unpack
from scripts import bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.real_time.stations import Asked, Night

ROUNDS, QUICK_ROUNDS = 15, 3
CALLS = 50

#: A POST may take this many times what it takes with a container. The emulator hands each event on
#: between processes, as Lambda does in its own way; the model takes the same time in both.
RATIO = 1.5
#: `EndpointSeconds` of the template: after so long the first caller gets the stored forecast.
COLD_SECONDS = 2.0
MOST_ZIPPED_MB = 20.0

FUNCTION, CONTAINER = "function", "container"
COLD, COMPILED, BOOSTERS = (
    "function",
    "container, compiled",
    "container, XGBoost",
)

_PACKAGES = ("stationcast", "boto3", "numpy", "xgboost-cpu", "uvicorn")
_JSON_LINES = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
_progress = Console(stderr=True)


class Taken(NamedTuple):
    """What something took, in seconds: by the clock, and of a processor."""

    wall: float
    cpu: float


@dataclass
class Case:
    """What is measured again and again.

    Attributes:
        name: For people.
        measure: Does it once.
        taken: Filled.
    """

    name: str
    measure: Callable[[], Taken]
    taken: list[Taken] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median, in milliseconds."""
        return median(each.wall for each in self.taken) * 1e3

    @property
    def cpu(self) -> float:
        """Median, in milliseconds."""
        return median(each.cpu for each in self.taken) * 1e3


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_ROUNDS} rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, quick: bool, as_json: bool) -> None:
    """Measure real time in a Lambda function: cold, warm, and what it carries."""
    before = machine()
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        night, built = publish_night(folder), make_bundle(folder)
        compiled = folder / "compiled.tar.gz"
        compile_model(night.model, compiled, find_compiler(), quiet)
        warm = measure_warm(night, built, compiled, rounds)
        cold = measure_cold(night, built, compiled, rounds)
        figures = [*warm_figures(warm), *cold_figures(cold), *size_figures(built, compiled)]
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": night.about}
    Report("lambda_model", used, figures).show(before, as_json=as_json)


def make_bundle(folder: Path) -> Path:
    """Build the function's bundle for this processor and this Python; return its folder.

    Raises:
        BundleError: It cannot be built.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = bundle.Target(platform.machine(), python, sys.executable)
    bundle.build("ModelFunction", target, folder / "bundles")
    return folder / "bundles" / "ModelFunction"


def measure_warm(night: Night, built: Path, artifact: Path, rounds: int) -> list[Case]:
    """Ask the function and the container in turn, by POST; the first round does not count.

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
        cases = [
            Case(name, _asking(caller, night.asked[0], clock))
            for name, caller, clock in zip((FUNCTION, CONTAINER), callers, clocks, strict=True)
        ]
        _in_turn(cases, rounds)
    return cases


def _asking(caller: Caller, asked: Asked, clock: Callable[[], float]) -> Callable[[], Taken]:
    """Return what posts `CALLS` times; *clock* tells the processor time of who has the model."""

    def measure() -> Taken:
        walls, used = [], clock()
        for _ in range(CALLS):
            begun = time.perf_counter()
            caller.ask(asked.post)
            walls.append(time.perf_counter() - begun)
        return Taken(median(walls), (clock() - used) / CALLS)

    return measure


def measure_cold(night: Night, built: Path, artifact: Path, rounds: int) -> list[Case]:
    """Start the function and containers in turn, each until its first answer."""
    asked = night.asked[0]
    with ExitStack() as stack:
        containers = {}
        for name, path in ((COMPILED, artifact), (BOOSTERS, night.model)):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            unpack(path, folder)
            containers[name] = folder
        cases = [
            Case(COLD, lambda: start_function(built, artifact, asked)),
            *(Case(name, _starting(folder, asked)) for name, folder in containers.items()),
        ]
        _in_turn(cases, rounds)
    return cases


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


def _starting(folder: Path, asked: Asked) -> Callable[[], Taken]:
    return lambda: start_container(folder, asked)


def start_container(folder: Path, asked: Asked) -> Taken:
    """Start a container over an unpacked artifact, ask it once, end it.

    Raises:
        ServerError: It did not start, or did not forecast.
    """
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "local.standin.container", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
    ) as process:
        ready = read_announcement(process.stdout.readline() if process.stdout else b"")
        if "error" in ready:
            raise ServerError(f"the container did not start: {ready['error']}")
        with closing(Caller(int(ready["port"]))) as caller:
            answer = caller.ask(post("/invocations", asked.text, _JSON_LINES))
        taken = Taken(time.perf_counter() - begun, cpu_seconds_of(process.pid))
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        raise ServerError(f"the container did not forecast: {answer[:400].decode()}")
    return taken


def warm_figures(cases: Sequence[Case]) -> list[Figure]:
    """Turn rounds into figures: medians, and the median of ratios within a round."""
    function, container = cases
    pairs = zip(function.taken, container.taken, strict=True)
    ratio = median(ours.wall / theirs.wall for ours, theirs in pairs)
    return [
        Figure(f"POST, {FUNCTION} / {CONTAINER}", ratio, "x", RATIO),
        *(Figure(f"POST, {case.name}: wall", case.wall, "ms") for case in cases),
        *(Figure(f"of it CPU of the {case.name}", case.cpu, "ms") for case in cases),
    ]


def cold_figures(cases: Sequence[Case]) -> list[Figure]:
    """Turn starts into figures."""
    most = {COLD: COLD_SECONDS * 1e3}
    return [
        *(Figure(f"cold, {c.name}: wall", c.wall, "ms", most.get(c.name)) for c in cases),
        *(Figure(f"cold, {c.name}: CPU", c.cpu, "ms") for c in cases),
    ]


def size_figures(built: Path, artifact: Path) -> list[Figure]:
    """Say how large the function and what it fetches are."""
    size = bundle.size_of(built)
    return [
        Figure("bundle: zipped", size.zipped / 1e6, "MB", MOST_ZIPPED_MB),
        Figure("bundle: unpacked", size.unpacked / 1e6, "MB"),
        Figure("artifact, compiled", artifact.stat().st_size / 1e6, "MB"),
    ]


def _in_turn(cases: Sequence[Case], rounds: int) -> None:
    for number in range(rounds + 1):
        taken = [case.measure() for case in cases]
        walls = ", ".join(f"{each.wall * 1e3:.2f}" for each in taken)
        _progress.print(f"Round {number} of {rounds}: ms {walls}")
        if number:  # the first one fills the disk cache
            for case, each in zip(cases, taken, strict=True):
                case.taken.append(each)


if __name__ == "__main__":
    main()
