"""Training: from years of hourly observations to a model.

The last part of the time axis is held back for `model.evaluation`; nothing here looks at it. What
comes before is cut into blocks of ten days: four of five are learned from, every fifth stops the
boosting and calibrates the interval, so that both see all seasons there are. Rows are never split
at random: neighbouring hours say nearly the same, and a model would be judged on what it has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import xgboost
from numpy.lib.stride_tricks import sliding_window_view

from model.artifact import LEVELS, Calibration, Model, Target
from model.boosters import Booster
from model.errors import TrainingError
from model.features import (
    LEAD_HOURS,
    WINDOW,
    Batch,
    feature_names,
    features,
    is_forecastable,
    scale_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from model.features import Floats, Scale
    from model.forest import Forest

T = TypeVar("T")

#: Share of the time axis that is held back.
HELD_BACK_SHARE = 0.2
#: Before that, blocks of this many hours; every fifth is for validation.
BLOCK = 240
_EVERY = 5

#: Rows a booster learns from, at most. More did not raise the skill; see docs/skill.md.
MAX_ROWS = 140_000
_LEADS_OF_A_WINDOW = 6  # of 24: neighbouring lead times of a window say nearly the same
_CHUNK = 4000
_SEED = 20131230

_XGBOOST = {
    "objective": "reg:quantileerror",
    "quantile_alpha": np.array(LEVELS),
    "tree_method": "hist",
    "multi_strategy": "multi_output_tree",  # one tree for the three quantiles: a third of the work
    "eta": 0.1,
    "min_child_weight": 100,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "seed": _SEED,
}
#: Levels of a tree, unless others are asked for.
DEPTH = 6
_MAX_ROUNDS = 300
_PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Archive:
    """Hourly observations of S stations over T hours.

    Attributes:
        parameters: Codes, the order of axis 1.
        values: float32 [S, parameter, T], hours oldest first; NaN where there is none.
        latitude: [S], degrees north.
        longitude: [S], degrees east.
        elevation: [S], metres; NaN where unknown.
        first_hour: Hours since 1970 UTC of the first value.
    """

    parameters: tuple[str, ...]
    values: Floats
    latitude: Floats
    longitude: Floats
    elevation: Floats
    first_hour: int

    @property
    def hours(self) -> int:
        """Length of the time axis."""
        return int(self.values.shape[-1])

    def select(self, parameters: tuple[str, ...]) -> Archive:
        """Return the archive of some parameters, in that order."""
        index = [self.parameters.index(code) for code in parameters]
        return replace(self, parameters=parameters, values=self.values[:, index])

    def take(self, stations: NDArray[np.intp]) -> Archive:
        """Return the archive of some stations, given by their positions."""
        return replace(
            self,
            values=self.values[stations],
            latitude=self.latitude[stations],
            longitude=self.longitude[stations],
            elevation=self.elevation[stations],
        )

    def batch(self, stations: NDArray[np.intp], hours: NDArray[np.intp]) -> Batch:
        """Cut the histories that end at *hours* (positions on the time axis) of *stations*."""
        windows = sliding_window_view(self.values, WINDOW, axis=-1)
        return Batch(
            np.ascontiguousarray(windows[stations, :, hours - WINDOW + 1]),
            self.latitude[stations],
            self.longitude[stations],
            self.elevation[stations],
            self.first_hour + hours.astype(np.int64),
        )

    def after(self, index: int, stations: NDArray[np.intp], hours: NDArray[np.intp]) -> Floats:
        """Return what parameter *index* measured in the 24 hours after *hours*: [N, 24]."""
        steps = np.arange(1, LEAD_HOURS + 1)
        observed: Floats = self.values[stations[:, None], index, hours[:, None] + steps]
        return observed

    def time(self, hour: int) -> str:
        """Write a position on the time axis as RFC 3339 UTC."""
        time = datetime.fromtimestamp((self.first_hour + hour) * 3600, UTC)
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Split:
    """Which hours of the time axis are issue times of which kind of row.

    A forecast begins and ends within one block, so no hour is both learned from and validated on.

    Attributes:
        learn: Positions to learn from.
        validate: Positions to stop and calibrate with.
        held_back: Position where the held-back time begins.
    """

    learn: NDArray[np.intp]
    validate: NDArray[np.intp]
    held_back: int

    @classmethod
    def of(cls, archive: Archive) -> Split:
        """Cut the time axis of an archive.

        Raises:
            TrainingError: It is too short to cut.
        """
        held_back = int(archive.hours * (1 - HELD_BACK_SHARE))
        hours = np.arange(WINDOW, held_back - LEAD_HOURS)
        hours = hours[hours % BLOCK < BLOCK - LEAD_HOURS]
        validate = hours // BLOCK % _EVERY == _EVERY - 1
        if not validate.any():
            raise TrainingError(
                f"{archive.hours} hours of observations are too few to train on; "
                f"give at least {int(_EVERY * BLOCK / (1 - HELD_BACK_SHARE))}"
            )
        return cls(hours[~validate], hours[validate], held_back)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to learn from or to validate on.

    Attributes:
        features: float32 [M, F].
        target: [M], relative to each series.
        weight: [M]: spread of the series, so that the loss is the error in the parameter's unit.
        lead: [M], lead time in hours less one.
    """

    features: Floats
    target: NDArray[np.float64]
    weight: NDArray[np.float64]
    lead: NDArray[np.intp]


class Track(Protocol):
    """Wraps a long loop, so that the command line can show a bar."""

    def __call__(self, iterable: Iterable[T], description: str, total: int) -> Iterable[T]:
        """Yield what *iterable* yields; *total* is how many items that will be."""
        ...


def train(
    archive: Archive, targets: tuple[Target, ...], name: str, track: Track, depth: int = DEPTH
) -> Model:
    """Train a model on everything but the held-back part of the time axis.

    Args:
        archive: Observations; parameters that are no target are left out.
        targets: What to forecast.
        name: The model's name.
        track: Wraps the loop over the targets.
        depth: Levels of a tree.

    Raises:
        TrainingError: The time axis is too short, or a target has too few observations.
    """
    archive = archive.select(tuple(target.code for target in targets))
    split = Split.of(archive)
    boosters, calibration = {}, {}
    for target in track(targets, "Training", len(targets)):
        boosters[target.code], calibration[target.code] = _fit(archive, split, target, depth)
    training = _training(archive, split, boosters) | {"depth": depth}
    return Model(name, targets, boosters, calibration, training, {})


def _training(archive: Archive, split: Split, boosters: dict[str, Booster]) -> dict[str, object]:
    return {
        "start": archive.time(0),
        "end": archive.time(split.held_back - 1),
        "held_back_from": archive.time(split.held_back),
        "stations": len(archive.values),
        "rounds": {code: booster.rounds for code, booster in boosters.items()},
    }


def _fit(archive: Archive, split: Split, target: Target, depth: int) -> tuple[Booster, Calibration]:
    names = feature_names(archive.parameters, target.code)
    learn = _rows(archive, target, split.learn, MAX_ROWS)
    check = _rows(archive, target, split.validate, MAX_ROWS // 4)
    growth = _growth(learn)
    matrix = _matrix(learn, growth, names)
    validation = _matrix(check, growth, names, ref=matrix)
    booster = xgboost.train(
        _XGBOOST | {"max_depth": depth},
        matrix,
        _MAX_ROUNDS,
        evals=[(validation, "validation")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
    )
    booster = booster[: booster.best_iteration + 1]
    booster.feature_names = None  # names are in the manifest; arrays need no check on every call
    forest = Booster(booster)
    return forest, _calibrate(forest, growth, archive, split, target)


def _matrix(
    rows: Rows,
    growth: NDArray[np.float64],
    names: list[str],
    ref: xgboost.QuantileDMatrix | None = None,
) -> xgboost.QuantileDMatrix:
    unit = growth[rows.lead]
    return xgboost.QuantileDMatrix(
        rows.features, rows.target / unit, weight=rows.weight * unit, feature_names=names, ref=ref
    )


def _growth(rows: Rows) -> NDArray[np.float64]:
    """Measure how far series are from their newest value, by lead time, in spreads."""
    moved = np.abs(rows.target)
    by_lead = [moved[rows.lead == hour].mean() for hour in range(LEAD_HOURS)]
    return np.maximum(by_lead, _MIN_WIDTH).round(4)


def _rows(archive: Archive, target: Target, issue: NDArray[np.intp], limit: int) -> Rows:
    """Draw rows with issue times among the positions *issue*, of all stations."""
    index = archive.parameters.index(target.code)
    random = np.random.default_rng([_SEED, index])
    stations, hours = _draw_windows(archive, issue, limit // _LEADS_OF_A_WINDOW, random)
    parts = []
    for cut in range(0, len(stations), _CHUNK):
        part = _known(archive, index, stations[cut : cut + _CHUNK], hours[cut : cut + _CHUNK])
        batch, observed = part
        chosen = ~np.isnan(observed)
        chosen &= random.random(observed.shape) < _LEADS_OF_A_WINDOW / LEAD_HOURS
        scale = scale_of(batch.history[:, index], target.min_spread)
        parts.append(_choose(features(batch, index, scale), observed, scale, chosen))
    rows = [np.concatenate(column) for column in zip(*parts, strict=True)]
    if not parts or not np.bincount(rows[3], minlength=LEAD_HOURS).all():
        raise TrainingError(f"{target.code}: too few observations to train on")
    return Rows(rows[0], rows[1], rows[2] / rows[2].mean(), rows[3])


def _draw_windows(
    archive: Archive, issue: NDArray[np.intp], count: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    everything = len(archive.values) * len(issue)
    drawn = np.sort(random.choice(everything, min(count, everything), replace=False))
    return drawn // len(issue), issue[drawn % len(issue)]


def _known(
    archive: Archive, index: int, stations: NDArray[np.intp], hours: NDArray[np.intp]
) -> tuple[Batch, Floats]:
    batch = archive.batch(stations, hours)
    known = np.flatnonzero(is_forecastable(batch.history[:, index]))
    return batch.take(known), archive.after(index, stations[known], hours[known])


def _choose(
    rows: Floats, observed: Floats, scale: Scale, chosen: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    weight = np.broadcast_to(scale.spread[:, None], observed.shape)
    return rows[chosen], scale.relative(observed)[chosen], weight[chosen], np.nonzero(chosen)[1]


def _calibrate(
    forest: Forest,
    growth: NDArray[np.float64],
    archive: Archive,
    split: Split,
    target: Target,
) -> Calibration:
    """Find the factors that make the interval right on the validation period."""
    rows = _rows(archive, target, split.validate, MAX_ROWS)
    relative = np.sort(forest.predict(rows.features).astype(np.float64), axis=-1)
    low, median, high = relative.T * growth[rows.lead]
    below = (median - rows.target) / np.maximum(median - low, _MIN_WIDTH)
    above = (rows.target - median) / np.maximum(high - median, _MIN_WIDTH)
    return Calibration(
        tuple(growth.tolist()), _factors(below, rows.lead), _factors(above, rows.lead)
    )


#: An interval narrower than this (in spreads) is a series that stands still: nothing to widen.
_MIN_WIDTH = 0.02


def _factors(ratio: NDArray[np.float64], lead: NDArray[np.intp]) -> tuple[float, ...]:
    by_lead = [np.quantile(ratio[lead == hour], LEVELS[-1]) for hour in range(LEAD_HOURS)]
    return tuple(float(np.clip(factor, 0.5, 3.0).round(4)) for factor in by_lead)
