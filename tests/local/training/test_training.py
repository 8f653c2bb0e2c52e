"""Training, from an archive to an artifact."""

from dataclasses import replace

import numpy as np
import pytest

from local.training.training import train_model
from model.errors import SeriesError


class BeganError(Exception):
    """The training has begun."""


def begin(*_):
    """Track the training, as far as its begin."""
    raise BeganError


def test_what_cannot_be_judged_is_known_before_the_training(archive, tmp_path):
    """A parameter that is measured every thirtieth hour costs no minutes of training."""
    values = archive.values.copy()
    values[:, 1, np.arange(archive.hours) % 30 != 0] = np.nan

    with pytest.raises(SeriesError, match="pressure: no observations in the held-back time"):
        train_model(replace(archive, values=values), "rare", tmp_path / "model.tar.gz", begin)


def test_what_can_be_judged_is_trained(archive, tmp_path):
    """Gaps before the held-back time are no reason to refuse."""
    values = archive.values.copy()
    values[:, 1, 300:500] = np.nan

    with pytest.raises(BeganError):
        train_model(replace(archive, values=values), "gaps", tmp_path / "model.tar.gz", begin)
