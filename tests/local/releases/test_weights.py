"""Weights, and how given shares change them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.errors import WeightsError
from local.releases.weights import promoted, read_percentages, shares_of, shifted

WEIGHTS = {"a": 3.0, "b": 1.0, "c": 0.0}


def test_percentages_are_read():
    """Variants may be given one by one or joined by commas, with or without a percent sign."""
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
    """The error names the text and shows the right form."""
    with pytest.raises(WeightsError, match=reason):
        read_percentages([text])


def test_the_others_keep_their_proportions():
    """Variants at three to one divide the rest at three to one."""
    assert shifted(WEIGHTS, {"c": 20.0}) == {"a": 60, "b": 20, "c": 20}


@given(st.lists(st.floats(0.01, 1000), min_size=2, max_size=6), st.floats(0, 100))
def test_weights_add_up(weights, share):
    """The share is as given, the sum is 100, and the others keep their proportions."""
    before = {f"v{number}": weight for number, weight in enumerate(weights)}
    after = shifted(before, {"v0": share})

    assert after["v0"] == pytest.approx(share, abs=1e-4)
    assert sum(after.values()) == pytest.approx(100, abs=1e-3)
    others = [name for name in before if name != "v0"]
    total = sum(before[name] for name in others)
    for name in others:
        assert after[name] == pytest.approx((100 - share) * before[name] / total, abs=1e-3)


def test_promote():
    """One variant gets all requests."""
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
def test_impossible_shares_are_refused(weights, asked, reason):
    """Shares of unknown variants, and shares that do not add up, are refused."""
    with pytest.raises(WeightsError, match=reason):
        shifted(weights, asked)


def test_shares_without_weights():
    """If no variant has a weight, all shares are 0."""
    assert shares_of({"a": 0.0, "b": 0.0}) == {"a": 0, "b": 0}
