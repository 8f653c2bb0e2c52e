"""Directions, such as that of the wind: degrees from 0 up to, but not including, 360.

They have no lowest and no highest value, and 359 is as near to 0 as 1 is. So they are compared by
the angle from one to another, and averaged as unit vectors.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.scale import Floats, last_value

#: Degrees of a full turn.
TURN = 360.0
#: Codes of the parameters that are directions: those whose `forecasts.parameter.Parameter.circular`
#: is true, which may not be imported here.
CIRCULAR = frozenset({"wind_direction"})
#: A mean has no direction if the sum of unit vectors is shorter than this share of their number. So
#: small a share is left of opposite directions only, whose mean would be a matter of rounding.
CANCELLED = 1e-3
#: A side of an interval is less than half a turn, or one could not tell which way it goes.
WIDEST_SIDE = TURN / 2 - 1


def turned(angle: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return angles as the smallest turn that leads to the same direction: (-180, 180]."""
    turn: NDArray[np.float64] = TURN / 2 - (TURN / 2 - angle.astype(np.float64)) % TURN
    return turn


def direction(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return angles as directions."""
    found = angle % TURN
    return np.where(found < TURN, found, 0.0)  # the remainder of -1e-17 is 360


def circular_mean(directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average over the last axis without what is missing; NaN without any, or if they cancel."""
    present = ~np.isnan(directions)
    east, north = (sums.sum(axis=-1) for sums in vectors(directions))
    return mean_of_sums(east, north, present.sum(axis=-1))


def vectors(directions: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the parts of unit vectors to the east and to the north; 0 for what is missing."""
    present = ~np.isnan(directions)
    radians = np.radians(np.where(present, directions, 0).astype(np.float64))
    return np.where(present, np.sin(radians), 0), np.where(present, np.cos(radians), 0)


def mean_of_sums(
    east: NDArray[np.float64], north: NDArray[np.float64], count: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the directions of sums of unit vectors; NaN without any, or if they cancel."""
    defined = (count > 0) & (np.hypot(east, north) >= CANCELLED * count)
    return np.where(defined, direction(np.degrees(np.arctan2(east, north))), np.nan)


def straight(series: Floats) -> Floats:
    """Straighten histories [N, hours]: the newest value, and turns from it.

    Means, spreads, lags and quantiles of a straight history need not know of circles: no value is
    further than half a turn from the newest one. A forecast made from it is `bent` back.
    """
    return straight_after(series, series)


def straight_histories(history: Floats, codes: Sequence[str]) -> Floats:
    """Straighten the directions among histories [N, parameter, hours] of these parameters."""
    circular = [index for index, code in enumerate(codes) if code in CIRCULAR]
    history = history.copy() if circular else history
    for index in circular:
        history[:, index] = straight(history[:, index])
    return history


def straight_after(observed: Floats, series: Floats) -> Floats:
    """Straighten what came after histories [N, hours] in the same way, [N, any]."""
    # A direction of 359.6 was rounded to 360.
    newest = last_value(series)[:, None] % TURN
    return (newest + turned(observed - newest)).astype(np.float32)


def bent(quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn straight quantiles [S, 3, any] into an arc: directions, clockwise from p10 to p90."""
    low, median, high = quantiles.transpose(1, 0, 2)
    sides = np.maximum(low, median - WIDEST_SIDE), median, np.minimum(high, median + WIDEST_SIDE)
    return direction(np.stack(sides, axis=1))


def straight_arc(arc: NDArray[np.float64], around: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo `bent` for arcs [N, 3, hours]: medians are less than a half turn from *around*."""
    low, median, high = arc.transpose(1, 0, 2)
    center = around + turned(median - around)
    return np.stack([center - (median - low) % TURN, center, center + (high - median) % TURN], 1)
