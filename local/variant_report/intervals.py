"""Estimates of a share, a quantile, a mean or a difference: the value and its 95 % interval.

Only means over many clusters are assumed to be normally distributed. If there are too few values
for an interval, the bounds are None.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, quantile_test, t

CONFIDENCE = 0.95

#: With fewer clusters, the variance between them cannot be estimated.
MIN_CLUSTERS = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % interval.

    Attributes:
        value: The measured value.
        low: Lower bound; None if there are too few values for an interval.
        high: Upper bound; None if *low* is None.
    """

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def half_widths(self) -> tuple[float, float] | None:
        """How far the bounds are below and above the value; None without bounds."""
        if self.low is None or self.high is None:
            return None
        return self.value - self.low, self.high - self.value

    def within(self, least: float, most: float) -> "Estimate":
        """Return the estimate with its bounds cut off at *least* and *most*."""
        if self.low is None or self.high is None:
            return self
        return Estimate(self.value, max(self.low, least), min(self.high, most))


def share(hits: int, count: int) -> Estimate:
    """Estimate a share (0 to 1) of *count* > 0 with Wilson's score interval.

    >>> round(share(0, 100).high or 0, 3)
    0.037
    """
    found = binomtest(hits, count).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(hits / count, float(found.low), float(found.high))


def quantile(values: NDArray[np.float64], level: float) -> Estimate:
    """Estimate a quantile; the bounds are order statistics, so any distribution will do.

    Args:
        values: Shape [N], N > 0, in any order.
        level: Probability, 0 to 1.
    """
    value = float(np.quantile(values, level))
    low, high = quantile_test(values, p=level).confidence_interval(CONFIDENCE)
    if math.isnan(low) or math.isnan(high):
        return Estimate(value)
    return Estimate(value, float(low), float(high))


def clustered_mean(values: NDArray[np.float64], clusters: NDArray[Any]) -> Estimate:
    """Estimate the mean of values that are correlated within clusters.

    The interval is Student's, with the variance between clusters: a thousand values of one station
    on one day say little more than a single value.

    Args:
        values: Shape [N], N > 0.
        clusters: Shape [N]; equal for values of the same cluster.
    """
    _, member = np.unique(clusters, return_inverse=True)
    sums, counts = np.bincount(member, values), np.bincount(member)
    value = float(values.mean())
    if len(counts) < MIN_CLUSTERS:
        return Estimate(value)
    spread = float(((sums - value * counts) ** 2).sum()) * len(counts) / (len(counts) - 1)
    student = float(t.ppf((1 + CONFIDENCE) / 2, len(counts) - 1))
    half = student * math.sqrt(spread) / len(values)
    return Estimate(value, value - half, value + half)


def difference(ours: Estimate, theirs: Estimate) -> Estimate:
    """Estimate how far *ours* is above *theirs*, if the two are independent.

    The two intervals are combined by the method of variance estimates recovery (Zou and Donner
    2008). For two shares the result is Newcombe's interval.
    """
    value, mine, other = ours.value - theirs.value, ours.half_widths, theirs.half_widths
    if mine is None or other is None:
        return Estimate(value)
    return Estimate(
        value, value - math.hypot(mine[0], other[1]), value + math.hypot(mine[1], other[0])
    )
