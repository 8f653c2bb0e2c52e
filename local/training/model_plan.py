"""Models for a multi-model endpoint: one for each parameter, and for countries of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from batch_jobs.progress import quiet
from local.releases.target_models import TargetModel
from local.training.training import archive_of, train_model
from model.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from batch_jobs.observations.read import Observations
    from batch_jobs.progress import Track
    from model.archive import Archive
    from model.evaluation import Score

#: Stations that a country's own model is trained on, at least. A year of so many is as many rows
#: as a booster learns from; with fewer it would learn these stations, and not the country.
MIN_STATIONS = 3


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained.

    Attributes:
        model: What it forecasts, and where.
        stations: How many stations it was trained on.
        score: What was measured on the held-back time.
    """

    model: TargetModel
    stations: int
    score: Score


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model that could not be trained.

    Attributes:
        model: What it would have forecast, and where.
        reason: Why there is none, for people.
    """

    model: TargetModel
    reason: str


def plan_models(parameters: Sequence[str], countries: Sequence[str]) -> list[TargetModel]:
    """Say which models are to be trained: one a parameter, and one for each country."""
    return [TargetModel(code, country) for code in parameters for country in ("", *countries)]


def train_each(
    observations: Observations,
    models: Sequence[TargetModel],
    name: str,
    folder: Path,
    track: Track,
    depth: int,
) -> Iterator[Trained | Skipped]:
    """Train models of one parameter each, and write their artifacts under their own names.

    A model that cannot be trained is skipped with its reason, and costs no other.

    Args:
        observations: All that was measured.
        models: What is to be trained.
        name: The name that all of them have.
        folder: Where the artifacts go.
        track: Shows progress.
        depth: Levels of a tree.
    """
    archive = archive_of(observations)
    countries = np.array([station.country for station in observations.stations])
    for model in track(models, "Training", len(models)):
        chosen = _measured(archive, model, countries)
        stations = len(chosen.values)
        try:
            _check_stations(model, stations)
            scores = train_model(chosen, name, folder / model.file, quiet, depth)
        except TrainingError as error:
            yield Skipped(model, str(error))
        else:
            yield Trained(model, stations, scores[model.parameter])


def _measured(archive: Archive, model: TargetModel, countries: NDArray[np.str_]) -> Archive:
    """Cut the parameter of a model out of an archive, at the stations that measure it there."""
    chosen = archive.select((model.parameter,))
    measure = ~np.isnan(chosen.values).all(axis=(1, 2))
    if model.country:
        measure &= countries == model.country
    return chosen.take(np.flatnonzero(measure))


def _check_stations(model: TargetModel, stations: int) -> None:
    if model.country and stations < MIN_STATIONS:
        raise TrainingError(
            f"{stations} stations of {model.country} measure {model.parameter}; "
            f"a country's own model needs {MIN_STATIONS}"
        )
