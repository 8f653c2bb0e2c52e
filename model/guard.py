"""Where a model is at home, and what stands in for it elsewhere.

A model that learned in one city knows its weather and its pollution, and has been seen to be worse
than no model on another continent. So a series that is far from the network of training is not
forecast by the model, but by a reference that knows nothing but the series: a blend of persistence
and of the mean of the same hour over seven days, weighed by how well each would have done in the
168 hours, with an interval as wide as its own errors there.

As in `model.features`, a station gets the same numbers alone as among ten thousand others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.chance import WET
from model.circle import mean_of_sums, turned, vectors
from model.features import (
    HISTORY_HOURS,
    LEAD_HOURS,
    Batch,
    Floats,
    Series,
)
from model.network import Network
from model.scale import Scale
from model.scale import mean as mean_of

#: A station is far if no station of training is within this distance: weather and air are alike
#: over some hundreds of kilometres, and hardly over thousands.
RADIUS_KM = 1000
_EARTH_KM = 6371.0
#: A series is far if its mean or its spread is outside of the range from p01 to p99 of training,
#: widened on both sides by this share of it; a spread also has to be twice as far.
_MARGIN = 0.5
_TWICE = float(np.log(2))

_LEADS = np.arange(1, LEAD_HOURS + 1)
#: Issue times in the history from which the reference is tried: every sixth hour whose 24 hours
#: are known.
_ORIGINS = np.arange(LEAD_HOURS - 1, HISTORY_HOURS - LEAD_HOURS, 6)
_TRIES = LEAD_HOURS * len(_ORIGINS)
#: The parts of the blend are weighed for so many lead times together.
_LEADS_TOGETHER = 6
#: If less than this share of the hours could be compared, they say nothing about a series.
_ENOUGH = 0.25
#: The distance of the newest value from the mean of its hour is expected to halve and halve again;
#: after so many hours a share of 1/e is left.
_MEMORIES = (12, 48)
_DECAY = np.exp(-np.arange(2 * HISTORY_HOURS) / np.array(_MEMORIES)[:, None])
#: How much each is trusted before it was tried: persistence, and the two that return to the mean.
_TRUST = np.array([3.0, 1.0, 1.0])
#: If more values than this repeat the one before, as at the upper end of a visibility meter, the
#: newest value stays.
_MOST = 0.5
_STAYS = np.array([1.0, 0.0, 0.0])
#: Level of the interval's sides. A little more than 0.9, because there are only seven days to tell
#: from: on five networks (docs/verification.md), this gives 80 % coverage, and 0.9 gives 76 %.
_LEVEL = 0.92
#: One side of the interval of a normal distribution, in spreads: of a series with too few of them.
_UNTRIED = 1.28
#: One hour of rain in a day, for which the history of each station says more.
_PRIOR_WET, _PRIOR_HOURS = 1.0, 24.0
_TINY = 1e-9

#: Returns the differences of two arrays.
_Minus = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


class Forecasts(NamedTuple):
    """Forecasts of S series, not limited and not rounded.

    Attributes:
        values: [S, 3, 24], p10, p50 and p90.
        chance: [S, 24], the chance of a wet hour; NaN for what is not mostly zero.
        chance_24h: [S], the chance that at least one of them is wet; NaN as well.
    """

    values: NDArray[np.float64]
    chance: NDArray[np.float64]
    chance_24h: NDArray[np.float64]


def is_far(
    batch: Batch,
    chosen: Series,
    scale: Scale,
    codes: Sequence[str],
    networks: Mapping[str, Network],
) -> NDArray[np.bool_]:
    """Tell which series [S] are far from the network of training.

    Args:
        batch: N histories.
        chosen: S series of the batch.
        scale: Scale of these series.
        codes: Codes of the batch's parameters, in order.
        networks: What training looked like, by parameter code; nothing is far if it is empty.
    """
    of_codes = [networks.get(code) for code in codes]
    limits = np.array([_limits(network) for network in of_codes])[chosen.parameter]
    low, high, narrow, wide = limits.T
    mean, spread = mean_of(chosen.of(batch).astype(np.float64)), np.log(scale.spread)
    places = [() if network is None else network.places for network in of_codes]
    elsewhere = {each: _is_elsewhere(batch, each) for each in set(places)}
    by_code = np.array([elsewhere[each] for each in places])
    outside = (mean < low) | (mean > high) | (spread < narrow) | (spread > wide)
    return np.asarray(outside | by_code[chosen.parameter, chosen.station], np.bool_)


def _limits(network: Network | None) -> tuple[float, float, float, float]:
    """Return the lowest and highest mean, and the same of the logarithm of the spread."""
    if network is None:
        return -np.inf, np.inf, -np.inf, np.inf
    # Directions have no quantiles, and none of them is far.
    mean = _widened(network.quantiles, 0) if network.quantiles else (-np.inf, np.inf)
    return *mean, *_widened(network.spread, _TWICE)


def _widened(quantiles: Mapping[str, float], at_least: float) -> tuple[float, float]:
    low, high = quantiles["p01"], quantiles["p99"]
    margin = max(_MARGIN * (high - low), at_least)
    return low - margin, high + margin


def _is_elsewhere(batch: Batch, places: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Tell which stations [N] are further than `RADIUS_KM` from all *places*; none if unknown."""
    if not places:
        return np.zeros(len(batch), np.bool_)
    own = _on_sphere(batch.latitude, batch.longitude)
    known = _on_sphere(*np.array(places).T)
    # Not a matrix product: that may round differently for one station and for many.
    cosine = sum(own[axis][:, None] * known[axis] for axis in range(3))
    far: NDArray[np.bool_] = np.max(cosine, axis=-1) < np.cos(RADIUS_KM / _EARTH_KM)
    return far


def _on_sphere(
    latitude: NDArray[np.generic], longitude: NDArray[np.generic]
) -> tuple[NDArray[np.float64], ...]:
    phi, angle = np.radians(latitude.astype(np.float64)), np.radians(longitude.astype(np.float64))
    return np.cos(phi) * np.cos(angle), np.cos(phi) * np.sin(angle), np.sin(phi)


def stand_in(
    series: Floats,
    spread: NDArray[np.float64],
    step: NDArray[np.float64],
    zeros: NDArray[np.bool_],
    circular: NDArray[np.bool_],
) -> Forecasts:
    """Forecast series [S, 168] from nothing but themselves.

    Args:
        series: Series that are forecastable; see `model.features.is_forecastable`.
        spread: [S], for the interval of a series that is too short to try the reference.
        step: [S], the last decimal of what is published.
        zeros: [S], whether it is of what is mostly zero.
        circular: [S], whether it is of directions; their quantiles may be below 0 or above 360.
    """
    found = Forecasts(
        np.empty((len(series), 3, LEAD_HOURS)),
        np.full((len(series), LEAD_HOURS), np.nan),
        np.full(len(series), np.nan),
    )
    for own, is_circular in ((~zeros & ~circular, False), (circular, True)):
        if own.any():
            exact = series[own].astype(np.float64)
            found.values[own] = _blend(exact, spread[own], step[own, None], circular=is_circular)
    for part, numbers in zip(found, _frequencies(series[zeros]), strict=True):
        part[zeros] = numbers
    return found


def _frequencies(series: Floats) -> Forecasts:
    """Forecast what is mostly zero by how often it was how much."""
    amounts = np.stack([_quantile(series.astype(np.float64), level) for level in (0.1, 0.5, 0.9)])
    known = ~np.isnan(series)
    # In single precision, as observations are: 0.1 is wet.
    wet = series >= np.float32(WET)
    hourly = (wet.sum(axis=-1) + _PRIOR_WET) / (known.sum(axis=-1) + _PRIOR_HOURS)
    days = wet.reshape(-1, HISTORY_HOURS // LEAD_HOURS, LEAD_HOURS).any(axis=-1)
    of_day = np.maximum((days.sum(axis=-1) + 0.5) / (days.shape[-1] + 1), hourly)
    shape = (len(series), LEAD_HOURS)
    return Forecasts(
        np.broadcast_to(amounts.T[:, :, None], (len(series), 3, LEAD_HOURS)),
        np.broadcast_to(hourly[:, None], shape),
        of_day,
    )


def _blend(
    series: NDArray[np.float64],
    spread: NDArray[np.float64],
    step: NDArray[np.float64],
    *,
    circular: bool,
) -> NDArray[np.float64]:
    """Return the quantiles [S, 3, 24] of the blend for series [S, 168].

    Directions are blended by their turns from the newest one.
    """
    days = series.reshape(-1, HISTORY_HOURS // LEAD_HOURS, LEAD_HOURS)
    minus, means = (_turn, _mean_directions) if circular else (np.subtract, _means)
    of_hour, rest = means(days)
    errors = _errors(series, rest.reshape(series.shape), minus)
    weights = _weights(errors, series)
    parts = _forecasts(series, of_hour, minus)
    if circular:
        stays = parts[..., :1]
        center = stays[..., 0] + (weights * minus(parts, stays)).sum(axis=-1)
    else:
        center = (weights * parts).sum(axis=-1)
    low, high = _sides((weights[:, :, None] * errors).sum(axis=-1), spread)
    # Observations are finer than what is published, so no side is less than a step.
    return np.stack(
        [center - np.maximum(low, step), center, center + np.maximum(high, step)], axis=1
    )


def _means(days: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the means of each hour of the day [S, 24], and those without each day [S, 7, 24].

    The mean that a day is compared with does not have the day itself.
    """
    known = ~np.isnan(days)
    count, total = known.sum(axis=1), np.where(known, days, 0).sum(axis=1)
    rest = _ratio(total[:, None] - np.where(known, days, 0), count[:, None] - known)
    return _ratio(total, count), rest


def _mean_directions(
    days: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the same of directions."""
    known = ~np.isnan(days)
    count, (east, north) = known.sum(axis=1), vectors(days)
    sums = east.sum(axis=1), north.sum(axis=1)
    rest = sums[0][:, None] - east, sums[1][:, None] - north
    return mean_of_sums(*sums, count), mean_of_sums(*rest, count[:, None] - known)


def _turn(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return turned(one - other)


def _ratio(total: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _forecasts(
    series: NDArray[np.float64], of_hour: NDArray[np.float64], minus: _Minus
) -> NDArray[np.float64]:
    """Return what each part of the blend says, [S, 24, part]."""
    age = np.argmax(~np.isnan(series[:, ::-1]), axis=-1)
    newest = np.take_along_axis(series, HISTORY_HOURS - 1 - age[:, None], axis=-1)
    hour = (HISTORY_HOURS - 1 - age) % LEAD_HOURS
    distance = minus(newest, np.take_along_axis(of_hour, hour[:, None], axis=-1))
    returning = [of_hour + decay[age[:, None] + _LEADS] * distance for decay in _DECAY]
    stays = np.broadcast_to(newest, of_hour.shape)
    # An hour of the day that was never observed has no mean to return to.
    return np.stack([stays, *(np.where(np.isnan(r), stays, r) for r in returning)], axis=-1)


def _errors(
    series: NDArray[np.float64], rest: NDArray[np.float64], minus: _Minus
) -> NDArray[np.float64]:
    """Return how wrong each part would have been, [S, 24, origin, part]; NaN if any is unknown."""
    valid = _LEADS[:, None] + _ORIGINS
    observed, mean = series[:, valid], rest[:, valid]
    start = series[:, None, _ORIGINS]
    distance = minus(start, rest[:, None, _ORIGINS])
    returning = [minus(observed - mean, decay[_LEADS][:, None] * distance) for decay in _DECAY]
    errors = np.stack([minus(observed, start), *returning], axis=-1)
    unknown = np.isnan(errors).any(axis=-1, keepdims=True)
    return np.where(unknown, np.nan, errors)


def _weights(errors: NDArray[np.float64], series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh the parts by the inverse sixth power of their mean absolute errors, [S, 24, part]."""
    groups = LEAD_HOURS // _LEADS_TOGETHER
    together = np.abs(errors).reshape(len(errors), groups, _TRIES // groups, len(_TRUST))
    tries = np.ascontiguousarray(together.swapaxes(2, 3))
    mean = mean_of(tries) + _TINY
    share = np.where(_is_tried(tries), mean.min(axis=-1, keepdims=True) / mean, 1)
    square = share * share
    weights = _TRUST * square * square * square
    change = np.diff(series)
    repeats = (change == 0).sum(axis=-1) > _MOST * (~np.isnan(change)).sum(axis=-1)
    weights = np.where(repeats[:, None, None], _STAYS, weights)
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.repeat(weights, _LEADS_TOGETHER, axis=1)


def _is_tried(tries: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for errors [..., any] whether enough of them are known."""
    return np.asarray((~np.isnan(tries)).mean(axis=-1) >= _ENOUGH, np.bool_)


def _sides(
    errors: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return p50 - p10 and p90 - p50, [S, 24] each, from errors [S, 24, origin].

    The shape over the lead times is that of the mean absolute error, and its size is that of all
    errors in units of it: there are too few days to tell both apart at each lead time.
    """
    size = mean_of(np.abs(errors))
    size = np.where(np.isnan(size), spread[:, None], size)
    padded = np.pad(size, ((0, 0), (1, 1)), mode="edge")
    size = (padded[:, :-2] + size + padded[:, 2:]) / 3
    ratio = (errors / np.maximum(size, _TINY)[..., None]).reshape(-1, _TRIES)
    low = -_quantile(ratio, 1 - _LEVEL)[:, None] * size
    high = _quantile(ratio, _LEVEL)[:, None] * size
    tried, untried = _is_tried(ratio)[:, None], _UNTRIED * spread[:, None]
    return np.where(tried, low, untried), np.where(tried, high, untried)


def _quantile(numbers: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return a quantile of each row [S, any], of what is known of it; NaN if nothing is."""
    ordered = np.sort(numbers, axis=-1)  # NaN last
    position = np.maximum((~np.isnan(numbers)).sum(axis=-1) - 1, 0) * level
    below = np.floor(position).astype(np.intp)
    above = np.ceil(position).astype(np.intp)
    first = np.take_along_axis(ordered, below[:, None], axis=-1)[:, 0]
    second = np.take_along_axis(ordered, above[:, None], axis=-1)[:, 0]
    quantile: NDArray[np.float64] = first + (second - first) * (position - below)
    return quantile
