"""What changes in ratios, such as a pollutant, is forecast by its logarithms."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.progress import quiet
from batch_jobs.training.targets import targets_of
from batch_jobs.transform import load_model
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from model.archive import Archive
from model.artifact import save, unpack
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.scale import scale_of
from model.training import train
from tests.model.test_inference import answer, encode, to_lines

CODES = ("pm25", "temperature")


@pytest.fixture(scope="module")
def smoke():
    """Two stations: wind takes four fifths of the particles away, however many there are."""
    random = np.random.default_rng(3)
    logs = np.cumsum(random.normal(0.03, 0.1, (2, 2000)), axis=-1)
    for hour in range(40, 2000, 60):
        logs[:, hour:] -= random.uniform(1.2, 2.2)
    warmth = 10 + 5 * np.sin(np.arange(2000) / 24 * 2 * np.pi) + random.normal(0, 2, logs.shape)
    values = np.stack(
        [np.exp(logs - logs.mean(axis=-1)[:, None] + 4).clip(0, 1500), warmth], axis=1
    )
    return Archive(
        stations=("here", "there"),
        parameters=CODES,
        decimals=(1, 1),
        values=values.astype(np.float32),
        latitude=np.array([40, 41], np.float32),
        longitude=np.array([116, 117], np.float32),
        elevation=np.array([40, 50], np.float32),
        first_hour=380_000,
        covariates=(),
        ahead=np.empty((2, 0, 2000), np.float32),
    )


@pytest.fixture(scope="module")
def smoke_model(smoke):
    """A model of both."""
    return train(smoke, targets_of(CODES), "smoke", quiet, depth=2)


@pytest.fixture(scope="module")
def smoke_path(smoke_model, tmp_path_factory):
    """Its artifact."""
    path = tmp_path_factory.mktemp("smoke") / "model.tar.gz"
    save(smoke_model, path)
    return path


@given(st.floats(0.01, 1000), st.integers(0, 2**32 - 1))
def test_a_scale_of_ratios(factor, seed):
    """It undoes itself, and a series that is larger by a factor looks the same."""
    random = np.random.default_rng(seed)
    series = random.lognormal(2, 1, (2, HISTORY_HOURS)).astype(np.float32)
    series[0, random.random(HISTORY_HOURS) < 0.2] = np.nan
    larger = (series.astype(np.float64) * factor).astype(np.float32)
    ratios = np.array([True, False])
    scale = scale_of(series, 1e-9, False, ratios)  # noqa: FBT003
    relative = scale.relative(series)

    assert scale.absolute(relative) == pytest.approx(series, rel=1e-5, nan_ok=True)
    of_larger = scale_of(larger, 1e-9, False, ratios).relative(larger)  # noqa: FBT003
    assert of_larger == pytest.approx(relative, abs=1e-3, nan_ok=True)


def test_ratios_of_clean_air():
    """A series of zeros, or of less, has a spread and a floor; it is not infinitely far down."""
    series = np.zeros((2, HISTORY_HOURS), np.float32)
    series[1, ::2] = -3
    scale = scale_of(series, 0.2, False, True)  # noqa: FBT003

    assert scale.step.tolist() == [0.1, 0.1]
    assert scale.floor.tolist() == [0.2, 0.2]
    assert not scale.relative(series).any()
    assert not scale.absolute(np.zeros((2, 3))).any()


def test_pollutants_are_in_ratios(smoke_model):
    """Weather is not, as a temperature of 0 is not nothing."""
    assert [target.ratios for target in smoke_model.targets] == [True, False]


def test_each_station_alone(smoke, smoke_model):
    """A station gets the same forecast alone as beside others."""
    lines = to_lines(smoke, 12)
    together = answer(smoke_model, encode(lines))

    assert [answer(smoke_model, encode([line]))[0] for line in lines] == together


def test_compiled_trees_give_the_same(smoke, smoke_model, smoke_path, tmp_path):
    """In what is published."""
    compile_model(smoke_path, tmp_path / "compiled.tar.gz", find_compiler(), quiet)
    body = encode(to_lines(smoke, 12))

    assert answer(load_model(tmp_path / "compiled.tar.gz"), body) == answer(smoke_model, body)


def test_an_artifact_of_before(smoke, tmp_path):
    """It does not say what changes in ratios, and forecasts as it did."""
    plain = tuple(replace(target, ratios=False) for target in targets_of(CODES))
    model = train(smoke, plain, "plain", quiet, depth=2)
    save(model, tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path)
    path = tmp_path / "model.json"
    manifest = json.loads(path.read_text())
    targets = [{k: v for k, v in t.items() if k != "ratios"} for t in manifest["targets"]]
    path.write_text(json.dumps(manifest | {"targets": targets}))
    body = encode(to_lines(smoke))

    assert answer(load_model(tmp_path), body) == answer(model, body)


def test_forecasts_are_within_limits(smoke, smoke_model):
    """Whatever the history: no value is below zero, above the greatest, or infinite."""
    batch = smoke.batch(np.array([0, 1]), np.array([1000, 1000]))
    batch.history[0, 0] = 0
    batch.history[1, 0, ::2], batch.history[1, 0, 1::2] = 0, 2000
    values = smoke_model.predict(batch)["pm25"].values

    assert values.shape == (2, 3, LEAD_HOURS)
    assert ((values >= 0) & (values <= 2000)).all()
    assert (np.diff(values, axis=1) >= 0).all()
