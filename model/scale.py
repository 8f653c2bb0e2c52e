"""Scales: how a series is expressed relative to itself, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: What changes in ratios: this share of a series' mean is added to its values before their
#: logarithm, so that clean air does not matter more than foul air; and the least step of it.
_FLOOR = 0.1
_MIN_LOG_STEP = 0.1


@dataclass(frozen=True, slots=True)
class Scale:
    """How S series are expressed relative to themselves: (value - center) / step.

    Attributes:
        center: [S].
        step: [S].
        spread: [S], in the parameter's unit; the same as step, but for series in ratios.
        floor: [S]; of a series in ratios, what is added to a value before its logarithm, in the
            parameter's unit; NaN for a series that is not. Center and step are then those of the
            logarithms.
    """

    center: NDArray[np.float64]
    step: NDArray[np.float64]
    spread: NDArray[np.float64]
    floor: NDArray[np.float64]

    def take(self, rows: NDArray[np.bool_]) -> "Scale":
        """Return the scale of some series."""
        return Scale(self.center[rows], self.step[rows], self.spread[rows], self.floor[rows])

    def relative(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Express values [S, any] relative to their series."""
        return (_logs(values, self.floor) - self.center[:, None]) / self.step[:, None]

    def absolute(self, relative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Undo `relative` for values [S, any]."""
        values = relative * self.step[:, None] + self.center[:, None]
        ratios = ~np.isnan(self.floor)
        values[ratios] = np.exp(values[ratios]) - self.floor[ratios, None]
        return values


def scale_of(
    series: Floats,
    min_spread: float | NDArray[np.float64],
    zeros: bool | NDArray[np.bool_] = False,  # noqa: FBT001, FBT002 -- as an array: of each series
    ratios: bool | NDArray[np.bool_] = False,  # noqa: FBT001, FBT002 -- the same
) -> Scale:
    """Return the center (newest value) and spread (standard deviation) of series [S, 168].

    Args:
        series: Series with at least one value each.
        min_spread: Lower bound of the spread, in the parameter's unit, for constant series; one
            for all series, or one for each.
        zeros: Whether it is of what is mostly zero, which stays as it is measured: most such series
            have no spread to speak of. One for all series, or one for each.
        ratios: Whether it is of what changes in ratios. One for all series, or one for each.
    """
    floor = np.where(ratios, np.maximum(_FLOOR * mean(series), min_spread), np.nan)
    values = _logs(series, floor)
    center = np.where(zeros, 0.0, last_value(values))
    spread = np.where(zeros, 1.0, np.maximum(std(series), min_spread))
    step = np.where(ratios, np.maximum(std(values), _MIN_LOG_STEP), spread)
    return Scale(center, step, spread, floor)


def last_value(series: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the newest value of each series [N, hours]; NaN if it has none."""
    newest = series.shape[-1] - 1 - np.argmax(~np.isnan(series[:, ::-1]), axis=-1)
    value: NDArray[np.floating] = np.take_along_axis(series, newest[:, None], axis=-1)[:, 0]
    return value


def mean(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average values over the last axis, without those that are missing; NaN if all are."""
    present = ~np.isnan(values)
    total = np.where(present, values, 0).sum(axis=-1, dtype=np.float64)
    count = present.sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def std(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the standard deviation over the last axis, like `mean`."""
    deviation = values - mean(values)[..., None]
    return np.sqrt(mean(deviation * deviation))


def _logs(values: Floats, floor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values [S, any] in double precision, as logarithms where there is a floor."""
    logs = values.astype(np.float64)
    ratios = ~np.isnan(floor)
    logs[ratios] = np.log(np.maximum(logs[ratios], 0) + floor[ratios, None])
    return logs
