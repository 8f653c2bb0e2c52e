"""A model that nights cannot be measured with is refused before any time is spent."""

import pytest

from bench.harness.errors import InputError
from bench.harness.inputs import apart, make_model


def test_no_model(tmp_path):
    """What is no model artifact is named, also from the process of its own."""
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"")

    with pytest.raises(InputError, match=r"model\.tar\.gz: not a model artifact"):
        apart(make_model, path, tmp_path)


def test_other_parameters(model_path, tmp_path):
    """A model of other parameters than are made up would be measured on less work."""
    with pytest.raises(InputError, match="the model forecasts temperature, pressure; observations"):
        make_model(model_path, tmp_path)
