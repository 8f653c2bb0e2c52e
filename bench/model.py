"""The model, compiled, compared with XGBoost's own prediction and with ONNX Runtime.

    python -m bench.model [--quick] [--json]

Three processes of one thread each are asked in turn: the artifact with boosters
(`Booster.inplace_predict`), the same artifact compiled, and ONNX Runtime in its own environment.
The trees alone get ready-made rows of features, of one request and of a batch; `predict_fn` is all
that a container does for a request except HTTP and JSON. The same follows for trees of ten levels.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from batch_jobs.transform import load_model
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import apart
from bench.harness.line_process import LineProcess, line_process
from bench.harness.model_process import REQUESTS
from bench.harness.rounds import measure_in_turn, ratio
from bench.peers.environments import Environment
from local.commands.progress import bar
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from local.demo.new_york import demo_observations
from local.demo.night import demo_model
from local.machine import let_idle_threads_sleep
from local.training.training import read_archive, train_model
from model.archive import Archive
from model.artifact import unpack
from model.boosters import Booster
from model.errors import ArtifactError
from model.features import (
    HISTORY_HOURS,
    LEAD_HOURS,
    Batch,
    features,
)
from model.prediction import Model
from model.scale import scale_of

HOME = Path(".stationcast")
ROOT = Path(__file__).resolve().parent.parent
PEER = Environment("onnxruntime", ("onnxruntime==1.32.0", "onnx==1.23.2", "numpy==2.4.6"))

ROUNDS, QUICK_ROUNDS = 15, 5
#: Stations of a batch: 24 rows for each parameter.
STATIONS, QUICK_STATIONS = 2000, 500
DEEP = 10

ENGINES = BOOSTERS, COMPILED, ONNX = "XGBoost", "compiled", "ONNX Runtime"
PROGRAM = ROOT / "bench" / "harness" / "model_process.py"
_PACKAGES = ("stationcast", "xgboost-cpu", "numpy")


class Seconds(NamedTuple):
    """Seconds of the clock, and of the processor."""

    wall: float
    cpu: float


class Engine(NamedTuple):
    """A process that predicts (`bench/harness/model_process.py`).

    Attributes:
        folder: Has its artifact and its rows.
        process: The process.
        load_seconds: From an unpacked artifact to a model, imports included.
    """

    folder: Path
    process: LineProcess
    load_seconds: float

    def ask(self, word: str) -> Seconds:
        """Have it do something; return how long that took.

        Raises:
            ServerError: It has ended.
        """
        return Seconds(*json.loads(self.process.ask(word)))


@contextmanager
def running(engine: str, folder: Path, peer: Path) -> Iterator[Engine]:
    """Run an engine with the files of *folder*.

    Raises:
        ServerError: It did not load.
    """
    python = peer / "bin" / "python" if engine == ONNX else sys.executable
    name = "onnxruntime" if engine == ONNX else "ours"
    ours = {} if engine == ONNX else {"PYTHONPATH": str(ROOT)}
    known = {"PATH": os.defpath, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"} | ours
    with line_process([python, "-P", PROGRAM, name, folder], known) as process:
        yield Engine(folder, process, Seconds(*json.loads(process.ask())).wall)


@benchmark("Fewer rounds and rows, and no deeper model.")
def main(*, quick: bool) -> Report:
    """Measure the compiled model."""
    peer = PEER.install()
    let_idle_threads_sleep()
    apart(demo_model, HOME, bar)
    figures = measure(HOME / "model.tar.gz", peer, quick=quick)
    if not quick:
        deep = measure(_deep_model(), peer, quick=quick)
        figures += [replace(figure, name=f"depth {DEEP}: {figure.name}") for figure in deep]
    compiler = {"compiler": find_compiler().name}
    used = versions(*_PACKAGES) | compiler | PEER.versions()
    return Report("model", used, figures)


def _archive() -> Archive:
    folder = HOME / "demo-observations" / "2013"
    if not folder.exists():
        demo_observations(folder)
    return read_archive(str(folder), None, bar)


def _deep_model() -> Path:
    path = HOME / f"bench-depth{DEEP}.tar.gz"
    try:
        load_model(path)
    except ArtifactError:  # there is none, or one of an earlier version
        apart(train_model, _archive(), f"depth{DEEP}", path, bar, DEEP)
    return path


def measure(artifact: Path, peer: Path, *, quick: bool) -> list[Figure]:
    """Measure a model.

    Args:
        artifact: An artifact with boosters.
        peer: The environment of ONNX Runtime.
        quick: Fewer rounds and rows.
    """
    stations, rounds = (QUICK_STATIONS, QUICK_ROUNDS) if quick else (STATIONS, ROUNDS)
    model, archive = load_model(artifact), _archive()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        compiled = Path(name, "compiled.tar.gz")
        compile_model(artifact, compiled, find_compiler(), bar)
        folders = {engine: Path(name, engine) for engine in ENGINES}
        for engine, folder in folders.items():
            unpack(compiled if engine == COMPILED else artifact, folder / "artifact")
            write_input(folder, model, archive, stations)
        python = str(peer / "bin" / "python")
        convert = [python, "-P", str(PROGRAM), "convert", str(folders[ONNX])]
        subprocess.run(convert, check=True)  # noqa: S603 -- our own words
        engines = {
            engine: stack.enter_context(running(engine, folder, peer))
            for engine, folder in folders.items()
        }
        times = measure_engines(engines, rounds)
        differences = largest_differences(engines)
        sizes = artifact.stat().st_size, compiled.stat().st_size
    loads = [Figure(f"load, {e}", one.load_seconds, "s") for e, one in engines.items()]
    size = Figure("artifact, compiled / XGBoost", sizes[1] / sizes[0], "x")
    rows = stations * LEAD_HOURS * len(model.parameters)
    return [*time_figures(times, rows), *differences, *loads, size]


def write_input(folder: Path, model: Model, archive: Archive, stations: int) -> None:
    """Write what an engine predicts from: a transform line, and rows for each parameter."""
    random = np.random.default_rng(1)
    chosen = random.integers(0, len(archive.values), stations)
    hours = random.integers(HISTORY_HOURS, archive.hours - LEAD_HOURS, stations)
    batch = archive.select(model.parameters).batch(chosen, hours)
    line = {
        "station_id": "JFK",
        "latitude": float(batch.latitude[0]),
        "longitude": float(batch.longitude[0]),
        "elevation": float(batch.elevation[0]),
        "issue_time": archive.time(int(hours[0])),
        "history": {code: _numbers(batch, at) for at, code in enumerate(model.parameters)},
    }
    (folder / "line.json").write_text(json.dumps(line))
    for at, target in enumerate(model.targets):
        scale = scale_of(batch.history[:, at], target.min_spread)
        rows = features(batch, at, scale)
        np.save(folder / f"{target.code}-request.npy", rows[0])
        np.save(folder / f"{target.code}-batch.npy", rows.reshape(-1, rows.shape[-1]))
        forest = model.forests[target.code]
        if isinstance(forest, Booster):
            (folder / f"{target.code}.json").write_bytes(forest.booster.save_raw("json"))


def _numbers(batch: Batch, index: int) -> list[float | None]:
    series = batch.history[0, index].tolist()
    return [None if np.isnan(value) else round(value, 2) for value in series]


def measure_engines(engines: Mapping[str, Engine], rounds: int) -> dict[str, list[Seconds]]:
    """Ask all engines for the same, in turn.

    Returns:
        The measurements by question and engine: `request XGBoost`.
    """
    asked = [(word, name) for word in ("request", "batch") for name in engines]
    asked += [("predict_fn", name) for name in (BOOSTERS, COMPILED)]
    cases = {f"{word} {name}": partial(engines[name].ask, word) for word, name in asked}
    return measure_in_turn(cases, rounds, lambda taken: f"{taken.cpu * 1e3:.1f} ms")


def largest_differences(engines: Mapping[str, Engine]) -> list[Figure]:
    """Compare the trees' values for every row of the batch with XGBoost's."""
    for engine in engines.values():
        engine.ask("values")
    expected = engines[BOOSTERS].folder
    return [
        Figure(
            f"largest difference of {name} from XGBoost",
            max(
                float(np.abs(np.load(path) - np.load(engine.folder / path.name)).max())
                for path in expected.glob("*-values.npy")
            ),
            "",
            0.0 if name == COMPILED else None,
        )
        for name, engine in engines.items()
        if name != BOOSTERS
    ]


def time_figures(times: Mapping[str, list[Seconds]], rows: int) -> list[Figure]:
    """Make figures of medians; ratios are medians of those within a round.

    Args:
        times: As `measure_engines` returns them.
        rows: The rows of a batch, of all parameters.
    """
    found = [
        _ratio("trees of a request", times, "request", COMPILED, 1 / 3),
        _ratio("trees of a batch", times, "batch", COMPILED, 1 / 1.5),
        _ratio("predict_fn", times, "predict_fn", COMPILED),
        _ratio("trees of a request", times, "request", ONNX),
        _ratio("trees of a batch", times, "batch", ONNX),
    ]
    for name, taken in times.items():
        word, _, engine = name.partition(" ")
        wall, cpu = (median(column) for column in zip(*taken, strict=True))
        if word == "batch":
            found.append(Figure(f"batch, {engine}, rows a core-second", rows / cpu, "1/s"))
        else:
            per_request = 1e3 / REQUESTS
            found.append(Figure(f"{word}, {engine}", wall * per_request, "ms"))
            found.append(Figure(f"{word}, {engine}, processor", cpu * per_request, "ms"))
    return found


def _ratio(
    what: str,
    times: Mapping[str, list[Seconds]],
    word: str,
    engine: str,
    target: float | None = None,
) -> Figure:
    value = ratio(times[f"{word} {engine}"], times[f"{word} {BOOSTERS}"], lambda taken: taken.cpu)
    return Figure(f"{what}: processor time, {engine} / XGBoost", value, "x", target)


if __name__ == "__main__":
    main()
