"""The last day's inputs are compared with the time of training."""

import json
import logging
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from batch_jobs.input_drift import compare_inputs, network_in_artifact
from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.read import Observations
from batch_jobs.observations.report import ReadReport
from batch_jobs.transform import load_model
from forecasts.run import HISTORY_HOURS, RunState
from forecasts.runs import get_run
from model.artifact import unpack
from model.network import QUANTILES, Network
from tests.factories import ISSUE_TIME, a_station

STATIONS = tuple(a_station(id=f"S{number}") for number in range(40))
#: Of a standard normal distribution.
NORMAL = dict(zip(QUANTILES, (-2.326, -1.645, -0.674, 0.0, 0.674, 1.645, 2.326), strict=True))
TRAINED = {"temperature": Network(40, (40.0, 41.0), 0.05, NORMAL, NORMAL)}


@pytest.fixture
def observed():
    """Observations like those of training; nobody measures pressure."""
    values = np.random.default_rng(1).normal(size=(len(STATIONS), 2, HISTORY_HOURS))
    values[:, 1] = np.nan
    codes = ("temperature", "pressure")
    return Observations(STATIONS, codes, ISSUE_TIME, values.astype(np.float32), ReadReport())


def drift_of(observed, network):
    """Compare; return what the report says, which names no failure."""
    observed = replace(observed, report=ReadReport())
    compare_inputs(observed, lambda: network)
    assert observed.report.inputs_not_compared == []
    return observed.report.inputs


def test_inputs_like_those_of_training(observed):
    """Some 2 % are outside, and quantiles and missing hours stand beside those of training."""
    observed.values[:30, 0, -6:] = np.nan
    observed.values[30:, 0] = np.nan
    drift = drift_of(observed, TRAINED)["temperature"]

    assert drift["stations"] == 30
    assert drift["missing"] == 0.25
    assert drift["outside"] < 0.05
    assert drift["quantiles"] == pytest.approx(NORMAL, abs=0.6)
    assert drift["quantiles"]["p50"] == pytest.approx(0, abs=0.15)
    assert drift["trained"] == {"missing": 0.05, "quantiles": NORMAL}


def test_another_unit(observed):
    """A unit that changes yesterday is seen, and the days before do not hide it."""
    observed.values[:, 0, -24:] = observed.values[:, 0, -24:] * 1.8 + 32
    assert drift_of(observed, TRAINED)["temperature"]["outside"] == 1

    observed.values[:, 0, -24:] = 0
    assert drift_of(observed, TRAINED)["temperature"]["outside"] == 0


def test_nothing_to_compare(observed):
    """A silent parameter has no quantiles; one that the model does not know is left out."""
    observed.values[:, 0, -24:] = np.nan
    drift = drift_of(observed, TRAINED)

    assert drift == {
        "temperature": {
            "stations": 40,
            "missing": 1,
            "trained": {"missing": 0.05, "quantiles": NORMAL},
        }
    }
    silent = replace(observed, values=np.full_like(observed.values, np.nan))
    assert drift_of(silent, TRAINED)["temperature"]["missing"] == 1
    assert drift_of(observed, {}) == {}


def test_the_artifact_knows(model, model_path):
    """What a model learned on is read from its artifact, without its forests."""
    assert network_in_artifact(str(model_path)) == model.network
    assert set(model.network) == set(model.parameters)


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"\x1f\x8b\x08\x00"])
def test_no_artifact(tmp_path, observed, caplog, content):
    """Without a readable artifact nothing is compared; the report and the log say why."""
    path = tmp_path / "model.tar.gz"
    if content is not None:
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        compare_inputs(observed, partial(network_in_artifact, str(path)))
    (reason,) = observed.report.inputs_not_compared

    assert observed.report.inputs == {}
    assert reason.startswith(
        ("the model's network: FileError: ", "the model's network: ArtifactError: ")
    )
    assert "a problem with the model's network" in caplog.text


@pytest.mark.parametrize("damage", [{"p01": float("nan")}, {"p50": float("inf")}])
def test_a_night_with_a_damaged_description(
    store, model_path, observations, clock, tmp_path, damage
):
    """What the model says of one parameter is no number: the night is published, and names it."""
    unpack(model_path, tmp_path)
    path = tmp_path / "model.json"
    manifest = json.loads(path.read_text())
    manifest["network"]["pressure"]["quantiles"] |= damage
    path.write_text(json.dumps(manifest))
    night = Night(store, load_model(tmp_path), str(observations), ISSUE_TIME, clock)
    run = run_night(night)
    (reason,) = get_run(store, run.id).report["observations"]["inputs_not_compared"]

    assert run.state is RunState.PUBLISHED
    assert reason.startswith("pressure: ValueError: ")
    assert list(run.report["observations"]["inputs"]) == ["temperature"]
