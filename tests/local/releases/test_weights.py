"""Weights: shares that people say, and what they make of those there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.errors import WeightsError
from local.releases.weights import promoted, read_percentages, shares_of, shifted

WEIGHTS = {"a": 3.0, "b": 1.0, "c": 0.0}


def test_percentages_are_read():
    """Variants may be given one by one or joined by commas, with or without a sign."""
    assert read_percentages(["a=5", "b=10%,c=0.5"]) == {"a": 5, "b": 10, "c": 0.5}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a", "'a' is not a share"),
        ("=5", "'=5': write each variant once"),
        ("a=5,a=6", "'a=6': write each variant once"),
        ("a=many", "'a=many' is not a share"),
        ("a=-1", "'a=-1': a share is 0 to 100 percent"),
        ("a=101", "a share is 0 to 100 percent"),
        ("a=nan", "a share is 0 to 100 percent"),
        ("", "write each variant once"),
    ],
)
def test_malformed_percentages_are_named(text, reason):
    """What cannot be read is said, with what it should look like."""
    with pytest.raises(WeightsError, match=reason):
        read_percentages([text])


def test_the_others_keep_their_proportions():
    """Three to one stays three to one in what is left."""
    assert shifted(WEIGHTS, {"c": 20.0}) == {"a": 60, "b": 20, "c": 20}


@given(st.lists(st.floats(0.01, 1000), min_size=2, max_size=6), st.floats(0, 100))
def test_weights_add_up(weights, share):
    """Whatever is shifted, the asked share is met, the sum is 100 and no proportion changes."""
    before = {f"v{number}": weight for number, weight in enumerate(weights)}
    after = shifted(before, {"v0": share})

    assert after["v0"] == pytest.approx(share, abs=1e-4)
    assert sum(after.values()) == pytest.approx(100, abs=1e-3)
    others = [name for name in before if name != "v0"]
    total = sum(before[name] for name in others)
    for name in others:
        assert after[name] == pytest.approx((100 - share) * before[name] / total, abs=1e-3)


def test_promote():
    """One variant gets all, the others nothing."""
    assert promoted(WEIGHTS, "b") == {"a": 0, "b": 100, "c": 0}


@pytest.mark.parametrize(
    ("weights", "asked", "reason"),
    [
        (WEIGHTS, {"d": 5}, "no production variant 'd'; the endpoint has a, b, c"),
        (WEIGHTS, {"a": 60, "b": 60}, "add up to 120 %, not 100 %"),
        (WEIGHTS, {"a": 20, "b": 20, "c": 20}, "add up to 60 %, not 100 %"),
        (WEIGHTS, {"a": 20, "b": 20}, "40 %, and c have no requests, so the rest cannot"),
        ({"a": 1.0}, {"a": 0}, "add up to 0 %, not 100 %"),
    ],
)
def test_shares_that_leave_nobody_are_refused(weights, asked, reason):
    """Requests have to go somewhere, and to a variant that exists."""
    with pytest.raises(WeightsError, match=reason):
        shifted(weights, asked)


def test_shares_of_nothing():
    """Where no variant has a weight, none has a share."""
    assert shares_of({"a": 0.0, "b": 0.0}) == {"a": 0, "b": 0}
