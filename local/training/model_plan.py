"""Trains the models of a multi-model endpoint: for each parameter, and for single countries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.read import Observations
from batch_jobs.progress import Track, quiet
from local.releases.target_models import TargetModel
from local.training.training import archive_of, train_model
from model.archive import Archive
from model.errors import TrainingError
from model.evaluation import Evaluated

#: The smallest number of stations for a country's own model. With fewer, a booster learns these
#: stations and not the country.
MIN_STATIONS = 3


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained.

    Attributes:
        model: The model.
        stations: The number of stations it was trained on.
        score: Its score on the held-back time.
    """

    model: TargetModel
    stations: int
    score: Evaluated


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model that could not be trained.

    Attributes:
        model: The model.
        reason: Why it could not be trained.
    """

    model: TargetModel
    reason: str


def plan_models(parameters: Sequence[str], countries: Sequence[str]) -> list[TargetModel]:
    """Return the models to train: for each parameter, one for all countries and one for each."""
    return [TargetModel(code, country) for code in parameters for country in ("", *countries)]


def train_each(
    observations: Observations,
    models: Sequence[TargetModel],
    name: str,
    folder: Path,
    track: Track,
    depth: int,
) -> Iterator[Trained | Skipped]:
    """Train models of one parameter each, and write their artifacts.

    A model that cannot be trained is skipped.

    Args:
        observations: The observations of all stations.
        models: The models to train.
        name: The common name of the models.
        folder: Where to write the artifacts.
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
    """Select a model's parameter from an archive, at the stations that measure it."""
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
