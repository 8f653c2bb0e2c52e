"""Scoring: sums agree with the definition of each, hour by hour."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.scoring import SUMS, Score, sums_of

NUMBERS = st.one_of(
    st.just(math.nan),
    st.sampled_from([0, 0.25, 3.9, float(np.float32(0.1))]),
    st.floats(-50, 50, width=32),
)


def plain(low, median, high, observed, history, lead, chance):
    """Return the sums of one hour, computed without numpy; None if it does not count."""
    yesterday = history[168 - 24 + lead]
    if any(math.isnan(value) for value in (median, observed, yesterday)):
        return None
    days = [value for value in history[lead::24] if not math.isnan(value)]
    newest = next(value for value in reversed(history) if not math.isnan(value))
    losses = [
        max(level * (observed - value), (level - 1) * (observed - value))
        for level, value in ((0.1, low), (0.5, median), (0.9, high))
    ]
    return {
        "hours": 1,
        "bias": median - observed,
        "mae": abs(median - observed),
        "pinball": sum(losses) / 3,
        "below": observed < low,
        "under": observed < median,
        "above": observed > high,
        "persistence": abs(newest - observed),
        "yesterday": abs(yesterday - observed),
        "week": abs(sum(days) / len(days) - observed),
        "zero": abs(observed),
        "zeros": observed == 0,
        "chance_hours": not math.isnan(chance),
        "wet": observed >= np.float32(0.1) and not math.isnan(chance),
        "brier": 0 if math.isnan(chance) else (chance - (observed >= np.float32(0.1))) ** 2,
    }


@given(
    st.lists(st.tuples(*[st.floats(-50, 50, width=32)] * 3), min_size=24, max_size=24),
    st.booleans(),
    arrays(np.float32, 24, elements=NUMBERS),
    arrays(np.float32, 168, elements=NUMBERS),
    arrays(np.float64, 24, elements=st.one_of(st.just(math.nan), st.floats(0, 1))),
)
def test_sums(quantiles, forecast, observed, history, chance):
    """Each sum of each hour is what its name says."""
    values = np.array([sorted(hour) for hour in quantiles], np.float64).T
    if not forecast:
        values[:] = math.nan
    sums = sums_of(values[None], observed[None], history[None], chance[None])

    assert sums.shape == (1, 24, len(SUMS))
    for lead, row in enumerate(sums[0].tolist()):
        quantile = values[:, lead].tolist()
        hour = float(observed[lead]), history.tolist(), lead, float(chance[lead])
        wanted = plain(*quantile, *hour)
        assert row == pytest.approx(
            [0] * len(SUMS) if wanted is None else [*map(float, wanted.values())]
        )


def test_an_observation_at_a_bound_is_inside():
    """The observation 3.9 is a float32, which is greater than the 3.9 of a forecast."""
    values = np.full((1, 3, 24), 3.9)
    sums = sums_of(values, np.full((1, 24), 3.9, np.float32), np.full((1, 168), 1, np.float32))

    assert not sums[..., [SUMS.index(name) for name in ("below", "under", "above")]].any()


def test_without_chances():
    """What has no chance has no Brier score."""
    values = np.zeros((1, 3, 24))
    sums = sums_of(values, np.ones((1, 24), np.float32), np.zeros((1, 168), np.float32))
    score = Score(sums[0])

    assert not sums[..., [SUMS.index(name) for name in ("chance_hours", "wet", "brier")]].any()
    assert math.isnan(score.brier_skill)
    assert math.isnan(score.overall("brier"))
    assert "brier" not in score.summary()
