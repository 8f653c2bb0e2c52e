"""Features: from a station's history and issue time to one row for each lead time.

The only feature code there is. Training cuts its windows out of years of observations, the batch
transform and the real-time endpoint parse theirs from a transform line, and all of them end here.

A series is seen relative to itself: values are expressed as differences from the newest value, in
units of the series' own standard deviation over the window. So one booster serves a clean island
and a city street, and a station that training never saw; and the first hours, where little
changes, need no tree to say so.

Rows of a batch are independent, bit for bit: every reduction runs along the last axis, in double
precision, so a station gets the same features alone as among ten thousand others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

#: Hours of history in a transform line, the last one ending at the issue time.
HISTORY_HOURS = 168
#: Lead times, in hours: a value for each of the 24 hours after the issue time.
LEAD_HOURS = 24

#: A series is forecast where it has this many hourly values in the window ...
MIN_OBSERVATIONS = 24
#: ... and at least one in this many hours before the issue time.
MAX_AGE_HOURS = 12

_DAY = 24
_LAGS = (1, 2, 3, 4, 6, 9, 12, 18)
_MEANS = (3, 6, 12, 24, 72, HISTORY_HOURS)
_OTHER_CHANGE = 6

FEATURES_OF_LEAD = (
    "lead_hours",
    "same_hour_1d",
    "same_hour_2d",
    "same_hour_3d",
    "same_hour_7d",
    "same_hour_mean",
    "same_hour_change",
    "hour_sin",
    "hour_cos",
    "sun_height",
    "sun_height_change",
    "weekday",
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Histories of N stations (or of one station at N issue times).

    Attributes:
        history: float32 [N, parameter, 168], hours oldest first; NaN where there is no value.
        latitude: [N], degrees north.
        longitude: [N], degrees east.
        elevation: [N], metres; NaN where unknown.
        issue_hour: int64 [N], hours since 1970 UTC.
    """

    history: Floats
    latitude: Floats
    longitude: Floats
    elevation: Floats
    issue_hour: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the stations."""
        return len(self.history)

    def take(self, rows: NDArray[np.intp]) -> Batch:
        """Return the batch of some of its rows."""
        return Batch(
            self.history[rows],
            self.latitude[rows],
            self.longitude[rows],
            self.elevation[rows],
            self.issue_hour[rows],
        )


@dataclass(frozen=True, slots=True)
class Series:
    """S series of a batch: for each the position of its station, and that of its parameter."""

    station: NDArray[np.intp]
    parameter: NDArray[np.intp]

    def of(self, batch: Batch) -> Floats:
        """Return their values, float32 [S, 168]."""
        return batch.history[self.station, self.parameter]


@dataclass(frozen=True, slots=True)
class Scale:
    """How a series is expressed relative to itself: (value - center) / spread, both [S]."""

    center: NDArray[np.float64]
    spread: NDArray[np.float64]

    def relative(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Express values [S, any] relative to their series."""
        return (values - self.center[:, None]) / self.spread[:, None]

    def absolute(self, relative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Undo `relative` for values [S, any]."""
        return relative * self.spread[:, None] + self.center[:, None]


def feature_names(parameters: Sequence[str], parameter: str) -> list[str]:
    """Name the columns of `features`, in order.

    Args:
        parameters: Codes of the parameters of the batch, in its order.
        parameter: The one that is forecast.
    """
    others = [code for code in parameters if code != parameter]
    return [
        *FEATURES_OF_LEAD,
        *(f"lag_{lag}" for lag in _LAGS),
        *(f"mean_{hours}" for hours in _MEANS),
        "min_24",
        "max_24",
        "std_24",
        "last",
        "spread",
        "observations",
        "age_hours",
        "elevation",
        *(f"{code}_last" for code in others),
        *(f"{code}_change" for code in others),
    ]


def is_forecastable(series: Floats) -> NDArray[np.bool_]:
    """Tell which series [any, 168] have enough observations to be forecast."""
    present = ~np.isnan(series)
    enough = present.sum(axis=-1) >= MIN_OBSERVATIONS
    recent = present[..., -MAX_AGE_HOURS:].any(axis=-1)
    return np.asarray(enough & recent, np.bool_)


def scale_of(series: Floats, min_spread: float | NDArray[np.float64]) -> Scale:
    """Measure the center and spread of series [S, 168]: newest value, standard deviation.

    Args:
        series: With at least one value each.
        min_spread: Lower bound of the spread, in the parameter's unit, for series that stand still;
            one for all, or one for each.
    """
    return Scale(last_value(series).astype(np.float64), np.maximum(_std(series), min_spread))


def features(batch: Batch, index: int, scale: Scale) -> Floats:
    """Build the rows that a parameter's forest is trained on and asked with.

    Args:
        batch: N histories.
        index: Which parameter of the batch is forecast.
        scale: Of that parameter's series.

    Returns:
        float32 [N, 24, F], columns as `feature_names`; NaN where a value is not known.
    """
    stations = np.arange(len(batch))
    return features_of_series(batch, Series(stations, np.full_like(stations, index)), scale)


def features_of_series(batch: Batch, chosen: Series, scale: Scale) -> Floats:
    """Build the rows of series of several parameters at once; each gets those of `features`.

    A request is one station: its parameters one by one would cost as many times the calls.

    Args:
        batch: N histories.
        chosen: S series of it.
        scale: Of these series.

    Returns:
        float32 [S, 24, F].
    """
    series = chosen.of(batch)
    relative = scale.relative(series)
    of_series = np.concatenate(
        [
            relative[:, [-1 - lag for lag in _LAGS]],
            _means(relative, _MEANS),
            _shape_features(relative[:, -_DAY:]),
            _level_features(series, scale, batch.elevation[chosen.station]),
            _other_features(batch.history, chosen),
        ],
        axis=-1,
    )
    width = len(FEATURES_OF_LEAD) + of_series.shape[-1]
    rows = np.empty((len(series), LEAD_HOURS, width), np.float32)
    for column, values in enumerate(_lead_features(batch, chosen.station, relative)):
        rows[:, :, column] = values
    rows[:, :, len(FEATURES_OF_LEAD) :] = of_series[:, None, :]
    return rows


def last_value(series: Floats) -> Floats:
    """Return the newest value of each series [N, hours]; NaN where there is none."""
    newest = series.shape[-1] - 1 - np.argmax(~np.isnan(series[:, ::-1]), axis=-1)
    value: Floats = np.take_along_axis(series, newest[:, None], axis=-1)[:, 0]
    return value


def _lead_features(
    batch: Batch, station: NDArray[np.intp], relative: NDArray[np.float64]
) -> list[NDArray[Any]]:
    """Return the columns `FEATURES_OF_LEAD`, each [S, 24] or [24]."""
    leads = np.arange(1, LEAD_HOURS + 1)
    # [S, 7, 24]: the same 24 hours of the day, on each of the seven days before.
    days = relative.reshape(-1, HISTORY_HOURS // _DAY, LEAD_HOURS)
    # What depends on place and time alone is the same for all parameters of a station.
    valid_hour = batch.issue_hour[:, None] + leads
    now = _sun_height(batch.latitude, batch.longitude, batch.issue_hour[:, None])
    sun = _sun_height(batch.latitude, batch.longitude, valid_hour)
    solar = 2 * np.pi * (valid_hour % _DAY + batch.longitude[:, None] / 15) / _DAY
    return [
        leads,
        days[:, -1],
        days[:, -2],
        days[:, -3],
        days[:, 0],
        _mean(np.ascontiguousarray(days.transpose(0, 2, 1))),
        days[:, -1] - days[:, -1, -1:],
        np.sin(solar)[station],
        np.cos(solar)[station],
        sun[station],
        (sun - now)[station],
        _weekday(valid_hour, batch.longitude)[station],
    ]


def _shape_features(day: NDArray[np.float64]) -> NDArray[np.float64]:
    lowest, highest = np.fmin.reduce(day, axis=-1), np.fmax.reduce(day, axis=-1)
    return np.stack([lowest, highest, _std(day)], axis=-1)


def _level_features(series: Floats, scale: Scale, elevation: Floats) -> NDArray[np.float64]:
    present = ~np.isnan(series)
    age = np.argmax(present[:, ::-1], axis=-1)
    columns = [
        scale.center,
        scale.spread,
        present.sum(axis=-1),
        age,
        elevation,
    ]
    return np.stack([column.astype(np.float64) for column in columns], axis=-1)


def _other_features(history: Floats, chosen: Series) -> Floats:
    parameters = range(history.shape[1])
    others = [[other for other in parameters if other != own] for own in parameters]
    last = history[:, :, -1]
    change = last - history[:, :, -1 - _OTHER_CHANGE]
    where = chosen.station[:, None], np.array(others, np.intp)[chosen.parameter]
    return np.concatenate([last[where], change[where]], axis=-1)


def _sun_height(
    latitude: Floats, longitude: Floats, hour: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sine of the sun's elevation [N, hours]: carries hour of day and season at once.

    Declination by Cooper (1969), hour angle from mean solar time; within about 4 degrees, which
    is all that a tree's threshold needs.
    """
    day_of_year = (hour // _DAY) % 365.2422 + 1  # 1970-01-01 is day 1
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day_of_year) / 365)
    angle = np.radians(15 * (hour % _DAY - 12) + longitude[:, None].astype(np.float64))
    phi = np.radians(latitude[:, None].astype(np.float64))
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    return np.asarray(height, np.float64)


def _weekday(hour: NDArray[np.int64], longitude: Floats) -> NDArray[np.int64]:
    local = hour + np.rint(longitude[:, None] / 15).astype(np.int64)
    weekday: NDArray[np.int64] = (local // _DAY + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    return weekday


def _means(values: NDArray[np.float64], windows: Sequence[int]) -> NDArray[np.float64]:
    """Average the newest hours of series [S, hours]; as `_mean` would: [S, windows]."""
    present = ~np.isnan(values)
    known = np.where(present, values, 0)
    total = np.stack([known[:, -hours:].sum(axis=-1) for hours in windows], axis=-1)
    count = np.stack([present[:, -hours:].sum(axis=-1) for hours in windows], axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _mean(values: NDArray[np.floating]) -> NDArray[np.float64]:
    present = ~np.isnan(values)
    total = np.where(present, values, 0).sum(axis=-1, dtype=np.float64)
    count = present.sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _std(values: NDArray[np.floating]) -> NDArray[np.float64]:
    deviation = values - _mean(values)[..., None]
    return np.sqrt(_mean(deviation * deviation))
