"""Who answers the next request: the share of each variant, and what weights cannot be."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from local.standin.weighted_choice import Weights


def seeded(seed):
    """Return a generator that always draws the same."""
    return random.Random(seed)  # noqa: S311 -- not for secrets


def shares(weights, draws=10_000):
    """Count who answers."""
    drawn = [weights.draw() for _ in range(draws)]
    return {name: drawn.count(name) for name in weights.by_name}


def test_95_to_5():
    """Of 10,000 requests each variant gets its share, within the binomial 99.9 % interval."""
    counts = shares(Weights({"depth5": 95, "depth10": 5}, seeded(4)))
    low, high = binom.interval(0.999, 10_000, 0.05)

    assert low <= counts["depth10"] <= high
    assert counts["depth5"] == 10_000 - counts["depth10"]


@given(
    weights=st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1e6), min_size=1).filter(
        lambda weights: any(weights.values())
    ),
    seed=st.integers(),
)
def test_weight_0(weights, seed):
    """A variant of weight 0 gets nothing, and somebody gets each request."""
    counts = shares(Weights(weights, seeded(seed)), 100)

    assert sum(counts.values()) == 100
    assert not any(counts[name] for name, weight in weights.items() if weight == 0)


def test_a_change():
    """The next draw knows the new weights; who is not named keeps its own."""
    weights = Weights({"a": 1, "b": 0, "c": 1}, seeded(4))
    weights.update({"a": 0, "b": 1})

    assert weights.by_name == {"a": 0, "b": 1, "c": 1}
    assert shares(weights, 100)["a"] == 0
    assert math.isclose(shares(weights)["b"], 5000, rel_tol=0.05)


def test_nobody_left():
    """Weights that leave nobody are refused, and the old ones stay."""
    weights = Weights({"a": 1, "b": 0}, seeded(4))
    with pytest.raises(ValueError, match="every weight is 0"):
        weights.update({"a": 0})

    assert weights.draw() == "a"
