"""Training: from years of hourly observations to a model.

Nothing here looks at the hours that `model.archive.TimeSplit` holds back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from model.archive import Archive, TimeSplit
from model.boosters import Booster, boosted, grown
from model.chance import WET, Chances, amounts_of, kappa_of
from model.circle import CIRCULAR, straight_after, turned
from model.errors import SeriesError
from model.features import LEAD_HOURS, Floats, feature_names, features
from model.forest import Forest
from model.network import network_of
from model.prediction import LEVELS, NO_CALIBRATION, Calibration, ForecastParameter, Model
from model.sampling import draw_windows
from model.scale import Scale, scale_of

Track = Callable[[Iterable[ForecastParameter], str, int], Iterable[ForecastParameter]]

#: Greatest number of rows for a booster. More did not raise the skill; see docs/skill.md.
MAX_ROWS = 140_000
#: Share of the windows to learn from that are without covariates, so that a line may be, too.
HIDDEN = 0.2
#: Lead times of a window, of 24: neighbouring ones say nearly the same, and so do neighbouring
#: windows. Two are drawn if there are windows enough, else more, up to six; of rain always six.
_FEWEST_LEADS, _MOST_LEADS = 2, 6
_CHUNK = 4000
_SEED = 20131230

_XGBOOST = {
    "tree_method": "hist",
    "multi_strategy": "multi_output_tree",  # one tree for the three values: a third of the work
    "seed": _SEED,
}
_QUANTILES = {
    "objective": "reg:quantileerror",
    "quantile_alpha": np.array(LEVELS),
    "eta": 0.1,
    "min_child_weight": 100,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
}
#: Few hours are wet, so trees are not deep, see few columns each, and move less.
_CHANCES: dict[str, Any] = {
    "objective": "binary:logistic",
    "base_score": 0.5,
    "eta": 0.05,
    "min_child_weight": 20,
    "subsample": 0.5,
    "colsample_bytree": 0.3,
}
_CHANCES_DEPTH = 4
#: The trial learns from this share of the rows, in steps that are so many times as large.
_TRIAL_ROWS, _TRIAL_STEPS = 0.5, 2
#: Default depth of a tree, in levels.
DEPTH = 6


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows to learn from or to validate on.

    Attributes:
        features: float32 [M, F].
        target: [M], relative to each series (`model.scale.Scale`).
        weight: [M], spread of the series as measured, so that the loss is (with ratios: nearly) the
            error in the parameter's unit.
        lead: [M], lead time in hours minus one.
        step: [M], of each series (`model.scale.Scale`).
    """

    features: Floats
    target: NDArray[np.float64]
    weight: NDArray[np.float64]
    lead: NDArray[np.intp]
    step: NDArray[np.float64]


def train(
    archive: Archive,
    targets: tuple[ForecastParameter, ...],
    name: str,
    track: Track,
    depth: int = DEPTH,
) -> Model:
    """Train a model on everything but the held-back part of the time axis.

    Args:
        archive: Observations; other parameters than the targets are ignored.
        targets: The parameters to forecast.
        name: The model's name.
        track: Wraps the loop over the targets, to show progress.
        depth: Depth of a tree, in levels.

    Raises:
        TrainingError: The time axis is too short.
        SeriesError: A target has too few observations.
    """
    archive = archive.select(tuple(target.code for target in targets))
    split = TimeSplit.of(archive)
    boosters: dict[str, Booster] = {}
    calibration: dict[str, Calibration] = {}
    chances: dict[str, Chances] = {}
    for target in track(targets, "Training", len(targets)):
        code = target.code
        if target.zeros:
            calibration[code] = NO_CALIBRATION
            boosters[code], chances[code] = _fit_chances(archive, split, target, depth)
        else:
            boosters[code], calibration[code] = _fit(archive, split, target, depth)
    training = _training(archive, split, boosters) | {"depth": depth}
    return Model(
        name,
        targets,
        boosters,
        calibration,
        chances,
        training,
        scores={},
        covariates=archive.covariates,
        network={
            target.code: network_of(archive, split, index, target.min_spread, zeros=target.zeros)
            for index, target in enumerate(targets)
        },
    )


def _training(
    archive: Archive, split: TimeSplit, boosters: dict[str, Booster]
) -> dict[str, object]:
    return {
        "start": archive.time(0),
        "end": archive.time(split.held_back - 1),
        "held_back_from": archive.time(split.held_back),
        "stations": len(archive.values),
        "rounds": {code: booster.rounds for code, booster in boosters.items()},
    }


def _fit(
    archive: Archive, split: TimeSplit, target: ForecastParameter, depth: int
) -> tuple[Booster, Calibration]:
    names = feature_names(archive.parameters, target.code, archive.covariates)
    learn = _rows(archive, target, split.learn, MAX_ROWS, hidden=HIDDEN)
    check = _rows(archive, target, split.validate, MAX_ROWS // 4, hidden=HIDDEN)
    growth = _growth(learn)
    matrix = _matrix(learn, growth, names)
    validation = _matrix(check, growth, names, ref=matrix)
    forest = grown(_XGBOOST | _QUANTILES | {"max_depth": depth}, matrix, validation)
    return forest, _calibrate(forest, growth, archive, split, target)


def _fit_chances(
    archive: Archive, split: TimeSplit, target: ForecastParameter, depth: int
) -> tuple[Booster, Chances]:
    """Find the number of trees in a trial, and learn from the hours of its validation as well.

    Wet hours are few, so each counts.
    """
    settings = _XGBOOST | _CHANCES | {"max_depth": min(depth, _CHANCES_DEPTH)}
    learn = _rows(archive, target, split.learn, int(_TRIAL_ROWS * MAX_ROWS), hidden=HIDDEN)
    check = _rows(archive, target, split.validate, MAX_ROWS // 4, hidden=HIDDEN)
    if not (learn.target >= WET).any():
        raise SeriesError(target.code, "no hour to train on has any")
    amounts = amounts_of(learn.target, target.decimals)
    matrix = xgboost.QuantileDMatrix(learn.features, _reached(learn, amounts))
    validation = xgboost.QuantileDMatrix(check.features, _reached(check, amounts), ref=matrix)
    trial = grown(settings | {"eta": _TRIAL_STEPS * _CHANCES["eta"]}, matrix, validation)
    chances = Chances(amounts, _kappa(trial, amounts, archive, split, target))
    rows = _rows(archive, target, split.known, MAX_ROWS, hidden=HIDDEN)
    everything = xgboost.QuantileDMatrix(rows.features, _reached(rows, amounts))
    return boosted(settings, everything, _TRIAL_STEPS * trial.rounds), chances


def _reached(rows: TrainingRows, amounts: tuple[float, ...]) -> Floats:
    """Tell which amounts the rows reach, [M, 3]: 1 or 0."""
    # In single precision, as observations are: 0.1 reaches 0.1.
    reached = rows.target.astype(np.float32)[:, None] >= np.array(amounts, np.float32)
    return reached.astype(np.float32)


def _kappa(
    forest: Forest,
    amounts: tuple[float, ...],
    archive: Archive,
    split: TimeSplit,
    target: ForecastParameter,
) -> float:
    """Return the factor of the chance in 24 hours that was right on the validation period."""
    index = archive.parameters.index(target.code)
    random = np.random.default_rng([_SEED, index])
    windows = draw_windows(archive, index, split.validate, _CHUNK, random)
    batch, observed = archive.batch(*windows), archive.after(index, *windows)
    known = np.flatnonzero(~np.isnan(observed).any(axis=-1))
    scale = scale_of(batch.history[:, index], target.min_spread, target.zeros)
    rows = features(batch, index, scale)[known]
    output = forest.predict(rows.reshape(-1, rows.shape[-1])).reshape(len(rows), LEAD_HOURS, -1)
    # In single precision, as observations are: 0.1 is wet.
    wet = observed[known].max(axis=-1) >= np.float32(WET)
    return kappa_of(Chances(amounts, 1).of_hours(output), wet)


def _matrix(
    rows: TrainingRows,
    growth: NDArray[np.float64],
    names: list[str],
    ref: xgboost.QuantileDMatrix | None = None,
) -> xgboost.QuantileDMatrix:
    unit = growth[rows.lead]
    return xgboost.QuantileDMatrix(
        rows.features, rows.target / unit, weight=rows.weight * unit, feature_names=names, ref=ref
    )


def _growth(rows: TrainingRows) -> NDArray[np.float64]:
    """Return the mean distance of series from their newest value, by lead time, in spreads."""
    moved = np.abs(rows.target)
    by_lead = [moved[rows.lead == hour].mean() for hour in range(LEAD_HOURS)]
    return np.maximum(by_lead, _MIN_WIDTH).round(4)


def _rows(
    archive: Archive,
    target: ForecastParameter,
    issue: NDArray[np.intp],
    limit: int,
    hidden: float = 0,
) -> TrainingRows:
    """Draw rows of all stations, with issue times among the positions *issue*.

    A share *hidden* of the windows is without covariates.
    """
    index = archive.parameters.index(target.code)
    random = np.random.default_rng([_SEED, index])
    fewest = _MOST_LEADS if target.zeros else _FEWEST_LEADS
    stations, hours = draw_windows(archive, index, issue, limit // fewest, random)
    leads = min(limit / max(len(stations), 1), _MOST_LEADS)
    parts = []
    for cut in range(0, len(stations), _CHUNK):
        windows = stations[cut : cut + _CHUNK], hours[cut : cut + _CHUNK]
        batch, observed = archive.batch(*windows), archive.after(index, *windows)
        if archive.covariates:  # else the random numbers that follow would be others
            batch.ahead[random.random(len(batch)) < hidden] = np.nan
        chosen = ~np.isnan(observed)
        chosen &= random.random(observed.shape) < leads / LEAD_HOURS
        series = batch.history[:, index]
        if target.code in CIRCULAR:
            observed = straight_after(observed, series)
        scale = scale_of(series, target.min_spread, target.zeros, target.ratios)
        parts.append(_choose(features(batch, index, scale), observed, scale, chosen))
    rows = [np.concatenate(column) for column in zip(*parts, strict=True)]
    if not parts or not np.bincount(rows[3], minlength=LEAD_HOURS).all():
        raise SeriesError(target.code, "too few observations to train on")
    return TrainingRows(rows[0], rows[1], rows[2] / rows[2].mean(), rows[3], rows[4])


def _choose(
    rows: Floats, observed: Floats, scale: Scale, chosen: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]:
    """Return the columns of `TrainingRows`, weights as they are."""
    series, lead = np.nonzero(chosen)
    target = scale.relative(observed)[chosen]
    return rows[chosen], target, scale.spread[series], lead, scale.step[series]


def _calibrate(
    forest: Forest,
    growth: NDArray[np.float64],
    archive: Archive,
    split: TimeSplit,
    target: ForecastParameter,
) -> Calibration:
    """Return the factors that make the interval right on the validation period."""
    rows = _rows(archive, target, split.validate, MAX_ROWS)
    relative = np.sort(forest.predict(rows.features).astype(np.float64), axis=-1)
    low, median, high = relative.T * growth[rows.lead]
    error = rows.target - median
    if target.code in CIRCULAR:  # both are turns from the newest value
        error = turned(error * rows.step) / rows.step
    below = -error / np.maximum(median - low, _MIN_WIDTH)
    above = error / np.maximum(high - median, _MIN_WIDTH)
    return Calibration(
        tuple(growth.tolist()), _factors(below, rows.lead), _factors(above, rows.lead)
    )


#: A narrower interval (in spreads) belongs to a constant series and is not widened.
_MIN_WIDTH = 0.02


def _factors(ratio: NDArray[np.float64], lead: NDArray[np.intp]) -> tuple[float, ...]:
    by_lead = [np.quantile(ratio[lead == hour], LEVELS[-1]) for hour in range(LEAD_HOURS)]
    return tuple(float(np.clip(factor, 0.5, 3.0).round(4)) for factor in by_lead)
