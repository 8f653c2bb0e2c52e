"""Directions, such as that of the wind: degrees from 0 up to, but not including, 360.

`model.circle` has the same for arrays.
"""

from collections.abc import Sequence
from itertools import chain
from math import atan2, cos, degrees, fsum, hypot, radians, sin
from operator import le

from forecasts.parameter import TURN, Parameter

#: A mean has no direction if the sum of unit vectors is shorter than this share of their number. So
#: small a share is left of opposite directions only, whose mean would be a matter of rounding.
CANCELLED = 1e-3


def circular_mean(directions: Sequence[float]) -> float | None:
    """Return the direction of the sum of unit vectors; None if they cancel.

    >>> circular_mean([350, 20])
    5.0
    >>> circular_mean([90, 270]) is None
    True
    """
    east = fsum(sin(radians(each)) for each in directions)
    north = fsum(cos(radians(each)) for each in directions)
    if hypot(east, north) < CANCELLED * len(directions):
        return None
    return round(degrees(atan2(east, north)), 9) % TURN


def clockwise(start: float, end: float) -> float:
    """Return the angle from one direction clockwise to another, from 0 to less than 360.

    >>> clockwise(350, 20)
    30
    """
    return (end - start) % TURN


def are_in_order(
    of: Parameter, low: Sequence[float], median: Sequence[float], high: Sequence[float]
) -> bool:
    """Tell whether p10, p50 and p90 of some hours are in order.

    The interval of a direction is the arc from p10 clockwise to p90: p50 has to be on it, less than
    half a turn from either end.

    >>> from forecasts.parameter import parameter
    >>> are_in_order(parameter("wind_direction"), [340], [350], [20])
    True
    """
    if not of.circular:
        return all(map(le, low, median)) and all(map(le, median, high))
    sides = chain(map(clockwise, low, median), map(clockwise, median, high))
    return all(side < TURN / 2 for side in sides)
