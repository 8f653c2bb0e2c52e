"""A registry in a folder, with models that only their names tell apart."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from batch_jobs.observations.files import open_location
from batch_jobs.training.registry import Candidate, Registry, Training, TrainingState
from batch_jobs.training.releasing import ModelFile
from model.artifact import save


@pytest.fixture(scope="session")
def artifacts(model, tmp_path_factory):
    """Artifacts by the model's name."""
    folder = tmp_path_factory.mktemp("artifacts")
    for name in ("first", "second", "third"):
        save(replace(model, name=name), folder / name)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def place(tmp_path):
    """A registry, and the model of the nights, which is not there yet."""
    registry = Registry(open_location(str(tmp_path / "training")))
    in_use = ModelFile(open_location(str(tmp_path)), "model.tar.gz")
    return SimpleNamespace(registry=registry, in_use=in_use, folder=tmp_path / "training")


@pytest.fixture
def approved(place, artifacts):
    """A function that puts the approved training of a month, with one candidate."""

    def put(month, name, **changes):
        digest = place.registry.keep(f"{month}/{name}.tar.gz", artifacts[name])
        candidate = Candidate(name, f"{month}/{name}.tar.gz", digest, {"accepted": True})
        known = Training(month, TrainingState.APPROVED, "2026-12-01T03:00:00Z", chosen=name)
        training = replace(known.with_candidate(candidate), **changes)
        place.registry.put(training)
        return training

    return put
