"""Rain: a really trained model of what is mostly zero, in all forms that forecast."""

import json
from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.training.targets import targets_of
from batch_jobs.transform import load_model
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from local.compiling.trees import sample_rows
from local.training.training import train_model
from model.archive import TimeSplit
from model.artifact import unpack
from model.chance import WET
from model.errors import ArtifactError, SeriesError
from model.training import train
from tests.archives import demo_archive
from tests.model.test_inference import answer, encode, to_lines

CODES = ("precipitation", "temperature")


@pytest.fixture(scope="module")
def rain(observations):
    """A hundred days of the demo's rain and temperature; with ten weeks, chance decides."""
    return demo_archive(observations, CODES, hours=2400)


@pytest.fixture(scope="module")
def scores(rain, rain_path):
    """The scores of the model at *rain_path*, which is trained here."""
    return train_model(rain, "rain", rain_path, quiet)


@pytest.fixture(scope="module")
def rain_path(tmp_path_factory):
    """Where the model is."""
    return tmp_path_factory.mktemp("rain") / "model.tar.gz"


@pytest.fixture(scope="module")
def rain_model(scores, rain_path):
    """The model, loaded."""
    assert set(scores) == set(CODES)
    return load_model(rain_path)


def test_rain_is_no_worse_than_none(scores):
    """The median is not worse than zero, and the chance is judged."""
    score = scores["precipitation"]

    assert score.reference == "zero"
    assert score.overall("mae") <= 1.02 * score.overall("zero")
    assert score.overall("chance_hours") == 1
    assert score.summary()["brier"] < 0.2
    assert "brier" not in scores["temperature"].summary()


def test_values_and_chances(rain, rain_model):
    """Where rain is unlikely the quantiles are 0; the day is at least as wet as any hour."""
    hours = np.arange(1200, 1600, 5)
    prediction = rain_model.predict(rain.batch(np.zeros(80, np.intp), hours))["precipitation"]
    low, median, high = prediction.values.transpose(1, 0, 2)
    chance = prediction.chance

    assert not median[chance < 0.5].any()
    assert (median[chance > 0.51] >= WET).all()
    assert not high[chance < 0.1].any()
    assert (high[chance > 0.11] >= WET).all()
    assert (low <= median).all()
    assert (median <= high).all()
    assert (prediction.chance_24h >= chance.max(axis=1)).all()
    assert (np.unique(chance) * 100 % 1 < 1e-6).sum() > 0
    assert 0.3 < chance.max() <= 1


def test_the_output_of_the_hooks(rain, rain_model):
    """Chances stand beside the quantiles, and only of rain; a gap has none."""
    lines = to_lines(rain)
    lines[1]["history"]["precipitation"] = [None] * 168
    first, second, *_ = answer(rain_model, encode(lines))

    assert list(first) == [
        *("station_id", "issue_time", "model", "values", "chance_24h", "missing")
    ]
    assert list(first["values"]["precipitation"]) == ["p10", "p50", "p90", "chance"]
    assert list(first["values"]["temperature"]) == ["p10", "p50", "p90"]
    assert set(first["chance_24h"]) == {"precipitation"}
    assert all(round(each, 2) == each for each in first["values"]["precipitation"]["chance"])
    assert "chance_24h" not in second
    assert second["missing"] == {"precipitation": "no_observations"}


def test_a_station_alone_has_the_same_forecast(rain, rain_model):
    """Batch and real time give the same numbers."""
    lines = to_lines(rain, 12)
    alone = [answer(rain_model, encode([line]))[0] for line in lines]

    assert answer(rain_model, encode(lines)) == alone


def test_compiled_trees_give_the_same(rain, rain_model, rain_path, tmp_path):
    """To the last bit of the log odds, and in what is published."""
    compile_model(rain_path, tmp_path / "compiled.tar.gz", find_compiler(), quiet)
    compiled = load_model(tmp_path / "compiled.tar.gz")
    forest = compiled.forests["precipitation"]
    rows = sample_rows(forest.trees, 50_000)
    body = encode(to_lines(rain, 12))

    assert compiled.chances == rain_model.chances
    assert forest.predict(rows).tobytes() == (
        rain_model.forests["precipitation"].predict(rows).tobytes()
    )
    assert answer(compiled, body) == answer(rain_model, body)


def test_an_artifact_of_before(rain, rain_model, rain_path, tmp_path):
    """Its rain is forecast as it was, without chances."""
    unpack(rain_path, tmp_path)
    path = tmp_path / "model.json"
    manifest = json.loads(path.read_text())
    del manifest["chances"], manifest["covariates"]
    targets = [{k: v for k, v in t.items() if k != "zeros"} for t in manifest["targets"]]
    path.write_text(json.dumps(manifest | {"format": 1, "targets": targets}))
    before = load_model(tmp_path)
    (first, *_) = answer(before, encode(to_lines(rain)))

    assert list(first["values"]["precipitation"]) == ["p10", "p50", "p90"]
    assert "chance_24h" not in first
    assert rain_model.chances
    assert not before.chances


def test_a_manifest_without_its_chances(rain_model, rain_path, tmp_path):
    """What is mostly zero cannot be forecast without them."""
    assert rain_model.chances
    unpack(rain_path, tmp_path)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"chances": {}}))

    with pytest.raises(ArtifactError, match="not a manifest of this version: KeyError"):
        load_model(tmp_path)


def test_a_dry_archive(rain):
    """Rain cannot be learned where there was none before the held-back time."""
    values = rain.values.copy()
    values[:, 0, : TimeSplit.of(rain).held_back] = 0

    with pytest.raises(SeriesError, match="precipitation: no hour to train on has any"):
        train(replace(rain, values=values), targets_of(CODES), "dry", quiet)
