"""Intervals agree with published values, and 95 of 100 contain the truth."""

import numpy as np
import pytest

from local.variant_report.intervals import (
    MIN_CLUSTERS,
    Estimate,
    clustered_mean,
    difference,
    quantile,
    share,
)

RANDOM = 20131230


def test_wilson_is_wilson():
    """Wilson's interval for 10 of 100 agrees with the published one."""
    found = share(10, 100)

    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.0552, 0.1744), abs=1e-4)


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (1, 1), (0, 10_000), (10_000, 10_000)])
def test_a_share_is_within_its_bounds(hits, count):
    """Bounds stay within 0 to 1 and on their side of the share, even for no hits and only hits."""
    found = share(hits, count)

    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_median_of_few():
    """The second and the ninth of ten values enclose the median, as binomial tables say."""
    found = quantile(np.arange(1.0, 11.0), 0.5)

    assert found == Estimate(5.5, 2.0, 9.0)


def test_a_high_quantile_of_few_has_no_bounds():
    """A hundred values are too few for an upper bound of the 99th percentile."""
    assert quantile(np.arange(100.0), 0.99).high is None
    assert quantile(np.array([7.0]), 0.5) == Estimate(7.0)


def test_too_few_clusters():
    """A thousand values from too few clusters have a mean but no interval."""
    values = np.arange(1000.0)
    clusters = np.arange(1000) % (MIN_CLUSTERS - 1)

    assert clustered_mean(values, clusters) == Estimate(499.5)


def test_students_interval():
    """With one value per cluster, the interval is Student's for a mean."""
    values = np.array([2.0, 4, 4, 4, 5, 5, 7, 9, 1, 9])
    found = clustered_mean(values, np.arange(10))

    half = 2.2622 * values.std(ddof=1) / np.sqrt(10)
    assert found.high - found.value == pytest.approx(half, rel=1e-4)


def test_bounds_are_cut_off():
    """Impossible bounds are cut off; the value stays, and missing bounds stay None."""
    assert Estimate(0.9, 0.8, 1.1).within(0, 1) == Estimate(0.9, 0.8, 1)
    assert Estimate(0.2, -0.1, 0.5).within(0, 1) == Estimate(0.2, 0, 0.5)
    assert Estimate(0.9).within(0, 1) == Estimate(0.9)


def test_a_difference_without_bounds():
    """A difference has no bounds if one of its sides has none."""
    assert difference(Estimate(3.0, 2.0, 4.0), Estimate(1.0)) == Estimate(2.0)


def test_newcombe():
    """The interval of 56 of 70 less 48 of 80 is the one Newcombe published."""
    found = difference(share(56, 70), share(48, 80))

    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def draws_of_share(random):
    """Draw a share; the truth is 0.1."""
    return share(random.binomial(300, 0.1), 300), 0.1


def draws_of_quantile(random):
    """Draw a 95th percentile of exponential times; the truth is -ln 0.05."""
    return quantile(random.exponential(size=400), 0.95), -np.log(0.05)


def draws_of_clusters(random):
    """Draw 20 days of 30 correlated hours; the truth is 0."""
    days = random.normal(size=20).repeat(30)
    return clustered_mean(days + random.normal(size=600), np.arange(20).repeat(30)), 0


def draws_of_difference(random):
    """Draw the difference of two medians; the truth is ln 2."""
    ours, theirs = (quantile(random.exponential(scale, 300), 0.5) for scale in (2, 1))
    return difference(ours, theirs), np.log(2)


@pytest.mark.parametrize(
    "draw", [draws_of_share, draws_of_quantile, draws_of_clusters, draws_of_difference]
)
def test_the_truth_is_within(draw):
    """About 950 of 1000 intervals contain the truth: at least 930 and at most 985."""
    random = np.random.default_rng(RANDOM)
    found = [draw(random) for _ in range(1000)]
    inside = sum(estimate.low <= truth <= estimate.high for estimate, truth in found)

    assert 930 <= inside <= 985
