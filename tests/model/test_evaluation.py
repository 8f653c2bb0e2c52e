"""Evaluation: scores agree with a plain calculation."""

from dataclasses import replace

import numpy as np
import pytest

from model.archive import TimeSplit
from model.errors import SeriesError, TrainingError
from model.evaluation import STRIDE, evaluate


def test_scores_agree_with_a_loop(archive, model):
    """One lead time of one parameter is computed hour by hour from the observations."""
    start = TimeSplit.of(archive).held_back
    scores = evaluate(model, archive, start)
    series, lead = archive.values[:, 1], 6
    errors = {"mae": [], "persistence": [], "yesterday": [], "coverage": []}
    for station in range(len(archive.values)):
        for hour in range(start, archive.hours - 24, STRIDE):
            (low, median, high) = model.predict(
                archive.batch(np.array([station]), np.array([hour]))
            )["pressure"].values[0, :, lead - 1]
            window = series[station, hour - 167 : hour + 1]
            observed, yesterday = series[station, hour + lead], series[station, hour + lead - 24]
            if np.isnan([observed, yesterday, median]).any():
                continue
            errors["mae"].append(abs(median - observed))
            errors["persistence"].append(abs(window[~np.isnan(window)][-1] - observed))
            errors["yesterday"].append(abs(yesterday - observed))
            errors["coverage"].append(np.float32(low) <= observed <= np.float32(high))

    score = scores["pressure"]
    assert score.count[lead - 1] == len(errors["mae"]) > 50
    for name, values in errors.items():
        assert getattr(score, name)[lead - 1] == pytest.approx(np.mean(values), rel=1e-5)


def test_skill_is_against_the_better_baseline(archive, model):
    """Skill is 1 - MAE / MAE of the better of persistence and yesterday, over all lead times."""
    score = evaluate(model, archive, TimeSplit.of(archive).held_back)["temperature"]
    better = min(score.overall("persistence"), score.overall("yesterday"))

    assert score.skill == pytest.approx(1 - score.overall("mae") / better)
    assert score.to_json()["skill"] == round(score.skill, 4)
    assert len(score.to_json()["by_lead_hours"]["mae"]) == 24


def test_repeats_count_equal_neighbours(archive, model):
    """A series that changes every two hours repeats in half of them."""
    values = archive.values.copy()
    values[:, 1] = 1013 + np.arange(values.shape[2]) // 2 % 5
    score = evaluate(model, replace(archive, values=values), 1400)["pressure"]

    assert score.repeats == pytest.approx(0.5, abs=0.01)


def test_nothing_to_compare_is_an_error(archive, model):
    """The error names the parameter."""
    values = archive.values.copy()
    values[:, 1, 1400:] = np.nan

    with pytest.raises(TrainingError, match="pressure: no observations in the held-back time"):
        evaluate(model, replace(archive, values=values), 1424)


def test_a_baseline_that_is_always_right(archive, model):
    """If the same hour yesterday is always right, nothing can be judged, and the error says so."""
    values = archive.values.copy()
    values[:, 1] = 1013.0
    constant = replace(archive, values=values)
    start = TimeSplit.of(archive).held_back

    with pytest.raises(SeriesError, match="every day is like the day before") as caught:
        evaluate(model, constant, start)

    assert caught.value.code == "pressure"
