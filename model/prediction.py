"""The model: its parameters, their calibration, and the forecast of a batch of stations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.chance import Chances, rounded
from model.circle import CIRCULAR, bent, straight_histories
from model.features import (
    LEAD_HOURS,
    Batch,
    Floats,
    Series,
    features_of_series,
    is_forecastable,
)
from model.forest import Forest
from model.guard import Forecasts, is_far, stand_in
from model.network import Network
from model.scale import Scale, scale_of

QUANTILES = ("p10", "p50", "p90")
LEVELS = (0.1, 0.5, 0.9)

#: What is never beyond something else, so each quantile of the first is limited by the second's.
_LIMITED = (
    ("dew_point", np.minimum, "temperature"),
    ("wind_gust", np.maximum, "wind_speed"),
    ("pm25", np.minimum, "pm10"),
)

#: A line may have factors for the two sides of an interval, by groups of lead times.
SIDES = ("low", "high")
LEAD_GROUPS = 4

#: Number of stations whose features are in memory at once.
_CHUNK = 250


@dataclass(frozen=True, slots=True)
class ForecastParameter:
    """A forecast parameter, with what the model needs from the catalogue.

    Attributes:
        code: Parameter code.
        decimals: Decimals that forecasts are rounded to.
        minimum: Lowest forecast value, in the parameter's unit.
        maximum: Highest forecast value.
        zeros: Whether it is mostly zero, and so forecast by its chances; see `model.chance`.
        ratios: Whether it changes in ratios, so that trees see logarithms; see
            `model.scale.Scale`. Artifacts of before do not say so, and do not do it.
    """

    code: str
    decimals: int
    minimum: float
    maximum: float
    zeros: bool = False
    ratios: bool = False

    @property
    def min_spread(self) -> float:
        """Smallest spread of a series: two steps of its last decimal."""
        return 2.0 * 10.0**-self.decimals


@dataclass(frozen=True, slots=True)
class Calibration:
    """A parameter's corrections for each lead time: growth, and widening of the interval.

    Boosters predict in units of the growth: the typical distance of a series from its newest value
    after so many hours, in spreads. It is small one hour ahead; without it, a tree that is right
    about tomorrow would be wrong about the next hour.

    Intervals of quantile regression are too narrow on days that were not trained on. The factors
    make the interval right on the validation period (conformalized quantile regression, Romano et
    al. 2019, in its scaled form).

    Attributes:
        growth: [24]; factor of the booster's output.
        low: [24]; factor of p50 - p10.
        high: [24]; factor of p90 - p50.
    """

    growth: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


_ONES = (1.0,) * LEAD_HOURS
#: Corrects nothing: of parameters that are forecast by their chances.
NO_CALIBRATION = Calibration(_ONES, _ONES, _ONES)


@dataclass(frozen=True, slots=True)
class Prediction:
    """Forecasts of one parameter for a batch of N stations.

    Attributes:
        forecast: bool [N]; False for a station with too few observations.
        values: float64 [N, 3, 24], p10, p50 and p90; valid only in rows where *forecast* is True.
        chance: float64 [N, 24], the chance of a wet hour; NaN for a parameter without chances.
        chance_24h: float64 [N], the chance that at least one of them is wet; NaN as well.
        reference: bool [N]; True if the reference of `model.guard` stood in for the model.
    """

    forecast: NDArray[np.bool_]
    values: NDArray[np.float64]
    chance: NDArray[np.float64]
    chance_24h: NDArray[np.float64]
    reference: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model.

    Attributes:
        name: The name that every response shows.
        targets: The parameters that it forecasts, in the order of its batches.
        forests: The forest of each parameter code.
        calibration: The calibration of each parameter code.
        chances: How chances become a forecast, by the codes of parameters that are mostly zero.
        training: What it was trained on: start, end, held_back_from (RFC 3339), stations, rounds,
            depth.
        scores: For each parameter code, what `model.evaluation` measured on the held-back time.
        covariates: Names of the covariates that it knows, in the order of its batches.
        network: What the network that it learned on looked like, by parameter code; empty if the
            artifact does not say.
    """

    name: str
    targets: tuple[ForecastParameter, ...]
    forests: Mapping[str, Forest]
    calibration: Mapping[str, Calibration]
    chances: Mapping[str, Chances]
    training: Mapping[str, Any]
    scores: Mapping[str, Any]
    covariates: tuple[str, ...] = ()
    network: Mapping[str, Network] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Codes of the parameters that it forecasts."""
        return tuple(target.code for target in self.targets)

    def predict(
        self, batch: Batch, factors: NDArray[np.float64] | None = None
    ) -> dict[str, Prediction]:
        """Forecast every parameter of a batch.

        Args:
            batch: Its parameters must be the model's, in order.
            factors: [N, parameter, 2, 4]: factors of p50 - p10 and p90 - p50 for each group of lead
                times, which verification has found. None if all are 1.
        """
        chunks = [
            self._predict_chunk(
                batch.take(np.arange(start, min(start + _CHUNK, len(batch)))),
                None if factors is None else factors[start : start + _CHUNK],
            )
            for start in range(0, len(batch), _CHUNK)
        ]
        return {
            code: Prediction(
                np.concatenate([chunk[code].forecast for chunk in chunks]),
                np.concatenate([chunk[code].values for chunk in chunks]),
                np.concatenate([chunk[code].chance for chunk in chunks]),
                np.concatenate([chunk[code].chance_24h for chunk in chunks]),
                np.concatenate([chunk[code].reference for chunk in chunks]),
            )
            for code in (self.parameters if chunks else ())
        }

    def _predict_chunk(
        self, batch: Batch, factors: NDArray[np.float64] | None
    ) -> dict[str, Prediction]:
        forecast = is_forecastable(batch.history)
        batch = replace(batch, history=straight_histories(batch.history, self.parameters))
        values = np.full((*forecast.T.shape, len(QUANTILES), LEAD_HOURS), np.nan)
        chance = np.full((*forecast.T.shape, LEAD_HOURS), np.nan)
        of_day = np.full(forecast.T.shape, np.nan)
        reference = np.zeros(forecast.T.shape, np.bool_)
        # In the order of parameters, so that the rows of a forest are next to each other.
        chosen = Series(*np.nonzero(forecast.T)[::-1])
        if len(chosen.station):
            of_series = None if factors is None else factors[chosen.station, chosen.parameter]
            where = chosen.parameter, chosen.station
            found, reference[where] = self._predict_series(batch, chosen, of_series)
            values[where], chance[where], of_day[where] = found
        self._limit(values)
        columns = zip(forecast.T, values, chance, of_day, reference, strict=True)
        return {
            code: Prediction(*of_code)
            for code, of_code in zip(self.parameters, columns, strict=True)
        }

    def _limit(self, values: NDArray[np.float64]) -> None:
        """Change values [parameter, N, 3, 24] where one is impossible beside another."""
        for code, smaller_or_larger, other in _LIMITED:
            if code in self.parameters and other in self.parameters:
                own = values[self.parameters.index(code)]
                limit = values[self.parameters.index(other)]
                # An unknown limit is none.
                np.copyto(own, smaller_or_larger(own, limit), where=~np.isnan(limit))

    def _predict_series(
        self, batch: Batch, chosen: Series, factors: NDArray[np.float64] | None
    ) -> tuple[Forecasts, NDArray[np.bool_]]:
        """Forecast series, in the order of their parameters; factors are [S, 2, 4].

        Returns:
            The forecasts as they are published, and which of them are a reference's, [S].
        """
        targets = _Corrections.of(self, chosen.parameter)
        scale = scale_of(chosen.of(batch), targets.min_spread, targets.zeros, targets.ratios)
        far = is_far(batch, chosen, scale, self.parameters, self.network)
        if far.any():
            found = self._guarded(batch, chosen, scale, far)
        else:
            found = self._by_forests(batch, chosen, scale, targets)
        values = found.values if factors is None else _widened(found.values, factors)
        chance, of_day = rounded(found.chance), rounded(found.chance_24h)
        return Forecasts(targets.published(values), chance, of_day), far

    def _guarded(
        self, batch: Batch, chosen: Series, scale: Scale, far: NDArray[np.bool_]
    ) -> Forecasts:
        """Forecast what is far by a reference, and the other series by the forests."""
        targets = _Corrections.of(self, chosen.parameter)
        elsewhere = stand_in(
            chosen.of(batch)[far],
            scale.spread[far],
            targets.min_spread[far] / 2,
            targets.zeros[far],
            targets.circular[far],
        )
        if far.all():
            return elsewhere
        near = Series(chosen.station[~far], chosen.parameter[~far])
        corrections = _Corrections.of(self, near.parameter)
        at_home = self._by_forests(batch, near, scale.take(~far), corrections)
        found = Forecasts(*(np.empty((len(far), *part.shape[1:])) for part in at_home))
        for whole, inside, outside in zip(found, at_home, elsewhere, strict=True):
            whole[~far], whole[far] = inside, outside
        return found

    def _by_forests(
        self, batch: Batch, chosen: Series, scale: Scale, targets: "_Corrections"
    ) -> Forecasts:
        """Forecast series by the forests, in the order of their parameters."""
        rows = features_of_series(batch, chosen, scale)
        ends = np.cumsum(np.bincount(chosen.parameter, minlength=len(self.targets)))
        parts = np.split(rows.reshape(-1, rows.shape[-1]), ends[:-1] * LEAD_HOURS)
        raw = [
            self.forests[target.code].predict(part)
            for target, part in zip(self.targets, parts, strict=True)
            if len(part)
        ]
        output = np.concatenate(raw).reshape(len(rows), LEAD_HOURS, -1)
        relative = targets.calibrated(output)
        values = scale.absolute(relative.reshape(len(relative), -1)).reshape(relative.shape)
        return Forecasts(values, *self._chances(chosen.parameter, output, values))

    def _chances(
        self, parameter: NDArray[np.intp], output: Floats, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the chances of series, and replace the values of those that have chances."""
        chance = np.full(output.shape[:-1], np.nan)
        of_day = np.full(len(output), np.nan)
        for code, chances in self.chances.items():
            own = parameter == self.parameters.index(code)
            values[own] = chances.quantiles(output[own], LEVELS)
            chance[own] = chances.of_hours(output[own])
            of_day[own] = chances.of_day(chance[own])
        return chance, of_day


def _widened(values: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply the two sides of the intervals [S, 3, 24] by factors [S, 2, 4]."""
    low, median, high = values.transpose(1, 0, 2)
    # A factor of 1 adds exactly nothing.
    more_low, more_high = (factors - 1).repeat(LEAD_HOURS // LEAD_GROUPS, axis=-1).swapaxes(0, 1)
    lower, upper = low - more_low * (median - low), high + more_high * (high - median)
    return np.stack([lower, median, upper], axis=1)


@dataclass(frozen=True, slots=True)
class _Corrections:
    """Calibration and limits of the parameters of S series, each array [S, 1, 1] or [S, 24].

    Calibrating and rounding take a few small steps. Done once for all parameters, they cost a
    request no more than for one parameter.
    """

    min_spread: NDArray[np.float64]
    zeros: NDArray[np.bool_]
    ratios: NDArray[np.bool_]
    circular: NDArray[np.bool_]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    power: NDArray[np.float64]
    growth: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, model: Model, parameter: NDArray[np.intp]) -> "_Corrections":
        targets = model.targets
        calibrations = [model.calibration[target.code] for target in targets]
        numbers = [
            (-np.inf, np.inf, 10.0**t.decimals)  # a circle has no ends
            if t.code in CIRCULAR
            else (t.minimum, t.maximum, 10.0**t.decimals)
            for t in targets
        ]
        minimum, maximum, power = np.array(numbers)[parameter].T[:, :, None, None]
        by_lead = [(each.growth, each.low, each.high) for each in calibrations]
        growth, low, high = np.array(by_lead)[parameter].transpose(1, 0, 2)
        spread = np.array([target.min_spread for target in targets])[parameter]
        zeros = np.array([target.zeros for target in targets])[parameter]
        ratios = np.array([target.ratios for target in targets])[parameter]
        circular = np.array([target.code in CIRCULAR for target in targets])[parameter]
        limits = minimum, maximum, power
        return cls(spread, zeros, ratios, circular, *limits, growth, low, high)

    def calibrated(self, raw: Floats) -> NDArray[np.float64]:
        """Turn the output of forests, [S, 24, 3], into [S, 3, 24]: quantiles in order, widened."""
        ordered = np.sort(raw.astype(np.float64), axis=-1)
        low, median, high = ordered.transpose(2, 0, 1) * self.growth
        lower = median - (median - low) * self.low
        return np.stack([lower, median, median + (high - median) * self.high], axis=1)

    def published(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Limit values [S, 3, 24] to plausible ones, and round them like `np.round`."""
        plausible = values.clip(self.minimum, self.maximum)
        rounded = np.rint(plausible * self.power) / self.power + 0.0  # no minus zero
        if self.circular.any():
            rounded[self.circular] = bent(rounded[self.circular])
        return rounded
