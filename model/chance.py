"""Chances: the forecast of what is mostly zero, such as rain.

A forest gives the log odds that each of three amounts is reached in an hour. Between the amounts,
and beyond the last, the chance falls exponentially. Together this is a distribution with a mass at
zero: its quantiles are the forecast, and the chance of the first amount is published beside them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.features import Floats

#: An hour is wet with at least this much, in mm.
WET = 0.1
#: From one amount to the next, the log of the chance falls by at least this much. Otherwise two
#: chances that are nearly equal would make any amount as likely.
_MIN_FALL = 0.3
#: Chances are published to this many decimals.
_DECIMALS = 2
_KAPPAS = np.arange(1, 21) / 20


@dataclass(frozen=True, slots=True)
class Chances:
    """How a parameter's chances become its forecast.

    Attributes:
        amounts: Three amounts in the parameter's unit, ascending; the first is `WET`.
        kappa: Neighbouring hours are wet together, so 24 of them count as 24 times this many that
            know nothing of each other.
    """

    amounts: tuple[float, ...]
    kappa: float

    def quantiles(self, log_odds: Floats, levels: tuple[float, ...]) -> NDArray[np.float64]:
        """Turn the output of a forest [N, 24, 3] into quantiles [N, level, 24], not rounded."""
        first, second, third = _log_chances(log_odds).transpose(2, 0, 1)[:, :, None]
        target = np.log1p(-np.array(levels))[:, None]
        steps = np.diff(self.amounts)
        within = (first - target) / np.maximum(first - second, _MIN_FALL)
        beyond = (second - target) / np.maximum(second - third, _MIN_FALL)
        more = steps[0] * within.clip(0, 1) + steps[1] * np.maximum(beyond, 0)
        values: NDArray[np.float64] = np.where(first > target, self.amounts[0] + more, 0.0)
        return values

    def of_hours(self, log_odds: Floats) -> NDArray[np.float64]:
        """Return the chance of `WET` or more in each hour: [N, 24], not rounded."""
        chance: NDArray[np.float64] = np.exp(_log_chances(log_odds)[..., 0])
        return chance

    def of_day(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the chance that at least one hour is wet: [N], not rounded.

        Args:
            hours: [N, 24], the chance of each hour.
        """
        dry = np.prod(1 - hours, axis=-1) ** self.kappa
        chance: NDArray[np.float64] = np.maximum(1 - dry, hours.max(axis=-1))
        return chance


def rounded(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round chances as they are published."""
    power = 10.0**_DECIMALS
    steps: NDArray[np.float64] = np.rint(chance * power)
    return steps / power


def _log_chances(log_odds: Floats) -> NDArray[np.float64]:
    """Return the logs of the chances; to reach more is never more likely."""
    logs = -np.logaddexp(0, -log_odds.astype(np.float64))
    falling: NDArray[np.float64] = np.minimum.accumulate(logs, axis=-1)
    return falling


def amounts_of(observed: NDArray[np.float64], decimals: int) -> tuple[float, ...]:
    """Choose the amounts of `Chances`: `WET`, and the median and the 90 % quantile of wet hours.

    Args:
        observed: [M]; at least one hour is wet.
        decimals: Amounts are rounded to these, and differ by at least one step.
    """
    step = 10.0**-decimals
    median, high = np.quantile(observed[observed >= WET], (0.5, 0.9)).round(decimals).tolist()
    second = max(median, WET + step)
    return WET, round(second, decimals), round(max(high, second + step), decimals)


def kappa_of(hours: NDArray[np.float64], wet: NDArray[np.bool_]) -> float:
    """Return the `Chances.kappa` with the best Brier score.

    Args:
        hours: [N, 24], the chance of each hour.
        wet: [N], whether at least one hour was wet.
    """
    scores = [np.mean((Chances((), kappa).of_day(hours) - wet) ** 2) for kappa in _KAPPAS.tolist()]
    return float(_KAPPAS[np.argmin(scores)])
