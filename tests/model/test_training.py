"""Training: how the time axis is split, and what the model learns from."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.training.targets import targets_of
from model.archive import BLOCK, TimeSplit
from model.errors import TrainingError
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.training import train


def test_no_hour_is_both_learned_from_and_validated_on(archive):
    """The 24 hours after each issue time belong to one block, and none reach the held-out time."""
    split = TimeSplit.of(archive)
    learned = {h + lead for h in split.learn for lead in range(1, LEAD_HOURS + 1)}
    validated = {h + lead for h in split.validate for lead in range(1, LEAD_HOURS + 1)}

    assert not learned & validated
    assert max(learned | validated) < split.held_back
    assert min(split.learn) >= HISTORY_HOURS
    assert len(split.validate) == pytest.approx(len(split.learn) / 4, rel=0.5)


def test_all_blocks_are_known(archive):
    """What is learned from after a trial are all hours before the held-back time, in order."""
    split = TimeSplit.of(archive)

    assert split.known.tolist() == sorted([*split.learn, *split.validate])


def test_a_short_archive_is_refused(archive):
    """Early stopping needs a whole validation block, so the error gives the archive's length."""
    short = replace(archive, values=archive.values[:, :, : 4 * BLOCK])

    with pytest.raises(TrainingError, match="960 hours of observations are too few"):
        train(short, targets_of(archive.parameters), "x", quiet)


def test_a_silent_parameter_is_named(archive):
    """If a target has no observations, the error names it."""
    values = archive.values.copy()
    values[:, 1] = np.nan

    with pytest.raises(TrainingError, match="pressure: too few observations"):
        train(replace(archive, values=values), targets_of(("pressure",)), "x", quiet)


def test_a_parameter_of_two_days_is_named(archive):
    """If a target has too few observations to learn every lead time, the error names it."""
    values = archive.values.copy()
    values[:, 1, :300] = values[:, 1, 330:] = np.nan

    with pytest.raises(TrainingError, match="pressure: too few observations"):
        train(replace(archive, values=values), targets_of(("pressure",)), "x", quiet)


def test_training_never_sees_the_held_back_time(archive, model):
    """Other values after the cut give the same model: boosters are equal byte for byte."""
    values = archive.values.copy()
    values[:, :, TimeSplit.of(archive).held_back :] = 0
    blind = train(replace(archive, values=values), model.targets, "small", quiet)

    for code, booster in model.forests.items():
        assert blind.forests[code].to_bytes() == booster.to_bytes()
    assert blind.calibration == model.calibration


def test_the_model_records_its_training(archive, model):
    """The model records its training window, stations and rounds."""
    assert model.training["stations"] == 3
    assert model.training["end"] < model.training["held_back_from"]
    assert set(model.training["rounds"]) == set(archive.parameters)
    assert set(model.scores) == set(archive.parameters)
