"""Compiled forests give exactly XGBoost's numbers, without XGBoost."""

import json
import subprocess
import sys

import numpy as np
import pytest

from batch_jobs.transform import load_model
from local.compiling.trees import sample_rows
from model.artifact import save, unpack
from model.compiled import MAX_DEPTH, Trees, library_name, this_platform
from model.errors import ArtifactError
from tests.model.test_artifact import some_batch
from tests.model.test_inference import answer, encode, to_lines


@pytest.fixture(scope="module")
def compiled(compiled_path):
    """The small model after compilation."""
    return load_model(compiled_path)


@pytest.fixture
def unpacked(compiled_path, tmp_path):
    """The unpacked compiled artifact, in a folder that a test may damage."""
    unpack(compiled_path, tmp_path / "artifact")
    return tmp_path / "artifact"


@pytest.fixture
def trees(compiled):
    """The trees of one parameter."""
    return compiled.forests["temperature"].trees


@pytest.mark.parametrize("code", ["temperature", "pressure"])
def test_a_million_rows_are_the_same(model, compiled, code):
    """Half a million rows a parameter, at and near thresholds, missing and infinite."""
    rows = sample_rows(compiled.forests[code].trees, 500_000)
    said, expected = compiled.forests[code].predict(rows), model.forests[code].predict(rows)

    assert np.isnan(rows).any()
    assert np.isinf(rows).any()
    assert len(np.unique(expected, axis=0)) > 10_000
    assert said.tobytes() == expected.tobytes()


@pytest.mark.parametrize("count", [0, 1, 11, 12, 13, 24, 25])
def test_any_number_of_rows(compiled, count):
    """Rows are evaluated twelve at a time, and the rest get their own numbers too."""
    forest = compiled.forests["pressure"]
    rows = sample_rows(forest.trees, 100)

    assert forest.predict(rows[:count]).tobytes() == forest.predict(rows)[:count].tobytes()


def test_rows_may_lie_apart(compiled):
    """Rows that are not contiguous in memory, or have another type, give the same numbers."""
    forest = compiled.forests["pressure"]
    rows = sample_rows(forest.trees, 40)

    assert forest.predict(rows[::2]).tobytes() == forest.predict(rows)[::2].tobytes()
    assert forest.predict(rows.astype(np.float64)).tobytes() == forest.predict(rows).tobytes()


def test_rows_of_another_width_are_refused(compiled):
    """Rows of the wrong width are refused, because the library would read beyond them."""
    with pytest.raises(ValueError, match=r"rows must have \d+ features, not shape \(1, 3\)"):
        compiled.forests["pressure"].predict(np.zeros((1, 3), np.float32))


def test_the_same_forecasts(archive, model, compiled):
    """A compiled model answers as the boosters do, in a batch and line by line."""
    batch = some_batch(archive, 40)
    body = encode(to_lines(archive, 5))

    for code, prediction in model.predict(batch).items():
        np.testing.assert_array_equal(compiled.predict(batch)[code].values, prediction.values)
    assert answer(compiled, body) == answer(model, body)


def test_it_needs_no_xgboost(archive, model, unpacked):
    """The artifact works if XGBoost is not installed."""
    body = encode(to_lines(archive, 2))
    alone = """
import sys
sys.path[:0] = [sys.argv[1] + "/code"]
sys.modules |= {"xgboost": None, "scipy": None}
import inference
data = inference.input_fn(sys.stdin.buffer.read(), "application/jsonlines")
predicted = inference.predict_fn(data, inference.model_fn(sys.argv[1]))
sys.stdout.buffer.write(inference.output_fn(predicted, "application/jsonlines"))
"""
    done = subprocess.run(
        [sys.executable, "-c", alone, str(unpacked)],
        input=body,
        capture_output=True,
        cwd=unpacked,
        check=True,
    )

    assert [json.loads(line) for line in done.stdout.splitlines()] == answer(model, body)


def test_another_platform(unpacked):
    """If this machine has no library, the error lists the existing ones and says what to do."""
    path = unpacked / "model.json"
    manifest = json.loads(path.read_text())
    manifest["compiled"]["platforms"] = ["linux-riscv64"]
    path.write_text(json.dumps(manifest))

    with pytest.raises(ArtifactError, match=f"but this machine is {this_platform()}; "):
        load_model(unpacked)


def test_a_broken_library_is_named(unpacked):
    """Half a library, or one without our function, is named with what is wrong."""
    path = unpacked / library_name(this_platform())
    path.write_bytes(b"\x7fELF")

    with pytest.raises(ArtifactError, match=r"\.so: not a library for this machine: "):
        load_model(unpacked)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: content[:0], "not compiled trees: the first bytes are wrong"),
        (lambda content: content[:30], "not compiled trees: buffer is smaller"),
        (lambda content: content[:-4], r"not compiled trees: expected \d+ bytes, got \d+"),
        (
            lambda content: content[:24] + b"\x0d" + content[25:],
            f"not compiled trees: a tree does not have 0 to {MAX_DEPTH} levels",
        ),
        (
            lambda content: content[:4] + b"\x01" + content[5:],
            "not compiled trees: a node reads a feature beyond the 1 of a row",
        ),
        (
            lambda content: content[:4] + b"\xff" + content[5:],
            r"the compiled trees use 255 features, not \d\d",
        ),
    ],
)
def test_damaged_trees_are_named(unpacked, damage, words):
    """Damaged trees are refused before the library follows their indices."""
    path = unpacked / "forests" / "pressure.trees"
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(ArtifactError, match=rf"pressure\.trees: {words}"):
        load_model(unpacked)


def test_missing_trees_are_named(unpacked):
    """If a parameter has no file of trees, the error names it."""
    (unpacked / "forests" / "pressure.trees").unlink()

    with pytest.raises(ArtifactError, match=r"pressure\.trees: not compiled trees: "):
        load_model(unpacked)


def test_trees_are_read_as_they_were_written(trees):
    """Trees that are read and written again are the same bytes."""
    content = trees.to_bytes()
    again = Trees.from_bytes(content)

    assert again.to_bytes() == content
    np.testing.assert_array_equal(again.leaves, trees.leaves)
    np.testing.assert_array_equal(again.nodes, trees.nodes)


def test_a_compiled_model_is_not_saved_again(compiled, tmp_path):
    """A compiled model has no boosters to save; its artifact is the one to keep."""
    with pytest.raises(ArtifactError, match="temperature: compiled trees cannot be saved"):
        save(compiled, tmp_path / "again.tar.gz")
    assert list(tmp_path.iterdir()) == []
