"""The model that fuzzing asks: small, of temperature and pressure, trained once a process."""

import tempfile
from functools import cache
from pathlib import Path

from batch_jobs.observations.read import read_observations
from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from local.demo.new_york import demo_observations
from local.training.training import archive_of, train_model
from tests.factories import ISSUE_TIME


@cache
def artifact():
    """Return the model's artifact, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        demo_observations(Path(folder))
        codes = ("temperature", "pressure")
        read = read_observations(folder, end=ISSUE_TIME, hours=1680, parameters=codes)
        path = Path(folder) / "model.tar.gz"
        train_model(archive_of(read), "small", path, quiet)
        return path.read_bytes()


@cache
def fuzz_model():
    """Return the model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        path.write_bytes(artifact())
        return load_model(path)
