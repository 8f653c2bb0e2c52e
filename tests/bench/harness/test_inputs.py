"""A model that cannot be measured is refused before any time is spent."""

import pytest

from bench.harness.errors import InputError
from bench.harness.inputs import apart, make_model


def test_no_model(tmp_path):
    """The error names a file that is not an artifact, also across processes."""
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"")

    with pytest.raises(InputError, match=r"model\.tar\.gz: not a model artifact"):
        apart(make_model, path, tmp_path)


def test_other_parameters(model_path, tmp_path):
    """A model with other parameters than the synthetic observations would have less to do."""
    with pytest.raises(InputError, match="the model forecasts temperature, pressure; observations"):
        make_model(model_path, tmp_path)
