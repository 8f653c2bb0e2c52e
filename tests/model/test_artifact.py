"""The model artifact: saving, loading, refusing."""

import gzip
import io
import json
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.transform import load_model
from model.archive import TimeSplit
from model.artifact import described_in, repack, save, unpack
from model.errors import ArtifactError


def some_batch(archive, count=5):
    """Return histories that end in the held-out time."""
    stations = np.arange(count) % len(archive.values)
    return archive.batch(stations, TimeSplit.of(archive).held_back + np.arange(count))


@pytest.fixture
def unpacked(model_path, tmp_path):
    """The unpacked artifact, in a folder that a test may damage."""
    unpack(model_path, tmp_path / "artifact")
    return tmp_path / "artifact"


def test_a_loaded_model_predicts_what_the_saved_one_did(archive, model, tmp_path):
    """A model that is saved and loaded again predicts exactly the same values."""
    save(model, tmp_path / "again.tar.gz")
    again = load_model(tmp_path / "again.tar.gz")
    batch = some_batch(archive)

    for code, prediction in model.predict(batch).items():
        np.testing.assert_array_equal(again.predict(batch)[code].values, prediction.values)
    assert (again.name, again.scores) == (model.name, model.scores)


def test_the_same_model_is_the_same_bytes(model, tmp_path):
    """An artifact does not contain the time of its making, so its hash identifies the model."""
    save(model, tmp_path / "a.tar.gz")
    save(model, tmp_path / "b.tar.gz")

    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


def test_it_carries_its_code(model_path):
    """The artifact has the entry point and the package, where script mode expects them."""
    with tarfile.open(model_path) as tar:
        names = set(tar.getnames())

    assert {"model.json", "code/inference.py", "code/model/features.py"} <= names
    assert {"boosters/temperature.ubj", "boosters/pressure.ubj"} <= names


def as_sagemaker_packs(folder):
    """Pack a folder as a training job's is: names with `./`, folders, times, the manifest last."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in sorted((path.name for path in folder.iterdir()), key="model.json".__eq__):
            tar.add(folder / name, f"./{name}")
    return packed.getvalue()


def test_an_artifact_of_sagemakers(unpacked, model_path, model):
    """Packed again, it is the artifact that `save` writes, whose network can be read."""
    again = repack(as_sagemaker_packs(unpacked))

    assert again == model_path.read_bytes()
    assert described_in(again).network == model.network


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no archive", "BadGzipFile"),
        (gzip.compress(b"no archive", mtime=0), "not a model artifact"),
        (gzip.compress(bytes(1024), mtime=0), "it has no model.json"),
    ],
)
def test_what_is_no_artifact_is_not_packed_again(content, words):
    """The error says what it is not."""
    with pytest.raises(ArtifactError, match=words):
        repack(content)


def test_quantiles_are_in_order_and_plausible(archive, model):
    """For every hour, p10 <= p50 <= p90, and all are within limits."""
    for target in model.targets:
        values = model.predict(some_batch(archive, 60))[target.code].values
        low, median, high = values.transpose(1, 0, 2)

        assert (low <= median).all()
        assert (median <= high).all()
        assert values.min() >= target.minimum
        assert values.max() <= target.maximum
        np.testing.assert_array_equal(values, np.round(values, target.decimals))


def test_an_empty_batch_is_no_forecast(archive, model):
    """Without stations there are no predictions, and no error."""
    assert model.predict(some_batch(archive, 0)) == {}


def test_stations_without_observations(archive, model):
    """Stations without observations get no forecast, and that is not an error."""
    batch = some_batch(archive, 3)
    predictions = model.predict(replace(batch, history=np.full_like(batch.history, np.nan)))

    assert set(predictions) == set(model.parameters)
    assert not any(prediction.forecast.any() for prediction in predictions.values())


def test_parameters_do_not_mix(archive, model):
    """If a station lacks one parameter, the forecasts of the others do not change."""
    batch = some_batch(archive, 5)
    history = batch.history.copy()
    history[2, 0] = np.nan
    whole, part = model.predict(batch), model.predict(replace(batch, history=history))
    others = [0, 1, 3, 4]

    assert part["temperature"].forecast.tolist() == [True, True, False, True, True]
    assert part["pressure"].forecast.all()
    for code in model.parameters:
        np.testing.assert_array_equal(part[code].values[others], whole[code].values[others])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, "format 99, but this version reads 1"),
        ({"features": {}}, "made with different features"),
        ({"calibration": {}}, "not a manifest of this version: KeyError"),
        ({"targets": [{"code": "pressure"}]}, "not a manifest of this version: TypeError"),
        ({"network": []}, "not a manifest of this version: AttributeError"),
    ],
)
def test_another_versions_artifact_is_refused(unpacked, change, words):
    """An artifact of another version would not fail later; it would forecast nonsense."""
    path = unpacked / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(ArtifactError, match=words):
        load_model(unpacked)


def test_a_damaged_artifact_is_named(unpacked, model_path, tmp_path):
    """The error names the file: half a tar, a manifest that is not JSON, a broken booster."""
    half = tmp_path / "half.tar.gz"
    half.write_bytes(model_path.read_bytes()[:2000])
    with pytest.raises(ArtifactError, match=r"half\.tar\.gz: not a model artifact"):
        load_model(half)

    (unpacked / "boosters" / "pressure.ubj").write_bytes(b"{not a booster")
    with pytest.raises(ArtifactError, match=r"pressure\.ubj: not a booster"):
        load_model(unpacked)

    (unpacked / "model.json").write_text("{")
    with pytest.raises(ArtifactError, match=r"model\.json: not a model manifest"):
        load_model(unpacked)

    with pytest.raises(ArtifactError, match="nowhere"):
        load_model(tmp_path / "nowhere.tar.gz")


def test_what_an_artifact_says(model_path):
    """Name, parameters and network are read without loading the model."""
    described = described_in(model_path.read_bytes())

    assert (described.name, described.parameters) == ("small", ("temperature", "pressure"))
    assert set(described.network) == {"temperature", "pressure"}
