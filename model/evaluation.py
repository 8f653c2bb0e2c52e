"""Evaluation: how good forecasts are on hours the model has not seen, compared with two baselines.

The baselines need no model: persistence (the newest value stays) and the same hour yesterday.
Skill is 1 - MAE / MAE of the better baseline over all lead times. An hour counts only if it has a
forecast, both baselines and an observation, so that the three errors are about the same hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.archive import Archive
from model.errors import SeriesError
from model.features import LEAD_HOURS, Batch, Floats, is_forecastable, last_value
from model.prediction import QUANTILES, Model, Prediction

#: Hours between issue times: no common factor with 24, so every hour of the day is included.
STRIDE = 7
_CHUNK = 4000
_SUMS = ("mae", "persistence", "yesterday", "coverage")


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of one parameter, by lead time.

    Attributes:
        count: [24], number of hours that were compared.
        mae: [24], mean absolute error of the median, in the parameter's unit.
        persistence: [24], the same error of the newest value before the issue time.
        yesterday: [24], the same error of the value 24 hours before the valid time.
        coverage: [24], share of observations within p10 and p90; 0.8 is right.
        repeats: Share of observations that equal the previous hour's. If it is large, an interval
            cannot cover exactly 80 %.
    """

    count: NDArray[np.int64]
    mae: NDArray[np.float64]
    persistence: NDArray[np.float64]
    yesterday: NDArray[np.float64]
    coverage: NDArray[np.float64]
    repeats: float

    def overall(self, name: str) -> float:
        """Average one of the errors or the coverage over all lead times."""
        return float(np.average(getattr(self, name), weights=self.count))

    @property
    def skill(self) -> float:
        """1 - MAE / MAE of the better baseline, both over all lead times."""
        better = min(self.overall("persistence"), self.overall("yesterday"))
        return 1 - self.overall("mae") / better

    def summary(self) -> dict[str, float]:
        """Return the score over all lead times, JSON-ready."""
        overall = {name: round(self.overall(name), 4) for name in _SUMS}
        rest = {"skill": round(self.skill, 4), "repeats": round(self.repeats, 4)}
        return overall | rest | {"count": int(self.count.sum())}

    def to_json(self) -> dict[str, Any]:
        """Return the score over all lead times and by lead time, JSON-ready."""
        by_lead = {name: np.round(getattr(self, name), 4).tolist() for name in _SUMS}
        return self.summary() | {"by_lead_hours": by_lead | {"count": self.count.tolist()}}


def evaluate(model: Model, archive: Archive, start: int) -> dict[str, Score]:
    """Score a model on an archive from position *start* of its time axis on, by parameter code.

    Raises:
        SeriesError: A parameter has nothing to compare, or a baseline is always right.
    """
    archive = archive.select(model.parameters)
    sums = {code: np.zeros((len(_SUMS) + 1, LEAD_HOURS)) for code in model.parameters}
    for stations, hours in _issue_times(archive, start):
        batch = archive.batch(stations, hours)
        for index, (code, prediction) in enumerate(model.predict(batch).items()):
            observed = archive.after(index, stations, hours)
            sums[code] += _sums(batch, index, prediction, observed)
    repeats = _repeats(archive, start)
    return {code: _score(code, sums[code], repeats[code]) for code in model.parameters}


def _issue_times(
    archive: Archive, start: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield stations and the positions of their issue times, some at a time."""
    hours = np.arange(start, archive.hours - LEAD_HOURS, STRIDE)
    stations = np.repeat(np.arange(len(archive.values)), len(hours))
    everywhere = np.tile(hours, len(archive.values))
    for cut in range(0, len(stations), _CHUNK):
        yield stations[cut : cut + _CHUNK], everywhere[cut : cut + _CHUNK]


def _sums(
    batch: Batch, index: int, prediction: Prediction, observed: Floats
) -> NDArray[np.float64]:
    series = batch.history[:, index]
    yesterday = series[:, -LEAD_HOURS:]
    persistence = np.broadcast_to(last_value(series)[:, None], observed.shape)
    low, median, high = (prediction.values[:, i] for i in range(len(QUANTILES)))
    known = _comparable(series, observed, prediction.forecast)
    columns = [
        np.abs(median - observed),
        np.abs(persistence - observed),
        np.abs(yesterday - observed),
        _within(observed, low, high),
        np.ones(observed.shape),
    ]
    return np.stack([np.where(known, column, 0).sum(axis=0) for column in columns])


def _comparable(series: Floats, observed: Floats, forecast: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which hours [N, 24] have a forecast, both baselines and an observation."""
    known: NDArray[np.bool_] = ~np.isnan(observed) & ~np.isnan(series[:, -LEAD_HOURS:])
    return forecast[:, None] & known


def _within(
    observed: Floats, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    # Observations are float32, and 3.9 must be within a bound of 3.9.
    inside: NDArray[np.bool_] = (observed >= low.astype(np.float32)) & (
        observed <= high.astype(np.float32)
    )
    return inside


def _score(code: str, sums: NDArray[np.float64], repeats: float) -> Score:
    count = sums[-1]
    if not count.all():
        raise SeriesError(code, _NOTHING)
    mae, persistence, yesterday, coverage = sums[:-1] / count
    if not (persistence.any() and yesterday.any()):
        raise SeriesError(code, _EXACT)
    return Score(count.astype(np.int64), mae, persistence, yesterday, coverage, repeats)


_NOTHING = "no observations in the held-back time to evaluate on"
_EXACT = "in the time to evaluate on every day is like the day before, so nothing can be judged"


def check_changes(archive: Archive, start: int) -> None:
    """Refuse parameters, such as rain in a dry summer, of which no forecast could be judged.

    Args:
        archive: The observations.
        start: Position on the time axis from which on forecasts are evaluated.

    Raises:
        SeriesError: From *start* on no known value differs from that of 24 hours before.
    """
    held_back = archive.values[:, :, start - LEAD_HOURS :]
    change = held_back[:, :, LEAD_HOURS:] - held_back[:, :, :-LEAD_HOURS]
    known = ~np.isnan(change).all(axis=(0, 2))
    changed = (np.nan_to_num(change) != 0).any(axis=(0, 2))
    for code in np.array(archive.parameters)[known & ~changed]:
        raise SeriesError(str(code), _EXACT)


def check_observations(archive: Archive, start: int) -> None:
    """Refuse parameters, such as gusts in a calm place, that `evaluate` would have no hours of.

    Training takes minutes, and this takes none.

    Args:
        archive: The observations.
        start: Position on the time axis from which on forecasts are evaluated.

    Raises:
        SeriesError: At some lead time there is no observation to compare a forecast with.
    """
    counts = np.zeros((len(archive.parameters), LEAD_HOURS))
    for stations, hours in _issue_times(archive, start):
        history = archive.batch(stations, hours).history
        for index in range(len(counts)):
            series, observed = history[:, index], archive.after(index, stations, hours)
            counts[index] += _comparable(series, observed, is_forecastable(series)).sum(axis=0)
    for code in np.array(archive.parameters)[~counts.all(axis=1)]:
        raise SeriesError(str(code), _NOTHING)


def _repeats(archive: Archive, start: int) -> dict[str, float]:
    held_back = archive.values[:, :, start:]
    both = ~np.isnan(held_back[:, :, 1:]) & ~np.isnan(held_back[:, :, :-1])
    same = (held_back[:, :, 1:] == held_back[:, :, :-1]) & both
    share = same.sum(axis=(0, 2)) / np.maximum(both.sum(axis=(0, 2)), 1)
    return dict(zip(archive.parameters, share.tolist(), strict=True))
