"""Evaluation: scores agree with a plain calculation."""

from dataclasses import replace

import numpy as np
import pytest

from model.archive import TimeSplit
from model.errors import SeriesError, TrainingError
from model.evaluation import STRIDE, evaluate, issue_times
from model.scoring import SUMS, Score


def a_score(**means):
    """Make a score of ten hours at each lead time, with the means that are given."""
    sums = np.zeros((24, len(SUMS)))
    sums[:, 0] = 10
    for name, mean in means.items():
        sums[:, SUMS.index(name)] = 10 * np.asarray(mean)
    return Score(sums)


def test_scores_agree_with_a_loop(archive, model):
    """One lead time of one parameter is computed hour by hour from the observations."""
    start = TimeSplit.of(archive).held_back
    score = evaluate(model, archive, start)["pressure"]
    series, lead = archive.values[:, 1], 6
    means = {"mae": [], "persistence": [], "yesterday": [], "week": [], "coverage": []}
    for station in range(len(archive.values)):
        for hour in range(start, archive.hours - 24, STRIDE):
            (low, median, high) = model.predict(
                archive.batch(np.array([station]), np.array([hour]))
            )["pressure"].values[0, :, lead - 1]
            window = np.round(series[station, hour - 167 : hour + 1], 1)
            observed, yesterday = series[station, hour + lead], window[lead - 25]
            if np.isnan([observed, yesterday, median]).any():
                continue
            means["mae"].append(abs(median - observed))
            means["persistence"].append(abs(window[~np.isnan(window)][-1] - observed))
            means["yesterday"].append(abs(yesterday - observed))
            means["week"].append(abs(np.nanmean(window[lead - 1 :: 24]) - observed))
            means["coverage"].append(np.float32(low) <= observed <= np.float32(high))

    assert score.by_lead("hours")[lead - 1] == len(means["mae"]) > 50
    for name, values in means.items():
        assert score.by_lead(name)[lead - 1] == pytest.approx(np.mean(values), rel=1e-5)


@pytest.mark.parametrize(
    ("stations", "stride"), [(3, STRIDE), (5000, STRIDE), (12_000, 13), (100_000, 13)]
)
def test_many_stations_have_fewer_issue_times(archive, stations, stride):
    """Forecasts of thousands of stations are scored at every hour of the day, but not as often."""
    many = replace(archive, values=np.broadcast_to(archive.values[:1], (stations, 2, 1680)))
    hours = np.concatenate([hours for _, hours in issue_times(many, TimeSplit.of(many).held_back)])

    assert np.unique(np.diff(hours[:20])).tolist() == [stride]
    assert np.unique(hours % 24).tolist() == list(range(24))


def test_skill_is_against_the_best_reference():
    """Which one that is, is decided over all lead times."""
    score = a_score(mae=3, persistence=[*[1] * 6, *[9] * 18], yesterday=6, week=5, zero=1)

    assert (score.reference, score.skill) == ("week", pytest.approx(1 - 3 / 5))
    assert score.share_of_best()[[0, -1]].tolist() == [3, 3 / 5]


@pytest.mark.parametrize(("zeros", "reference"), [(0.4, "week"), (0.6, "zero")])
def test_zero_is_a_reference_of_what_is_mostly_zero(zeros, reference):
    """For rain, to say nothing is hard to beat; for temperature it is no reference."""
    score = a_score(mae=3, persistence=6, yesterday=6, week=5, zero=2, zeros=zeros)

    assert score.reference == reference


def test_brier_skill_is_against_the_climatology_of_the_hours():
    """With a chance in half of the hours, one in five of them wet: climatology scores 0.16."""
    score = a_score(
        mae=1, persistence=2, yesterday=3, week=4, chance_hours=0.5, wet=0.1, brier=0.06
    )
    report = score.to_json()

    assert score.overall("brier") == pytest.approx(0.12)
    assert score.by_lead("wet").tolist() == pytest.approx([0.2] * 24)
    assert score.brier_skill == pytest.approx(1 - 0.12 / 0.16)
    assert (report["brier"], report["brier_skill"], report["wet"]) == (0.12, 0.25, 0.2)
    assert report["by_lead_hours"]["brier"] == [0.12] * 24


def test_brier_skill_without_rain():
    """Where it never rains, climatology is always right."""
    score = a_score(mae=1, persistence=2, yesterday=3, week=4, chance_hours=1, brier=0.01)

    assert score.summary()["brier_skill"] is None


def test_report(archive, model):
    """The report has the means over all lead times, and each lead time's."""
    score = evaluate(model, archive, TimeSplit.of(archive).held_back)["temperature"]
    report = score.to_json()

    assert report["skill"] == round(score.skill, 4) > 0
    assert report["week"] == round(score.overall("week"), 4)
    assert report["reference"] == score.reference
    assert len(report["by_lead_hours"]["coverage"]) == 24


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


def test_a_reference_that_is_always_right(archive, model):
    """If the same hour yesterday is always right, nothing can be judged, and the error says so."""
    values = archive.values.copy()
    values[:, 1] = 1013.0
    constant = replace(archive, values=values)
    start = TimeSplit.of(archive).held_back

    with pytest.raises(SeriesError, match="every day is like the day before") as caught:
        evaluate(model, constant, start)

    assert caught.value.code == "pressure"
