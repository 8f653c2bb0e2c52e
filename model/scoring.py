"""Scoring: forecasts against what was observed, as sums that add up.

Sums of hours, lead times, stations and nights are added; divided by their hours, they are means.
The references are forecasts that need no model; a skill is said against the best of them:

- persistence: the newest value stays;
- yesterday: the value 24 hours before the valid time;
- week: the mean of the values at the same hour of the seven days before the issue time;
- zero: nothing; only of what is mostly zero, as rain.

An hour counts only if it has a forecast, an observation and a value 24 hours before, so that all
means are about the same hours.

A chance of rain is judged by its Brier score (Brier 1950), against the climatology of the hours
that are compared: the share of wet ones, said at each hour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.chance import WET
from model.circle import circular_mean, straight_arc, turned
from model.features import LEAD_HOURS, Floats
from model.prediction import LEVELS
from model.scale import last_value

#: The sums, named after what each becomes when it is divided by the hours.
SUMS = (
    "hours",
    "bias",
    "mae",
    "pinball",
    "below",
    "under",
    "above",
    "persistence",
    "yesterday",
    "week",
    "zero",
    "zeros",
    "chance_hours",
    "wet",
    "brier",
)

REFERENCES = ("persistence", "yesterday", "week")
#: A parameter of which more observations are 0 is mostly zero.
_MOST = 0.5
_DAYS = 7
_SHOWN = ("mae", "bias", "pinball", "coverage", "below", "above", *REFERENCES, "zero")
#: Means over the hours that have a chance, and not over all.
_OF_CHANCE = ("wet", "brier")


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one parameter.

    Attributes:
        sums: [L, sum] for L lead times or groups of them, in the order of `SUMS`.
    """

    sums: NDArray[np.float64]

    @property
    def hours(self) -> int:
        """Number of hours that were compared."""
        return int(self.sums[:, 0].sum())

    def by_lead(self, name: str) -> NDArray[np.float64]:
        """Return the hours, or a mean, for each lead time, [L]; NaN where there are no hours.

        Args:
            name: `coverage`, or one of `SUMS`. Errors are in the parameter's unit, shares between 0
                and 1.
        """
        if name == "hours":
            return self.sums[:, 0]
        if name == "coverage":
            return 1 - self.by_lead("below") - self.by_lead("above")
        nothing = np.full(len(self.sums), np.nan)
        counted = "chance_hours" if name in _OF_CHANCE else "hours"
        column, hours = self.sums[:, SUMS.index(name)], self.sums[:, SUMS.index(counted)]
        means: NDArray[np.float64] = np.divide(column, hours, out=nothing, where=hours > 0)
        return means

    def means(self) -> dict[str, float]:
        """Return all means over all lead times, by name; there must be hours.

        Those of chances are NaN if there are none.
        """
        total = dict(zip(SUMS, self.sums.sum(axis=0).tolist(), strict=True))
        chances = total["chance_hours"]
        of_chance = {name: total[name] / chances if chances else np.nan for name in _OF_CHANCE}
        means = {name: each / total["hours"] for name, each in total.items()} | of_chance
        return means | {"coverage": 1 - means["below"] - means["above"]}

    def overall(self, name: str) -> float:
        """Return one of these means."""
        return self.means()[name]

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the references; zero is one if most observations are 0."""
        return _references(self.means())

    @property
    def reference(self) -> str:
        """Name of the best reference over all lead times."""
        return _best(self.means())

    @property
    def skill(self) -> float:
        """1 - MAE / MAE of the best reference, both over all lead times; NaN if that is 0."""
        return _skill(self.means())

    @property
    def brier_skill(self) -> float:
        """1 - Brier score / that of climatology; NaN without chances, or if that is 0.

        Climatology is the share w of wet hours among those that have a chance: its score is
        w (1 - w).
        """
        return _brier_skill(self.means())

    def share_of_best(self) -> NDArray[np.float64]:
        """Return the MAE as a share of the MAE of the reference that is best at each lead time."""
        best = np.min([self.by_lead(name) for name in self.references], axis=0)
        share: NDArray[np.float64] = self.by_lead("mae") / best
        return share

    def summary(self) -> dict[str, Any]:
        """Return the score over all lead times, JSON-ready; there must be hours."""
        means = self.means()
        skill = None if np.isnan(_skill(means)) else round(_skill(means), 4)
        shown: dict[str, Any] = {name: round(means[name], 4) for name in _SHOWN}
        shown |= {"skill": skill, "reference": _best(means), "hours": self.hours}
        return shown | (_chance(means) if means["chance_hours"] else {})

    def to_json(self) -> dict[str, Any]:
        """Return the score over all lead times and by lead time, JSON-ready."""
        names = ("hours", *_SHOWN, *(_OF_CHANCE if self.overall("chance_hours") else ()))
        by_lead = {name: _numbers(self.by_lead(name)) for name in names}
        return self.summary() | {"by_lead_hours": by_lead}


def _references(means: Mapping[str, float]) -> tuple[str, ...]:
    return REFERENCES + (("zero",) if means["zeros"] > _MOST else ())


def _best(means: Mapping[str, float]) -> str:
    return min(_references(means), key=means.__getitem__)


def _skill(means: Mapping[str, float]) -> float:
    best = means[_best(means)]
    return 1 - means["mae"] / best if best else np.nan


def _brier_skill(means: Mapping[str, float]) -> float:
    climatology = means["wet"] * (1 - means["wet"])
    return 1 - means["brier"] / climatology if climatology else np.nan


def _chance(means: Mapping[str, float]) -> dict[str, float | None]:
    """Return what is shown of chances."""
    skill = _brier_skill(means)
    shown = {name: round(means[name], 4) for name in _OF_CHANCE}
    return shown | {"brier_skill": None if np.isnan(skill) else round(skill, 4)}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else round(value, 4) for value in values.tolist()]


def sums_of(
    forecast: NDArray[np.float64],
    observed: Floats,
    history: Floats,
    chance: NDArray[np.float64] | None = None,
    circular: bool | NDArray[np.bool_] = False,  # noqa: FBT001, FBT002 -- as an array: of each row
) -> NDArray[np.float64]:
    """Compare forecasts with observations.

    Args:
        forecast: [N, 3, 24]: p10, p50 and p90; NaN without a forecast.
        observed: [N, 24]; NaN without an observation.
        history: [N, 168], what was known when the forecasts were made; NaN for a missing value.
        chance: [N, 24], the forecast chance of a wet hour; NaN where there is none. None if there
            are none at all.
        circular: Whether the rows are of directions: errors are then turns of at most 180 degrees,
            and the mean of the week is that of unit vectors, or the newest value if they cancel.
            One for all rows, or one for each.

    Returns:
        [N, 24, sum], in the order of `SUMS`: the number of hours (1 or 0); p50 - observation; its
        absolute value; pinball loss, the mean over the quantiles; whether the observation is below
        p10, below p50, above p90; the absolute errors of persistence, yesterday, week and zero;
        whether the observation is 0; whether there is a chance; if so, whether the hour was wet,
        and (chance - wet)². Zeros for an hour that does not count.
    """
    exact = observed.astype(np.float64)
    on_circle = np.broadcast_to(circular, len(observed))
    if on_circle.any():
        forecast = forecast.copy()
        forecast[on_circle] = straight_arc(forecast[on_circle], exact[on_circle])
    # Compared in single precision, as observations are: 3.9 must be within a bound of 3.9.
    below, under, above = _sides(forecast.astype(np.float32), observed)
    median = forecast[:, 1]
    error = median - exact
    columns = (
        np.ones(observed.shape),
        error,
        np.abs(error),
        _pinball(forecast, exact),
        below,
        under,
        above,
        *(np.abs(_turned(guess - exact, on_circle)) for guess in _guesses(history, on_circle)),
        np.abs(exact),
        (exact == 0) & ~on_circle[:, None],
        *_chances(observed, chance),
    )
    counts = comparable(observed, history) & ~np.isnan(median)
    sums = np.zeros((*observed.shape, len(SUMS)))
    for index, column in enumerate(columns):
        np.copyto(sums[..., index], column, where=counts)
    return sums


def _turned(error: NDArray[np.float64], circular: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(circular[:, None], turned(error), error) if circular.any() else error


def _guesses(history: Floats, circular: NDArray[np.bool_]) -> Iterator[NDArray[np.floating]]:
    """Return what the references say for each hour, in the order of `REFERENCES`."""
    newest = last_value(history)[:, None]
    yield newest
    yield history[:, -LEAD_HOURS:]
    week = _week(history)
    if circular.any():
        days = history[circular].reshape(-1, _DAYS, LEAD_HOURS)
        mean = circular_mean(days.transpose(0, 2, 1))
        week[circular] = np.where(np.isnan(mean), newest[circular], mean)
    yield week


def _chances(
    observed: Floats, chance: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], ...]:
    """Return for each hour whether it has a chance; if so, whether it was wet, and the error²."""
    if chance is None:
        nothing = np.zeros(observed.shape)
        return nothing, nothing, nothing
    known = ~np.isnan(chance)
    # In single precision, as observations are: 0.1 is wet.
    wet = observed >= np.float32(WET)
    return known.astype(np.float64), known * wet, np.where(known, (chance - wet) ** 2, 0)


def comparable(observed: Floats, history: Floats) -> NDArray[np.bool_]:
    """Tell which hours [N, 24] a forecast can be compared in; the arguments are as in `sums_of`."""
    known: NDArray[np.bool_] = ~np.isnan(observed) & ~np.isnan(history[:, -LEAD_HOURS:])
    return known


def _sides(forecast: Floats, observed: Floats) -> tuple[NDArray[np.bool_], ...]:
    low, median, high = forecast.transpose(1, 0, 2)
    return observed < low, observed < median, observed > high


def _pinball(forecast: NDArray[np.float64], observed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pinball loss, the mean over the quantiles: Koenker and Bassett 1978."""
    loss = np.zeros(observed.shape)
    for level, quantile in zip(LEVELS, forecast.transpose(1, 0, 2), strict=True):
        over = observed - quantile
        loss += np.maximum(level * over, (level - 1) * over)
    return loss / len(LEVELS)


def _week(history: Floats) -> NDArray[np.float64]:
    """Return the mean of each hour of the day [N, 24] over the days that have it."""
    days = history.reshape(-1, _DAYS, LEAD_HOURS).astype(np.float64)
    known = ~np.isnan(days)
    mean: NDArray[np.float64] = np.where(known, days, 0).sum(axis=1) / np.maximum(
        known.sum(axis=1), 1
    )
    return mean
