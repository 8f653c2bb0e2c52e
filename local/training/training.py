"""Training and evaluation: from observations to a model and its report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.read import Observations, read_observations
from batch_jobs.progress import Track
from batch_jobs.training.targets import targets_of
from batch_jobs.transform import load_model
from forecasts.parameter import parameter
from forecasts.times import HOUR
from model.archive import Archive, TimeSplit
from model.artifact import save
from model.candidate import make_candidate, make_possible
from model.errors import TrainingError
from model.evaluation import Evaluated, evaluate
from model.features import HISTORY_HOURS
from model.prediction import Model
from model.training import DEPTH, train

_EVERY_FIFTH = 5


def read_archive(location: str, parameters: Sequence[str] | None, track: Track) -> Archive:
    """Read all observations of a location as the arrays of training; see `read_all`."""
    return archive_of(read_all(location, parameters, track))


def read_all(location: str, parameters: Sequence[str] | None, track: Track) -> Observations:
    """Read all observations of a location.

    Args:
        location: Folder or S3 prefix.
        parameters: Codes of parameters; None for all that are measured.
        track: Shows progress.

    Raises:
        NoObservationsError: There are no observations, or a parameter has none.
    """
    observations = read_observations(location, parameters=parameters, track=track)
    absent = sorted(set(parameters or ()) - set(observations.parameters))
    if absent:
        raise NoObservationsError(location, f"nothing of {', '.join(absent)}")
    return observations


def archive_of(observations: Observations) -> Archive:
    """Convert observations to the arrays of training."""
    stations = observations.stations
    hours = observations.values.shape[-1]
    last_hour = int(observations.end.timestamp() // HOUR.total_seconds())
    return Archive(
        stations=tuple(station.id for station in stations),
        parameters=observations.parameters,
        decimals=tuple(parameter(code).decimals for code in observations.parameters),
        values=observations.values,
        latitude=np.array([station.latitude for station in stations], np.float32),
        longitude=np.array([station.longitude for station in stations], np.float32),
        elevation=np.array(
            [np.nan if s.elevation is None else s.elevation for s in stations], np.float32
        ),
        first_hour=last_hour - hours + 1,
        covariates=(),
        ahead=observations.values[:, :0],
    )


def train_model(
    archive: Archive, name: str, path: Path, track: Track, depth: int = DEPTH
) -> Mapping[str, Evaluated]:
    """Train on all but the last fifth of an archive, score on the rest, write the artifact.

    Args:
        archive: Observations of the parameters to forecast.
        name: The model's name.
        path: The artifact to write.
        track: Shows progress.
        depth: Levels of a tree.

    Raises:
        TrainingError: The archive is too short.
        SeriesError: A parameter cannot be learned or judged.
    """
    made = make_candidate(archive, targets_of(archive.parameters), name, track, depth)
    save(made.model, path)
    return made.scores


def leave_stations_out(
    archive: Archive, path: Path, track: Track, depth: int = DEPTH
) -> tuple[dict[str, Evaluated], int]:
    """Train once more without a fifth of the stations, and score on them.

    They are scored in the held-back time, so neither they nor their hours were learned from; the
    reference that stands in at far stations does not, as it is the model that is judged. The scores
    are added to the artifact, as `left_out`.

    Args:
        archive: Observations, of the artifact's parameters at least.
        path: The artifact that `train_model` wrote.
        track: Shows progress.
        depth: Levels of a tree.

    Returns:
        The scores, and the number of stations that were left out.

    Raises:
        TrainingError: There are fewer than two stations.
        SeriesError: A parameter cannot be learned from the others, or judged on these.
    """
    whole = load_model(path)
    archive = archive.select(whole.parameters)
    stations = np.arange(len(archive.values))
    out = stations % _EVERY_FIFTH == min(2, len(stations) - 1)
    if len(stations) <= 1:
        raise TrainingError("a single station: there is none to leave out")
    fewer = train(archive.take(stations[~out]), whole.targets, whole.name, track, depth)
    held_back = TimeSplit.of(archive).held_back
    scores = evaluate(replace(fewer, network={}), archive.take(stations[out]), held_back)
    left_out = {
        code: {**summary, "left_out": scores[code].summary() | {"stations": int(out.sum())}}
        for code, summary in whole.scores.items()
    }
    save(replace(whole, scores=left_out), path)
    return scores, int(out.sum())


def train_possible(
    archive: Archive, name: str, path: Path, track: Track, depth: int = DEPTH
) -> tuple[Mapping[str, Evaluated], Sequence[str]]:
    """Train like `train_model`, without the parameters that cannot be learned or judged.

    Returns:
        The scores, and why each of the other parameters is left out.

    Raises:
        TrainingError: The archive is too short, or no parameter is left.
    """
    made = make_possible(archive, targets_of(archive.parameters), name, track, depth)
    save(made.model, path)
    return made.scores, made.left_out


def evaluate_model(model: Model, archive: Archive, since: datetime) -> dict[str, Evaluated]:
    """Score a model on observations from *since* (aware) on.

    Raises:
        TrainingError: There are no such observations.
    """
    position = int(since.timestamp() // HOUR.total_seconds()) - archive.first_hour
    return evaluate(model, archive, max(position, HISTORY_HOURS))
