"""The last day's inputs are compared with the time of training."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.input_drift import input_drift, network_of
from batch_jobs.observations.read import Observations
from batch_jobs.observations.report import ReadReport
from forecasts.run import HISTORY_HOURS
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


def test_inputs_like_those_of_training(observed):
    """Some 2 % are outside, and quantiles and missing hours stand beside those of training."""
    observed.values[:30, 0, -6:] = np.nan
    observed.values[30:, 0] = np.nan
    drift = input_drift(observed, TRAINED)["temperature"]

    assert drift["stations"] == 30
    assert drift["missing"] == 0.25
    assert drift["outside"] < 0.05
    assert drift["quantiles"] == pytest.approx(NORMAL, abs=0.6)
    assert drift["quantiles"]["p50"] == pytest.approx(0, abs=0.15)
    assert drift["trained"] == {"missing": 0.05, "quantiles": NORMAL}


def test_another_unit(observed):
    """A unit that changes yesterday is seen, and the days before do not hide it."""
    observed.values[:, 0, -24:] = observed.values[:, 0, -24:] * 1.8 + 32
    assert input_drift(observed, TRAINED)["temperature"]["outside"] == 1

    observed.values[:, 0, -24:] = 0
    assert input_drift(observed, TRAINED)["temperature"]["outside"] == 0


def test_nothing_to_compare(observed):
    """A silent parameter has no quantiles; one that the model does not know is left out."""
    observed.values[:, 0, -24:] = np.nan
    drift = input_drift(observed, TRAINED)

    assert drift == {
        "temperature": {
            "stations": 40,
            "missing": 1,
            "trained": {"missing": 0.05, "quantiles": NORMAL},
        }
    }
    silent = replace(observed, values=np.full_like(observed.values, np.nan))
    assert input_drift(silent, TRAINED)["temperature"]["missing"] == 1
    assert input_drift(observed, {}) == {}


def test_the_artifact_knows(model, model_path):
    """What a model learned on is read from its artifact, without its forests."""
    assert network_of(str(model_path)) == model.network
    assert set(model.network) == set(model.parameters)


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"\x1f\x8b\x08\x00"])
def test_no_artifact(tmp_path, caplog, content):
    """Without a readable artifact nothing is compared, and the log says why."""
    path = tmp_path / "model.tar.gz"
    if content is not None:
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert network_of(str(path)) == {}
    assert "Inputs are not compared with training" in caplog.text
