"""Plans and trains models: one of all parameters, or one for each parameter and single countries.

A `Trainer` makes a model here (`Local`) or as a job (`local.training.training_job`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from batch_jobs.observations.read import Observations
from batch_jobs.observations.whole_files import write_whole
from batch_jobs.progress import Track, quiet
from batch_jobs.training.targets import targets_of
from local.releases.target_models import TargetModel
from local.training.training import archive_of
from model.archive import Archive
from model.artifact import artifact_of
from model.candidate import Source, archive_for, make_possible
from model.errors import TrainingError
from model.prediction import ForecastParameter
from model.stations import apart
from model.training_set import TrainingSet


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained.

    Attributes:
        model: The model.
        stations: The number of stations it was trained on.
        score: Its score on the held-back time, as `Evaluated.summary` is.
    """

    model: TargetModel
    stations: int
    score: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model that could not be trained.

    Attributes:
        model: The model.
        reason: Why it could not be trained.
    """

    model: TargetModel
    reason: str


class Made(NamedTuple):
    """A model as a trainer makes it.

    Attributes:
        artifact: The bytes of its `model.tar.gz`.
        stations: The number of stations it was trained on.
        scores: By parameter code, its score on the held-back time, as `Evaluated.summary` is.
        left_out: Why parameters were left out of it.
    """

    artifact: bytes
    stations: int
    scores: Mapping[str, Mapping[str, Any]]
    left_out: Sequence[str] = ()


class Trainer(Protocol):
    """What makes models of one source of observations."""

    def make(self, codes: Sequence[str], country: str) -> Made:
        """Make a model.

        Args:
            codes: The parameters that it is to forecast.
            country: Whose stations it learns from; "" for all.

        Raises:
            TrainingError: It cannot be trained from this source.
        """
        ...


@dataclass(frozen=True, slots=True)
class Local:
    """Makes models on this machine.

    Attributes:
        source: The observations.
        name: The name of the models.
        depth: Levels of a tree.
        track: Shows the progress of one model.
    """

    source: Source
    name: str
    depth: int
    track: Track = quiet

    def make(self, codes: Sequence[str], country: str) -> Made:
        """Make a model; see `Trainer`."""
        archive = archive_for(self.source, codes, country)
        targets = tuple(map(self.source.target, codes))
        model, _, left_out = make_possible(archive, targets, self.name, self.track, self.depth)
        return Made(artifact_of(model), model.training["stations"], model.scores, left_out)


class Learned:
    """A training set without the stations that training jobs hold out, as a source of candidates.

    So a model is the same one here and from a job; see `model.candidate.Source`.
    """

    def __init__(self, training_set: TrainingSet) -> None:
        self._set = training_set

    def target(self, code: str) -> ForecastParameter:
        """Return what the model needs to know about a parameter."""
        return self._set.target(code)

    def archive(self, codes: Sequence[str], country: str) -> Archive:
        """Return the observations of some parameters; see `model.candidate.Source`."""
        learned, _ = apart(self._set.archive(codes, country))
        return learned


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
    trainer: Trainer, models: Sequence[TargetModel], folder: Path, track: Track
) -> Iterator[Trained | Skipped]:
    """Train models of one parameter each, and write their artifacts.

    A model that cannot be trained is skipped.

    Args:
        trainer: Makes them.
        models: The models to train.
        folder: Where to write the artifacts.
        track: Shows progress.
    """
    for model in track(models, "Training", len(models)):
        try:
            made = trainer.make((model.parameter,), model.country)
        except TrainingError as error:
            yield Skipped(model, str(error))
        else:
            write_whole(folder / model.file, made.artifact, replace=True)
            yield Trained(model, made.stations, made.scores[model.parameter])
