"""Candidates: models that are trained on all but the last fifth of the time, and scored on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from model.archive import Archive, TimeSplit
from model.errors import SeriesError, TrainingError
from model.evaluation import Evaluated, check_changes, check_observations, evaluate
from model.prediction import ForecastParameter, Model
from model.training import DEPTH, Track, train

#: The smallest number of stations for a country's own model. With fewer, a booster learns these
#: stations and not the country.
MIN_STATIONS = 3


class Source(Protocol):
    """Where observations come from: see `model.training_set`."""

    def target(self, code: str) -> ForecastParameter:
        """Return what the model needs to know about a parameter."""

    def archive(self, codes: Sequence[str], country: str) -> Archive:
        """Return the observations of some parameters at the stations that measure one of them.

        Args:
            codes: The parameters.
            country: ISO 3166-1 alpha-2 code; "" for all.
        """


class Scored(NamedTuple):
    """A model, with its scores on the held-back time by parameter code.

    Attributes:
        model: The model.
        scores: Its scores.
        left_out: Why parameters were left out of it.
    """

    model: Model
    scores: Mapping[str, Evaluated]
    left_out: Sequence[str] = ()


def archive_for(source: Source, codes: Sequence[str], country: str) -> Archive:
    """Return the observations that a candidate learns from and is scored on.

    Args:
        source: The observations.
        codes: The parameters that it is to forecast.
        country: Whose stations it learns from; "" for all.

    Raises:
        TrainingError: They are of too few stations, or cannot be read.
    """
    archive = source.archive(codes, country)
    stations = len(archive.values)
    if country and stations < MIN_STATIONS:
        raise TrainingError(
            f"{stations} stations of {country} measure {', '.join(codes)}; "
            f"a country's own model needs {MIN_STATIONS}"
        )
    return archive


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


def make_possible(
    archive: Archive,
    targets: tuple[ForecastParameter, ...],
    name: str,
    track: Track,
    depth: int = DEPTH,
) -> Scored:
    """Make a candidate like `make_candidate`, without the parameters that cannot be learned.

    Raises:
        TrainingError: The archive is too short, or no parameter is left.
    """
    left_out: list[str] = []
    while True:
        try:
            made = make_candidate(archive, targets, name, track, depth)
            return made._replace(left_out=tuple(left_out))
        except SeriesError as error:
            left = tuple(target for target in targets if target.code != error.code)
            if not left:
                raise
            left_out.append(str(error))
            targets = left
            archive = archive.select(tuple(target.code for target in left))
