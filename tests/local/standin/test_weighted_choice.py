"""The choice of a variant by weight."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from local.standin.weighted_choice import Weights


def seeded(seed):
    """Return a generator with a fixed seed."""
    return random.Random(seed)  # noqa: S311 -- not for secrets


def shares(weights, draws=10_000):
    """Count the draws of each variant."""
    drawn = [weights.draw() for _ in range(draws)]
    return {name: drawn.count(name) for name in weights.by_name}


def test_95_to_5():
    """Each variant gets its share of 10,000 requests, within the binomial 99.9 % interval."""
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
    """A variant of weight 0 gets no requests, and every request gets a variant."""
    counts = shares(Weights(weights, seeded(seed)), 100)

    assert sum(counts.values()) == 100
    assert not any(counts[name] for name, weight in weights.items() if weight == 0)


def test_a_change():
    """New weights apply to the next draw; other variants keep theirs."""
    weights = Weights({"a": 1, "b": 0, "c": 1}, seeded(4))
    weights.update({"a": 0, "b": 1})

    assert weights.by_name == {"a": 0, "b": 1, "c": 1}
    assert shares(weights, 100)["a"] == 0
    assert math.isclose(shares(weights)["b"], 5000, rel_tol=0.05)


def test_all_weights_0():
    """If all weights would be 0, the change is refused and the old weights stay."""
    weights = Weights({"a": 1, "b": 0}, seeded(4))
    with pytest.raises(ValueError, match="every weight is 0"):
        weights.update({"a": 0})

    assert weights.draw() == "a"
