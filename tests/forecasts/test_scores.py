"""Scores from sums: those of `model.scoring`, without numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.scores import merged, scores_by_parameter, scores_of
from forecasts.verification import SUMS
from model import scoring

HOURS = 120


def sums_of(**values):
    """Return sums of 120 hours, 12 of them below, with a MAE of 1 and references of 2, 4 and 3."""
    usual = {"hours": HOURS, "below": 12.0, "mae": 120.0, "pinball": 60.0}
    references = {"persistence": 240.0, "yesterday": 480.0, "week": 360.0, "zero": 30.0}
    return tuple((dict.fromkeys(SUMS, 0.0) | usual | references | values)[name] for name in SUMS)


@st.composite
def some_sums(draw):
    """Draw sums; errors are eighths, so that adding them up in any order gives the same."""
    hours = draw(st.integers(0, 300))
    below = draw(st.integers(0, hours))
    chances = draw(st.sampled_from([0, hours // 2, hours]))
    errors = {name: draw(st.integers(0, 9999)) / 8 for name in (*SUMS[4:10], "brier")}
    return sums_of(
        **errors,
        hours=float(hours),
        below=float(below),
        above=float(draw(st.integers(0, hours - below))),
        bias=draw(st.integers(-9999, 9999)) / 8,
        zeros=float(draw(st.integers(0, hours))),
        chance_hours=float(chances),
        wet=float(draw(st.integers(0, chances))),
    )


@given(st.lists(some_sums(), min_size=1, max_size=4))
def test_they_are_those_of_the_model(groups):
    """All numbers are those of `model.scoring.Score`, but few hours and few chances have none."""
    ordered = [
        [dict(zip(SUMS, sums, strict=True)).get(n, 0.0) for n in scoring.SUMS] for sums in groups
    ]
    score = scoring.Score(np.array(ordered))
    scores = scores_of(groups)
    if score.hours < 100:
        assert scores == {"hours": score.hours, "reason": "too_few_hours"}
        return
    expected = score.summary()
    expected["references"] = {name: expected.pop(name) for name in score.references}
    expected.pop("zero", None)
    expected.pop("wet", None)
    for name in scoring.REFERENCES:
        expected.pop(name, None)
    if sum(sums[SUMS.index("chance_hours")] for sums in groups) < 100:
        expected |= {"brier": None, "brier_skill": None}
    assert scores == expected


def test_scores_of_temperature():
    """The best of three references is the one that counts; zero is none of them."""
    assert scores_of([sums_of()]) == {
        "hours": 120,
        "bias": 0.0,
        "mae": 1.0,
        "pinball": 0.5,
        "coverage": 0.9,
        "below": 0.1,
        "above": 0.0,
        "references": {"persistence": 2.0, "yesterday": 4.0, "week": 3.0},
        "reference": "persistence",
        "skill": 0.5,
        "brier": None,
        "brier_skill": None,
    }


def test_scores_of_rain():
    """Where most hours are 0, zero is a reference; a chance is judged against climatology."""
    scores = scores_of([sums_of(zeros=90.0, chance_hours=HOURS, wet=30.0, brier=18.0)])

    assert (scores["reference"], scores["skill"]) == ("zero", -3.0)
    assert (scores["brier"], scores["brier_skill"]) == (0.15, 0.2)


@pytest.mark.parametrize("wet", [0.0, HOURS])
def test_no_skill_against_what_is_never_wrong(wet):
    """A reference without any error leaves no skill to speak of."""
    scores = scores_of([sums_of(persistence=0.0, chance_hours=HOURS, wet=wet)])

    assert scores["skill"] is None
    assert scores["brier_skill"] is None


def test_nothing_to_add_up():
    """No sums are no hours."""
    assert scores_of([]) == {"hours": 0, "reason": "too_few_hours"}


def test_scores_by_parameter():
    """Each group of lead times has its own scores, if it has 100 hours; some may be left out."""
    groups = (sums_of(hours=99.0), sums_of(), sums_of(), sums_of(hours=0.0))
    scores = scores_by_parameter({"temperature": groups, "o3": groups})
    some = scores_by_parameter({"temperature": groups}, ["7-12"])["temperature"]

    assert list(scores) == ["o3", "temperature"]
    assert (scores["o3"]["unit"], scores["o3"]["hours"]) == ("µg/m³", 339)
    assert list(scores["o3"]["leads"]) == ["1-6", "7-12", "13-18", "19-24"]
    assert scores["o3"]["leads"]["1-6"] == {"hours": 99, "reason": "too_few_hours"}
    assert some == {
        "unit": "°C",
        **scores_of([sums_of()]),
        "leads": {"7-12": scores_of([sums_of()])},
    }


def test_what_is_merged():
    """Sums are added parameter by parameter; not all have all."""
    one, two = (sums_of(),) * 4, (sums_of(hours=1.0),) * 4
    found = merged([{"temperature": one}, {"temperature": two, "o3": one}])

    assert found["o3"] == one
    assert [sums[0] for sums in found["temperature"]] == [121.0] * 4
    assert merged([]) == {}


def test_a_bias_of_nothing_has_no_sign():
    """A bias too small to show is 0, and not -0."""
    assert str(scores_of([sums_of(bias=-0.001)])["bias"]) == "0.0"
