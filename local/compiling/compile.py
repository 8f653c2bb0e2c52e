"""Compiles a model: from an artifact with boosters to one that needs no XGBoost.

An artifact is written only if its results on rows that are hard for trees are the same to the last
bit.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from batch_jobs.progress import Track
from local.compiling.library import Compiler
from local.compiling.trees import sample_rows, trees_of
from local.errors import CompilationError
from model.artifact import load, unpack, write
from model.boosters import Booster
from model.compiled import (
    CompiledForest,
    Trees,
    library_name,
    open_library,
    this_platform,
    trees_name,
)
from model.features import LEAD_HOURS, Floats
from model.forest import Forest

_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Compiled:
    """The result of compiling.

    Attributes:
        platforms: The platforms that the artifact runs on.
        compiler: The compiler that built its libraries.
        bytes_before: Size of the artifact with boosters.
        bytes_after: Size of the compiled artifact.
        seconds_before: Median time of the boosters for a request: all parameters, 24 lead times.
        seconds_after: Median time of the compiled trees for the same.
    """

    platforms: tuple[str, ...]
    compiler: str
    bytes_before: int
    bytes_after: int
    seconds_before: float
    seconds_after: float


def compile_model(source: Path, output: Path, compiler: Compiler, track: Track) -> Compiled:
    """Compile an artifact; write the result atomically.

    Args:
        source: The artifact, a `model.tar.gz`.
        output: The compiled artifact; the same model and compiler give the same bytes.
        compiler: Builds the libraries.
        track: Shows progress.

    Raises:
        ArtifactError: *source* is not an artifact.
        CompilationError: It is already compiled, or cannot be compiled; says why.
    """
    manifest, boosters = _read(source)
    if output.resolve() == source.resolve():
        raise CompilationError(
            f"{output}: would overwrite the source artifact; give another --output"
        )
    platforms = sorted(compiler.commands)
    building = track(platforms, "Building", len(platforms))
    libraries = {library_name(each): compiler.build(each) for each in building}
    compiling = track(boosters.items(), "Compiling", len(boosters))
    trees = {code: trees_of(booster) for code, booster in compiling}
    forests = _forests(trees, libraries[library_name(this_platform())])
    for code, forest in track(forests.items(), "Checking", len(forests)):
        check(code, boosters[code], forest)
    files = {trees_name(code): each.to_bytes() for code, each in trees.items()} | libraries
    write(output, manifest | _how(compiler), files)
    sizes = source.stat().st_size, output.stat().st_size
    return Compiled(tuple(platforms), compiler.name, *sizes, *_times(boosters, forests))


def check(code: str, booster: Forest, forest: CompiledForest) -> None:
    """Check that a compiled forest and its booster predict the same, to the last bit.

    Raises:
        CompilationError: They differ.
    """
    rows = sample_rows(forest.trees)
    wrong = int((forest.predict(rows) != booster.predict(rows)).any(axis=-1).sum())
    if wrong:
        raise CompilationError(
            f"{code}: the compiled trees differ from XGBoost's on {wrong} of {len(rows)} rows; "
            "nothing was written"
        )


def _read(source: Path) -> tuple[dict[str, Any], dict[str, Booster]]:
    with tempfile.TemporaryDirectory() as name:
        unpack(source, Path(name))
        forests = load(Path(name)).forests
        manifest = json.loads(Path(name, "model.json").read_bytes())
    boosters = {code: each for code, each in forests.items() if isinstance(each, Booster)}
    if len(boosters) < len(forests):
        raise CompilationError(f"{source}: already compiled; give the model it was compiled from")
    for booster in boosters.values():
        # As in the container of an endpoint: a request is too small to share between threads.
        booster.booster.set_param({"nthread": 1})
    return manifest, boosters


def _forests(trees: Mapping[str, Trees], library: bytes) -> dict[str, CompiledForest]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "walker.so")
        path.write_bytes(library)
        walk = open_library(path)
    return {code: CompiledForest(each, walk) for code, each in trees.items()}


def _how(compiler: Compiler) -> dict[str, Any]:
    return {"compiled": {"platforms": sorted(compiler.commands), "compiler": compiler.name}}


def _times(
    boosters: Mapping[str, Forest], forests: Mapping[str, CompiledForest]
) -> tuple[float, float]:
    """Return the median seconds of boosters and compiled trees for a request, run in turn."""
    rows = {code: sample_rows(forest.trees, LEAD_HOURS) for code, forest in forests.items()}
    before, after = [], []
    for _ in range(_ROUNDS):
        before.append(_seconds(boosters, rows))
        after.append(_seconds(forests, rows))
    return median(before), median(after)


def _seconds(forests: Mapping[str, Forest], rows: Mapping[str, Floats]) -> float:
    start = time.perf_counter()
    for code, forest in forests.items():
        forest.predict(rows[code])
    return time.perf_counter() - start
