"""Chances: a distribution with a mass at zero, from the chances of three amounts."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.chance import Chances, amounts_of, kappa_of, rounded

LEVELS = (0.1, 0.5, 0.9)
CHANCES = Chances((0.1, 0.8, 4.8), 0.2)
odds = st.floats(-12, 12, width=32)


def plain(log_odds, level):
    """Return one quantile, computed without numpy."""
    first, second, third = CHANCES.amounts
    chances = [1 / (1 + math.exp(-each)) for each in log_odds]
    chances[1] = min(chances[:2])
    chances[2] = min(chances)
    if chances[0] <= 1 - level:
        return 0
    falls = [max(math.log(a / b), 0.3) for a, b in pairwise(chances)]
    share = min(1, max(0, math.log(chances[0] / (1 - level)) / falls[0]))
    more = max(0, math.log(chances[1] / (1 - level)) / falls[1])
    return first + share * (second - first) + more * (third - second)


@given(st.lists(st.tuples(odds, odds, odds), min_size=24, max_size=24))
def test_quantiles_and_chances(hours):
    """They agree with a plain calculation, are in order, and 0 unless rain is likely enough."""
    output = np.array(hours, np.float32)[None]
    (values,) = CHANCES.quantiles(output, LEVELS)
    (chance,) = CHANCES.of_hours(output)
    wanted = [[plain(hour, level) for hour in output[0].tolist()] for level in LEVELS]

    assert values == pytest.approx(np.array(wanted), abs=1e-6)
    assert (np.diff(values, axis=0) >= 0).all()
    assert chance == pytest.approx([1 / (1 + math.exp(-first)) for first, *_ in output[0].tolist()])
    assert (values[1] > 0).tolist() == (chance > 0.5).tolist()


@given(st.lists(st.floats(0, 1), min_size=24, max_size=24))
def test_the_chance_of_a_day(hours):
    """It is no less than that of any of its hours, and no more than if they were independent."""
    (day,) = CHANCES.of_day(np.array([hours]))

    assert max(hours) <= day <= 1 - math.prod(1 - each for each in hours) + 1e-9


def test_kappa_is_the_one_with_the_best_score():
    """Days of which all hours are wet or none: one hour is as good as 24."""
    hours = np.full((1000, 24), 0.3)
    wet = np.arange(1000) < 300

    assert kappa_of(hours, wet) == 0.05
    assert kappa_of(hours, np.full(1000, fill_value=True)) == 1


@pytest.mark.parametrize(
    ("wet", "amounts"), [([0.1, 0.8, 2, 6], (0.1, 1.4, 4.8)), ([0.1] * 9, (0.1, 0.2, 0.3))]
)
def test_amounts(wet, amounts):
    """They are of wet hours, and ascend also if all of these are the same."""
    assert amounts_of(np.array([0, 0, 0.05, *wet]), 1) == amounts


def test_rounding():
    """Chances have two decimals; an unknown one stays unknown."""
    assert rounded(np.array([0.004, 0.996, 0.126, math.nan])).tolist()[:3] == [0, 1, 0.13]
