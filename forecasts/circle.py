"""Directions, such as that of the wind: degrees from 0 up to, but not including, 360.

`model.circle` has the same for arrays.
"""

from collections.abc import Sequence
from math import atan2, cos, degrees, fsum, hypot, radians, sin

from forecasts.parameter import TURN

#: A mean has no direction if the sum of unit vectors is shorter than this share of their number.
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
