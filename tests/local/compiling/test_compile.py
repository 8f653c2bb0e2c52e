"""`stationcast compile`: its artifacts, its errors and its compilers."""

import json
import os
import shutil
import sys
import tarfile
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import xgboost
from click.testing import CliRunner

from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from local.commands.main import main
from local.compiling.compile import check, compile_model
from local.compiling.library import ADVICE, SOURCE, ZIG_TARGETS, Compiler, find_compiler
from local.compiling.trees import sample_rows, trees_of
from local.errors import CompilationError
from model.artifact import unpack
from model.boosters import Booster
from model.compiled import MAX_DEPTH, CompiledForest, library_name, this_platform
from tests.local.standin.test_container import HEADERS, client_of, starting
from tests.model.test_inference import answer, encode, to_lines

WITH_ZIG = pytest.mark.skipif(
    not (find_spec("ziglang") or os.environ.get("CI")),  # noqa: TID251 -- CI must have it
    reason="ziglang is not installed",
)


def names_in(path):
    """Return the names of the files in an artifact."""
    with tarfile.open(path) as tar:
        return set(tar.getnames())


def a_booster(**changes):
    """Train a small booster on noise, with three values in a leaf like ours."""
    random = np.random.default_rng(1)
    rows = random.normal(size=(3000, 5)).astype(np.float32)
    rows[random.random(rows.shape) < 0.2] = np.nan
    target = np.nan_to_num(rows[:, :3]).round(1) * 2 + random.normal(size=(3000, 3))
    settings = {"multi_strategy": "multi_output_tree", "nthread": 1, "max_depth": 4, "eta": 0.3}
    data = xgboost.DMatrix(rows, target)
    return Booster(xgboost.train(settings | changes, data, num_boost_round=5))


@pytest.fixture
def walk(compiled_path):
    """A function that compiles the trees of a booster."""
    library = load_model(compiled_path).forests["pressure"]
    return lambda booster: CompiledForest(trees_of(booster), library._walk)  # noqa: SLF001 -- it


def test_the_compiled_artifact(compiled_path, model_path):
    """It has code, trees and libraries instead of boosters, is smaller, and keeps the manifest."""
    names = names_in(compiled_path)
    compiled, model = load_model(compiled_path), load_model(model_path)

    assert {"model.json", "code/inference.py", "forests/pressure.trees"} <= names
    assert library_name(this_platform()) in names
    assert not any(name.startswith("boosters") for name in names)
    assert compiled_path.stat().st_size < model_path.stat().st_size
    kept = ("name", "targets", "calibration", "training", "scores")
    assert [getattr(compiled, n) for n in kept] == [getattr(model, n) for n in kept]


def test_the_same_model_is_the_same_bytes(compiled_path, model_path, tmp_path):
    """Compiling again gives the same bytes, so that a hash identifies the model."""
    compile_model(model_path, tmp_path / "again.tar.gz", find_compiler(), quiet)

    assert (tmp_path / "again.tar.gz").read_bytes() == compiled_path.read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"max_depth": 1},
        {"max_depth": MAX_DEPTH, "min_child_weight": 0},
        {"max_depth": 8, "min_child_weight": 60},
        {"min_child_weight": 1e9},
        {"base_score": 0.1},
        {"num_parallel_tree": 3, "subsample": 0.5},
    ],
)
def test_trees_of_any_shape(walk, changes):
    """Deep trees, lopsided trees and single leaves predict what their boosters predict."""
    booster = a_booster(**changes)
    forest = walk(booster)
    rows = sample_rows(forest.trees)

    assert forest.predict(rows).tobytes() == booster.predict(rows).tobytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"multi_strategy": "one_output_per_tree"}, "only trees with 3 values a leaf"),
        ({"booster": "gblinear"}, "only trees with 3 values a leaf"),
        (
            {"max_depth": MAX_DEPTH + 4, "min_child_weight": 0},
            f"levels, and at most {MAX_DEPTH} are compiled; train with --depth {MAX_DEPTH} or less",
        ),
    ],
)
def test_unsupported_trees(changes, words):
    """Other leaves, no trees and too many levels are refused; the error says what is possible."""
    if changes.get("booster"):
        # A linear booster has no leaves, and so no strategy for them.
        rows = np.eye(5, dtype=np.float32)
        data = xgboost.DMatrix(rows, rows[:, :3])
        booster = Booster(xgboost.train(changes, data, num_boost_round=1))
    else:
        booster = a_booster(**changes)

    with pytest.raises(CompilationError, match=words):
        trees_of(booster)


def test_different_predictions_are_refused(walk):
    """Trees that predict other numbers are refused; the error says for how many rows."""
    booster = a_booster()
    forest = walk(booster)
    other = CompiledForest(
        replace(forest.trees, base=forest.trees.base + np.float32(1)),
        forest._walk,  # noqa: SLF001
    )
    check("pm25", booster, forest)

    with pytest.raises(CompilationError, match=r"pm25: .* differ from XGBoost's on 20000 of 20000"):
        check("pm25", booster, other)


def test_a_compiled_model_is_not_compiled(compiled_path, tmp_path):
    """A compiled model is refused; the error asks for its source."""
    with pytest.raises(
        CompilationError, match="already compiled; give the model it was compiled from"
    ):
        compile_model(compiled_path, tmp_path / "again.tar.gz", find_compiler(), quiet)
    assert list(tmp_path.iterdir()) == []


def test_boosters_are_not_replaced(model_path):
    """The source is never overwritten, because only it can be compiled again."""
    before = model_path.read_bytes()

    with pytest.raises(CompilationError, match="would overwrite the source artifact"):
        compile_model(model_path, model_path, find_compiler(), quiet)
    assert model_path.read_bytes() == before


def test_a_compiler_that_refuses(model_path, tmp_path):
    """The error has the compiler's message, and nothing is written."""
    refusing = Compiler("our cc", {this_platform(): ("sh", "-c", "echo no space left >&2; exit 1")})

    with pytest.raises(CompilationError, match="our cc builds no library: no space left"):
        compile_model(model_path, tmp_path / "compiled.tar.gz", refusing, quiet)
    assert list(tmp_path.iterdir()) == []


@WITH_ZIG
def test_zig_builds_for_all_platforms(compiled_path):
    """One artifact runs on instances and in Lambda, on either processor."""
    assert set(find_compiler().commands) >= set(ZIG_TARGETS)
    assert {library_name(name) for name in ZIG_TARGETS} <= names_in(compiled_path)


@pytest.fixture
def no_zig(monkeypatch):
    """A Python that has no packages."""
    monkeypatch.setattr(sys, "path", [])


@pytest.mark.usefixtures("no_zig")
@pytest.mark.skipif(not shutil.which("cc"), reason="this machine has no C compiler")
def test_without_zig_this_machine_has_a_compiler():
    """The machine's compiler has a name, and builds an ELF file for this machine."""
    compiler = find_compiler()

    assert list(compiler.commands) == [this_platform()]
    assert compiler.name
    assert compiler.build(this_platform()).startswith(b"\x7fELF")


@pytest.mark.usefixtures("no_zig")
def test_without_any_compiler(monkeypatch, tmp_path):
    """The error says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CompilationError, match="no C compiler found: `uv pip install ziglang`"):
        find_compiler()
    assert "apt-get install gcc" in ADVICE


def test_the_source_names_no_machine():
    """The library contains no path of this machine."""
    assert str(SOURCE.parent).encode() not in find_compiler().build(this_platform())


def test_the_command(model_path, tmp_path):
    """It prints the platforms, the gain and the file."""
    source = tmp_path / "model.tar.gz"
    shutil.copy(model_path, source)
    result = CliRunner().invoke(main, ["compile", str(source)])

    assert result.exit_code == 0, result.output
    assert this_platform() in result.stdout
    assert "Trees of one request: " in result.stdout
    assert "MB, compiled " in result.stdout
    assert load_model(tmp_path / "model.compiled.tar.gz").name == "small"


def test_an_error_of_the_command(tmp_path):
    """An error is one line without a traceback."""
    (tmp_path / "model.tar.gz").write_bytes(b"no tar")
    result = CliRunner().invoke(main, ["compile", str(tmp_path / "model.tar.gz")])

    assert result.exit_code == 1
    assert "model.tar.gz: not a model artifact" in result.stderr


def test_a_container_serves_it(archive, model, compiled_path, tmp_path):
    """A container gives the same answers as with the boosters."""
    unpack(compiled_path, tmp_path)
    body = encode(to_lines(archive, 3))
    with starting(tmp_path) as (announcement, _), client_of(announcement) as client:
        got = client.post("/invocations", content=body, headers=HEADERS)

    assert got.status_code == 200
    assert [json.loads(line) for line in got.text.splitlines()] == answer(model, body)
