"""What a model says about the network that it learned on."""

import json
from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.training.targets import targets_of
from batch_jobs.transform import load_model
from model.archive import TimeSplit
from model.artifact import unpack
from model.errors import ArtifactError
from model.network import QUANTILES, network_of
from model.training import train


def test_it_is_what_was_observed(archive, model):
    """Stations, latitudes, gaps, values and spreads are those of the time of training."""
    network = model.network["temperature"]
    index = archive.parameters.index("temperature")
    values = archive.values[:, index, : TimeSplit.of(archive).held_back]

    assert network.stations == 3
    assert network.latitude == pytest.approx(
        (archive.latitude.min(), archive.latitude.max()), abs=1e-3
    )
    assert network.missing == pytest.approx(np.isnan(values).mean(), abs=1e-4)
    assert list(network.quantiles) == list(network.spread) == list(QUANTILES)
    assert network.quantiles["p50"] == pytest.approx(np.nanmedian(values), abs=1e-3)
    assert sorted(network.spread.values()) == list(network.spread.values())
    assert 0 < np.exp(network.spread["p50"]) < np.nanstd(values)


def test_it_does_not_see_the_held_back_time(archive, model):
    """Other values after the cut do not change it."""
    values = archive.values.copy()
    values[:, :, TimeSplit.of(archive).held_back :] = 0
    blind = train(replace(archive, values=values), model.targets, "small", quiet)

    assert blind.network == model.network


def test_stations_that_never_measured_it_do_not_count(archive, model):
    """They are not part of the parameter's network, nor are their hours missing."""
    values = archive.values.copy()
    values[0] = np.nan
    (target,) = targets_of(("pressure",))
    network = network_of(
        replace(archive, values=values),
        TimeSplit.of(archive),
        archive.parameters.index("pressure"),
        target.min_spread,
        zeros=target.zeros,
    )

    assert network.stations == 2
    assert network.latitude[0] >= model.network["pressure"].latitude[0]
    assert network.missing < 0.5


def test_it_is_in_the_manifest(model, model_path, compiled_path, tmp_path):
    """Saved, loaded and compiled, it is the same."""
    unpack(model_path, tmp_path)
    manifest = json.loads((tmp_path / "model.json").read_text())

    assert manifest["format"] == 3
    assert set(manifest["network"]) == set(model.parameters)
    assert load_model(compiled_path).network == load_model(model_path).network == model.network


def test_an_artifact_of_format_2(model_path, tmp_path):
    """It loads, and describes no network."""
    unpack(model_path, tmp_path)
    path = tmp_path / "model.json"
    manifest = json.loads(path.read_text()) | {"format": 2}
    del manifest["network"]
    path.write_text(json.dumps(manifest))

    assert load_model(tmp_path).network == {}


@pytest.mark.parametrize(
    "change",
    [
        {"latitude": None},
        {"latitude": [1, 2, 3]},
        {"places": [[1]]},
        {"quantiles": {}},
        {"spread": {"p01": "low", "p99": 1}},
        {"more": 1},
    ],
)
def test_a_damaged_description_is_refused(model_path, tmp_path, change):
    """It is not a manifest of this version; nothing of it fails later, in a night."""
    unpack(model_path, tmp_path)
    path = tmp_path / "model.json"
    manifest = json.loads(path.read_text())
    manifest["network"]["pressure"] |= change
    path.write_text(json.dumps(manifest))

    with pytest.raises(ArtifactError, match="not a manifest of this version"):
        load_model(tmp_path)
