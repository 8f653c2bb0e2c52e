"""The chance that a value is above a threshold, from its p10, p50 and p90.

The quantiles are three points of the chance: above p10 it is 0.9, above p50 0.5, above p90 0.1.
Between two points the chance lies on a straight line. Nothing is known beyond them. So a threshold
below p10 has 0.9, which means 0.9 or more, and one above p90 has 0.1, which means 0.1 or less.

Precipitation has one more point: the chance of 0.1 mm or more. Values have one decimal, so above 0
is the same, and every threshold from 0 up to 0.1 mm has this chance. No larger threshold has more.
"""

from collections.abc import Sequence
from typing import NamedTuple

#: The chance of a value above each quantile, p10 first.
_SHARES = (0.9, 0.5, 0.1)

#: An hour with so much precipitation is wet, in mm.
WET_MM = 0.1


class _Point(NamedTuple):
    """A known chance: that of a value above *value*."""

    value: float
    chance: float


def chance_above(threshold: float, quantiles: Sequence[float], wet: float | None = None) -> float:
    """Return the chance of a value above a threshold, two decimals.

    Args:
        threshold: In the unit of the quantiles.
        quantiles: p10, p50 and p90, in order. Of those that are equal, the last one counts, as a
            value that is equal to the threshold is not above it.
        wet: Of precipitation, the chance of 0.1 mm or more, if the model gives it; 0 to 1.

    >>> chance_above(3.0, (2.0, 4.0, 7.0)), chance_above(-5.0, (2.0, 4.0, 7.0))
    (0.7, 0.9)
    >>> chance_above(0.0, (0.0, 0.0, 0.6), wet=0.31), chance_above(9.0, (0.0, 0.0, 0.6), wet=0.31)
    (0.31, 0.1)
    """
    points = _points(quantiles, wet)
    reached = [point for point in points if point.value <= threshold]
    if not reached:
        return round(max(_SHARES[0], points[0].chance), 2)
    before = reached[-1]
    if len(reached) == len(points):
        return round(before.chance, 2)
    after = points[len(reached)]
    way = (threshold - before.value) / (after.value - before.value)
    return round(before.chance + way * (after.chance - before.chance), 2)


def _points(quantiles: Sequence[float], wet: float | None) -> list[_Point]:
    """Return the known points; values rise and chances fall."""
    points = [_Point(*each) for each in zip(quantiles, _SHARES, strict=True)]
    if wet is None:
        return points
    # A quantile that is 0 says nothing about more than that, and none has more than any rain has.
    above = [_Point(max(value, WET_MM), min(chance, wet)) for value, chance in points]
    return [_Point(0.0, wet), _Point(WET_MM, wet), *above]
