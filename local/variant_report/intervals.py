"""What can be said of a share, a quantile, a mean or a difference: the value and a 95 % interval.

No interval here assumes that anything is normally distributed but means over many clusters. Where
there is too little to say how sure one can be, the bounds are None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2
_Z = NormalDist().inv_cdf(1 - _TAIL)

#: With fewer clusters nobody knows how much clusters differ.
MIN_CLUSTERS = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % interval.

    Attributes:
        value: What was measured.
        low: Lower bound; None where there is too little to say.
        high: Upper bound; None where *low* is.
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

    def within(self, least: float, most: float) -> Estimate:
        """Return the same with bounds that are possible."""
        if self.low is None or self.high is None:
            return self
        return Estimate(self.value, max(self.low, least), min(self.high, most))


def share(hits: int, count: int) -> Estimate:
    """Estimate a share (0 to 1) of *count* > 0 by Wilson's score interval.

    >>> round(share(0, 100).high or 0, 3)
    0.037
    """
    value, z2 = hits / count, _Z**2
    center = (value + z2 / (2 * count)) / (1 + z2 / count)
    half = math.sqrt(value * (1 - value) / count + z2 / (4 * count**2)) * _Z / (1 + z2 / count)
    # The bounds of none and of all are exact, but for rounding.
    return Estimate(value, min(max(center - half, 0.0), value), max(min(center + half, 1.0), value))


def quantile(values: NDArray[np.float64], level: float) -> Estimate:
    """Estimate a quantile by order statistics, whatever the distribution.

    Args:
        values: [N], N > 0, in any order.
        level: 0 to 1.
    """
    ordered = np.sort(values)
    value = float(np.quantile(ordered, level))
    # The number of values below the true quantile is binomial: these ranks enclose it.
    below = _binomial_cdf(len(ordered), level)
    low = int(np.searchsorted(below, _TAIL, side="right"))
    high = int(np.searchsorted(below, 1 - _TAIL, side="left")) + 1
    if low < 1 or high > len(ordered):
        return Estimate(value)
    return Estimate(value, float(ordered[low - 1]), float(ordered[high - 1]))


def binomial_interval(trials: int, share: float, level: float = 0.999) -> tuple[int, int]:
    """Return the fewest and the most successes to expect of *trials*, each tail cut equally.

    Args:
        trials: How many, more than 0.
        share: True probability of a success, between 0 and 1.
        level: Probability that the number is within the interval, at least.

    >>> binomial_interval(10_000, 0.05)
    (430, 573)
    """
    below, tail = _binomial_cdf(trials, share), (1 - level) / 2
    low, high = np.searchsorted(below, tail, "right"), np.searchsorted(below, 1 - tail, "left")
    return int(low), int(high)


def clustered_mean(values: NDArray[np.float64], clusters: NDArray[Any]) -> Estimate:
    """Estimate a mean of values that are alike within clusters.

    The interval is Student's, with the variance between clusters: a thousand values of one day at
    one station say little more than that day did.

    Args:
        values: [N], N > 0.
        clusters: [N]; equal where values belong together.
    """
    _, member = np.unique(clusters, return_inverse=True)
    sums, counts = np.bincount(member, values), np.bincount(member)
    value = float(values.mean())
    if len(counts) < MIN_CLUSTERS:
        return Estimate(value)
    spread = float(((sums - value * counts) ** 2).sum()) * len(counts) / (len(counts) - 1)
    half = _student(len(counts) - 1) * math.sqrt(spread) / len(values)
    return Estimate(value, value - half, value + half)


def difference(ours: Estimate, theirs: Estimate) -> Estimate:
    """Estimate how far *ours* is above *theirs*, where the two are independent.

    The intervals of both are combined (method of variance estimates recovery, Zou and Donner 2008;
    for two shares this is Newcombe's interval).
    """
    value, mine, other = ours.value - theirs.value, ours.half_widths, theirs.half_widths
    if mine is None or other is None:
        return Estimate(value)
    return Estimate(
        value, value - math.hypot(mine[0], other[1]), value + math.hypot(mine[1], other[0])
    )


def _student(freedom: int) -> float:
    """Return the quantile of Student's t that bounds the interval (Cornish and Fisher's series)."""
    z, v = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def _binomial_cdf(count: int, probability: float) -> NDArray[np.float64]:
    """Return P(B <= k) for k of 0 to *count*."""
    k = np.arange(count)
    odds = math.log(probability) - math.log1p(-probability)
    steps = np.log(count - k) - np.log(k + 1) + odds
    logs = count * math.log1p(-probability) + np.concatenate([[0.0], np.cumsum(steps)])
    return np.cumsum(np.exp(logs))
