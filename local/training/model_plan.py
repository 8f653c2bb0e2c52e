"""Trains the models of a multi-model endpoint: for each parameter, and for single countries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batch_jobs.observations.read import Observations
from batch_jobs.progress import Track, quiet
from batch_jobs.training.targets import targets_of
from local.releases.target_models import TargetModel
from local.training.training import archive_of
from model.archive import Archive
from model.artifact import save
from model.candidate import Source, archive_for, make_candidate
from model.errors import TrainingError
from model.evaluation import Evaluated
from model.prediction import ForecastParameter


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


class Measured:
    """Observations that were read, as a source of candidates; see `model.candidate.Source`."""

    def __init__(self, observations: Observations) -> None:
        self._archive = archive_of(observations)
        self._countries = np.array([station.country for station in observations.stations])

    def target(self, code: str) -> ForecastParameter:
        """Return what the model needs to know about a parameter."""
        return targets_of((code,))[0]

    def archive(self, codes: Sequence[str], country: str) -> Archive:
        """Return the observations of some parameters; see `model.candidate.Source`."""
        chosen = self._archive.select(tuple(codes))
        measure = ~np.isnan(chosen.values).all(axis=(1, 2))
        if country:
            measure &= self._countries == country
        return chosen.take(np.flatnonzero(measure))


def train_each(
    source: Source,
    models: Sequence[TargetModel],
    name: str,
    folder: Path,
    track: Track,
    depth: int,
) -> Iterator[Trained | Skipped]:
    """Train models of one parameter each, and write their artifacts.

    A model that cannot be trained is skipped.

    Args:
        source: The observations: `Measured`, or a training set.
        models: The models to train.
        name: The common name of the models.
        folder: Where to write the artifacts.
        track: Shows progress.
        depth: Levels of a tree.
    """
    for model in track(models, "Training", len(models)):
        code = model.parameter
        try:
            archive = archive_for(source, (code,), model.country)
            made = make_candidate(archive, (source.target(code),), name, quiet, depth)
        except TrainingError as error:
            yield Skipped(model, str(error))
        else:
            save(made.model, folder / model.file)
            yield Trained(model, made.model.training["stations"], made.scores[code])
