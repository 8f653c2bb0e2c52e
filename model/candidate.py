"""Candidates: models that are trained on all but the last fifth of the time, and scored on it."""

from dataclasses import replace
from typing import NamedTuple, Protocol

from model.archive import Archive, TimeSplit
from model.errors import TrainingError
from model.evaluation import Evaluated, check_changes, check_observations, evaluate
from model.prediction import ForecastParameter, Model
from model.training import DEPTH, Track, train

#: The smallest number of stations for a country's own model. With fewer, a booster learns these
#: stations and not the country.
MIN_STATIONS = 3


class Source(Protocol):
    """Where the observations of single parameters come from: see `model.training_set`."""

    def target(self, code: str) -> ForecastParameter:
        """Return what the model needs to know about a parameter."""

    def archive(self, code: str, country: str) -> Archive:
        """Return the observations of a parameter at the stations that measure it.

        Args:
            code: The parameter.
            country: ISO 3166-1 alpha-2 code; "" for all.
        """


class Scored(NamedTuple):
    """A model, with its scores on the held-back time by parameter code."""

    model: Model
    scores: dict[str, Evaluated]


def candidate_of(
    source: Source, code: str, country: str, name: str, track: Track, depth: int = DEPTH
) -> Scored:
    """Make a candidate that forecasts one parameter.

    Args:
        source: The observations.
        code: The parameter.
        country: Whose stations it learns from; "" for all.
        name: The model's name.
        track: Shows progress.
        depth: Levels of a tree.

    Raises:
        TrainingError: There are too few observations, or they cannot be read.
    """
    archive = source.archive(code, country)
    stations = len(archive.values)
    if country and stations < MIN_STATIONS:
        raise TrainingError(
            f"{stations} stations of {country} measure {code}; "
            f"a country's own model needs {MIN_STATIONS}"
        )
    return make_candidate(archive, (source.target(code),), name, track, depth)


def make_candidate(
    archive: Archive,
    targets: tuple[ForecastParameter, ...],
    name: str,
    track: Track,
    depth: int = DEPTH,
) -> Scored:
    """Make a candidate that forecasts all parameters of an archive.

    Args:
        archive: The observations.
        targets: The parameters.
        name: The model's name.
        track: Shows progress.
        depth: Levels of a tree.

    Raises:
        TrainingError: The archive is too short.
        SeriesError: A parameter cannot be learned or judged.
    """
    held_back = TimeSplit.of(archive).held_back
    check_changes(archive, held_back)
    check_observations(archive, held_back)
    model = train(archive, targets, name, track, depth)
    scores = evaluate(model, archive, held_back)
    summaries = {code: score.summary() for code, score in scores.items()}
    return Scored(replace(model, scores=summaries), scores)
