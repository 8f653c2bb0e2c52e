"""Features: turns a station's history and issue time into one row for each lead time.

This is the only feature code. Training cuts windows out of years of observations, batch transform
and the real-time endpoint parse them from transform lines, and all of them use this module.

Values are expressed relative to their series: as differences from the newest value, in units of
the series' standard deviation over the window. So one booster serves a clean island, a city street
and stations that training never saw, and no tree has to learn that the first hours change little.
What is mostly zero, as rain, is left as it is measured: its zeros have a meaning. What changes in
ratios, as a pollutant that wind blows away, is expressed so by its logarithms.

Rows of a batch are independent, bit for bit: every reduction runs along the last axis, in double
precision, so a station gets the same features alone as among ten thousand others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.covariates import covariate_features, covariate_names
from model.scale import Scale, last_value, mean, std

Floats = NDArray[np.float32]

#: Hours of history in a transform line; the last one ends at the issue time. The same number as
#: `forecasts.run.HISTORY_HOURS`, which may not be imported here.
HISTORY_HOURS = 168
#: Number of lead times: one for each of the 24 hours after the issue time.
LEAD_HOURS = 24

#: A series is forecast if it has this many hourly values in the window ...
MIN_OBSERVATIONS = 24
#: ... and at least one within this many hours before the issue time; `forecasts.run` has it, too.
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
        history: float32 [N, parameter, 168], hours oldest first; NaN for a missing value.
        latitude: [N], degrees north.
        longitude: [N], degrees east.
        elevation: [N], metres; NaN if unknown.
        issue_hour: int64 [N], hours since 1970 UTC.
        ahead: float32 [N, covariate, 24], of the hours after the issue time; NaN for an unknown
            value. See `model.covariates`.
    """

    history: Floats
    latitude: Floats
    longitude: Floats
    elevation: Floats
    issue_hour: NDArray[np.int64]
    ahead: Floats

    def __len__(self) -> int:
        """Count the stations."""
        return len(self.history)

    def take(self, rows: NDArray[np.intp]) -> "Batch":
        """Return a batch of some rows."""
        return Batch(
            self.history[rows],
            self.latitude[rows],
            self.longitude[rows],
            self.elevation[rows],
            self.issue_hour[rows],
            self.ahead[rows],
        )


@dataclass(frozen=True, slots=True)
class Series:
    """S series of a batch: the positions of their stations, and of their parameters."""

    station: NDArray[np.intp]
    parameter: NDArray[np.intp]

    def of(self, batch: Batch) -> Floats:
        """Return the values of the series, float32 [S, 168]."""
        return batch.history[self.station, self.parameter]


def feature_names(
    parameters: Sequence[str], parameter: str, covariates: Sequence[str] = ()
) -> list[str]:
    """Return the names of the columns of `features`, in order.

    Args:
        parameters: Codes of the batch's parameters, in order.
        parameter: The parameter that is forecast.
        covariates: Names of the batch's covariates, in order.
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
        *covariate_names(covariates),
    ]


def is_forecastable(series: Floats) -> NDArray[np.bool_]:
    """Tell which series [any, 168] have enough observations to be forecast."""
    present = ~np.isnan(series)
    enough = present.sum(axis=-1) >= MIN_OBSERVATIONS
    recent = present[..., -MAX_AGE_HOURS:].any(axis=-1)
    return np.asarray(enough & recent, np.bool_)


def features(batch: Batch, index: int, scale: Scale) -> Floats:
    """Build the rows for training and evaluating a parameter's forest.

    Args:
        batch: N histories.
        index: Position in the batch of the parameter that is forecast.
        scale: Scale of that parameter's series.

    Returns:
        float32 [N, 24, F], columns as in `feature_names`; NaN for an unknown value.
    """
    stations = np.arange(len(batch))
    return features_of_series(batch, Series(stations, np.full_like(stations, index)), scale)


def features_of_series(batch: Batch, chosen: Series, scale: Scale) -> Floats:
    """Build the rows of series of several parameters at once, the same rows as `features`.

    A request has one station, and separate calls for each of its parameters would cost more.

    Args:
        batch: N histories.
        chosen: S series of the batch.
        scale: Scale of these series.

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
    known_ahead = covariate_features(batch.ahead[chosen.station])
    first, last = len(FEATURES_OF_LEAD), len(FEATURES_OF_LEAD) + of_series.shape[-1]
    width = last + known_ahead.shape[-1]
    rows = np.empty((len(series), LEAD_HOURS, width), np.float32)
    for column, values in enumerate(_lead_features(batch, chosen.station, relative)):
        rows[:, :, column] = values
    rows[:, :, first:last] = of_series[:, None, :]
    rows[:, :, last:] = known_ahead
    return rows


def _lead_features(
    batch: Batch, station: NDArray[np.intp], relative: NDArray[np.float64]
) -> list[NDArray[Any]]:
    """Return the columns `FEATURES_OF_LEAD`, each [S, 24] or [24]."""
    leads = np.arange(1, LEAD_HOURS + 1)
    # [S, 7, 24]: the same 24 hours of the day, on each of the seven days before.
    days = relative.reshape(-1, HISTORY_HOURS // _DAY, LEAD_HOURS)
    # Columns that depend only on place and time are the same for all parameters of a station.
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
        mean(np.ascontiguousarray(days.transpose(0, 2, 1))),
        days[:, -1] - days[:, -1, -1:],
        np.sin(solar)[station],
        np.cos(solar)[station],
        sun[station],
        (sun - now)[station],
        _weekday(valid_hour, batch.longitude)[station],
    ]


def _shape_features(day: NDArray[np.float64]) -> NDArray[np.float64]:
    lowest, highest = np.fmin.reduce(day, axis=-1), np.fmax.reduce(day, axis=-1)
    return np.stack([lowest, highest, std(day)], axis=-1)


def _level_features(series: Floats, scale: Scale, elevation: Floats) -> NDArray[np.float64]:
    present = ~np.isnan(series)
    age = np.argmax(present[:, ::-1], axis=-1)
    columns = [
        last_value(series),
        scale.step,
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
    """Return the sine of the sun's elevation [N, hours], which combines hour of day and season.

    Declination by Cooper (1969), hour angle from mean solar time; accurate to about 4 degrees,
    which is enough for the threshold of a tree.
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
    """Average the newest hours of series [S, hours] like `mean`: [S, windows]."""
    present = ~np.isnan(values)
    known = np.where(present, values, 0)
    total = np.stack([known[:, -hours:].sum(axis=-1) for hours in windows], axis=-1)
    count = np.stack([present[:, -hours:].sum(axis=-1) for hours in windows], axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
