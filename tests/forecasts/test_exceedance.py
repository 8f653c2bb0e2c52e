"""The chance that a value is above a threshold."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forecasts.exceedance import WET_MM, chance_above

numbers = st.floats(-1000, 1000).map(lambda value: round(value, 1))
quantiles = st.lists(numbers, min_size=3, max_size=3).map(sorted).map(tuple)
amounts = st.floats(0, 40).map(lambda value: round(value, 1))
wet_quantiles = st.lists(st.just(0.0) | amounts, min_size=3, max_size=3).map(sorted).map(tuple)
thresholds = st.floats(-1100, 1100)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(1.9, 0.9), (2.0, 0.9), (3.0, 0.7), (4.0, 0.5), (5.5, 0.3), (7.0, 0.1), (7.1, 0.1)],
)
def test_lines_between_quantiles(threshold, expected):
    """At a quantile the chance is its own, between two it lies on a line, beyond it is limited."""
    assert chance_above(threshold, (2.0, 4.0, 7.0)) == expected


@pytest.mark.parametrize(
    ("threshold", "equal", "expected"),
    [
        # Half of all values are no more than 0, so at most half are above.
        (0.0, (0.0, 0.0, 0.6), 0.5),
        (-0.1, (0.0, 0.0, 0.6), 0.9),
        (0.3, (0.0, 0.0, 0.6), 0.3),
        (16.1, (9.0, 16.1, 16.1), 0.1),
        (16.0, (9.0, 16.1, 16.1), 0.51),
        (5.0, (5.0, 5.0, 5.0), 0.1),
        (4.9, (5.0, 5.0, 5.0), 0.9),
    ],
)
def test_equal_quantiles(threshold, equal, expected):
    """A value that is equal to the threshold is not above it."""
    assert chance_above(threshold, equal) == expected


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(-1.0, 0.9), (0.0, 0.31), (0.05, 0.31), (0.1, 0.31), (0.4, 0.18), (0.6, 0.1), (5.0, 0.1)],
)
def test_chance_of_rain(threshold, expected):
    """Up to 0.1 mm the chance is known; from there on lines lead to the quantiles above."""
    assert chance_above(threshold, (0.0, 0.0, 0.6), 0.31) == expected


def test_a_dry_hour():
    """If all quantiles are 0, the chance of rain is all that is known, and nothing has more."""
    assert chance_above(0.0, (0.0, 0.0, 0.0), 0.04) == 0.04
    assert chance_above(3.0, (0.0, 0.0, 0.0), 0.04) == 0.04


def test_quantiles_that_are_zero_in_a_wet_hour():
    """A model that contradicts itself makes no certainty of a flood."""
    assert chance_above(0.0, (0.0, 0.0, 0.0), 1.0) == 1.0
    assert chance_above(3.0, (0.0, 0.0, 0.0), 1.0) == 0.1


def test_a_wet_hour():
    """Rain that is nearly certain is more so than p10 says."""
    assert chance_above(0.0, (0.4, 1.0, 3.0), 0.97) == 0.97
    assert chance_above(-1.0, (0.4, 1.0, 3.0), 0.97) == 0.97
    assert chance_above(0.4, (0.4, 1.0, 3.0), 0.97) == 0.9


def test_quantiles_that_say_more_than_the_chance():
    """They are limited by the chance."""
    assert chance_above(0.2, (0.2, 0.5, 0.9), 0.4) == 0.4
    assert chance_above(0.1, (0.0, 0.1, 0.9), 0.4) == 0.4


@given(quantiles, thresholds, thresholds)
def test_a_higher_threshold_has_no_higher_chance(known, one, other):
    """The chance falls with the threshold, and is never more certain than the quantiles are."""
    low, high = sorted((one, other))

    assert 0.9 >= chance_above(low, known) >= chance_above(high, known) >= 0.1


@given(wet_quantiles, st.floats(0, 1), st.floats(-1, 50), st.floats(-1, 50))
def test_a_higher_threshold_has_no_higher_chance_of_rain(known, wet, one, other):
    """The chance falls with the threshold; without rain there is nothing above 0."""
    low, high = sorted((one, other))

    assert chance_above(low, known, wet) >= chance_above(high, known, wet)
    assert chance_above(0.0, known, wet) == round(wet, 2)
    assert chance_above(WET_MM / 2, known, wet) == round(wet, 2)
    assert chance_above(1000.0, known, wet) <= min(round(wet, 2), 0.1)


@given(quantiles)
def test_quantiles_have_their_chances(known):
    """At each quantile the chance is the one that it is named after."""
    assume(len(set(known)) == 3)

    assert [chance_above(value, known) for value in known] == [0.9, 0.5, 0.1]
