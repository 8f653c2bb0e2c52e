"""The benchmark of the model: engines as processes, their input, and figures."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bench.harness.errors import ServerError
from bench.model import (
    BOOSTERS,
    COMPILED,
    ONNX,
    PROGRAM,
    Seconds,
    largest_differences,
    measure_engines,
    running,
    time_figures,
    write_input,
)
from model.artifact import unpack

NO_PEER = Path(sys.prefix)


@pytest.fixture
def engines(archive, model, model_path, compiled_path, tmp_path):
    """The small model in both forms, each in a process of its own."""
    folders = {
        BOOSTERS: (model_path, tmp_path / "one"),
        COMPILED: (compiled_path, tmp_path / "two"),
    }
    for artifact, folder in folders.values():
        unpack(artifact, folder / "artifact")
        write_input(folder, model, archive, 20)
    with (
        running(BOOSTERS, folders[BOOSTERS][1], NO_PEER) as boosters,
        running(COMPILED, folders[COMPILED][1], NO_PEER) as compiled,
    ):
        yield {BOOSTERS: boosters, COMPILED: compiled}


def test_engines_are_asked_in_turn(engines):
    """Every engine gets the same questions equally often; the first round does not count."""
    times = measure_engines(engines, 2)

    words = ("request", "batch", "predict_fn")
    assert set(times) == {f"{word} {name}" for word in words for name in engines}
    assert {len(taken) for taken in times.values()} == {2}
    assert all(each.wall > 0 for taken in times.values() for each in taken)


def test_compiled_trees_do_not_differ(engines):
    """Each engine writes the trees' values of the batch, and they are equal."""
    (figure,) = largest_differences(engines)
    folder = engines[BOOSTERS].folder
    written = np.load(folder / "pressure-values.npy")

    assert (figure.value, figure.met) == (0, True)
    assert written.shape == (20 * 24, 3)
    assert len(np.unique(written, axis=0)) > 20


def test_an_engine_that_ends_is_no_measurement(tmp_path):
    """Without an artifact there are no figures."""
    with (
        pytest.raises(ServerError, match="the process has ended"),
        running(COMPILED, tmp_path, NO_PEER),
    ):
        pass


def test_ratios_are_of_processor_time_in_one_round():
    """Ratios are of the same round; a batch is counted in rows a core-second."""
    times = {
        f"{word} {name}": [Seconds(9.0, cpu * slow) for slow in (1.0, 3.0, 2.0)]
        for word in ("request", "batch", "predict_fn")
        for name, cpu in ((BOOSTERS, 1.0), (COMPILED, 0.25), (ONNX, 0.5))
    }
    figures = {figure.name: figure.value for figure in time_figures(times, 1000)}

    assert figures["trees of a request: processor time, compiled / XGBoost"] == 0.25
    assert figures["trees of a batch: processor time, ONNX Runtime / XGBoost"] == 0.5
    assert figures["batch, compiled, rows a core-second"] == 2000


def test_the_peer_needs_nothing_of_ours():
    """The process runs in an environment that has numpy and none of our packages."""
    source = PROGRAM.read_text()
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]

    assert not any(word in line for line in imports for word in ("model", "bench", "local"))
