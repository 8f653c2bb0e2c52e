"""Evaluation: how good forecasts are on hours the model has not seen, held against references.

`model.scoring` has the references and the sums. Skill is 1 - MAE / MAE of the best reference over
all lead times.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.archive import Archive
from model.circle import CIRCULAR
from model.errors import SeriesError
from model.features import LEAD_HOURS, Batch, Floats, is_forecastable
from model.prediction import Model, Prediction
from model.scoring import SUMS, Score, comparable, sums_of

#: Hours between issue times: no common factor with 24, so every hour of the day is included.
STRIDE = 7
#: Issue times of many stations are further apart, so that about so many forecasts are scored. More
#: would hardly change the scores, but take longer than the training.
_FORECASTS = 300_000
#: If more than this share of values equals the previous one, the 80 % interval cannot be exact.
RARELY_REPEATS = 0.6
_CHUNK = 4000


@dataclass(frozen=True, slots=True)
class Evaluated(Score):
    """Scores of one parameter on held-back time.

    Attributes:
        repeats: Share of observations that equal the previous hour's. If it is large, an interval
            cannot cover exactly 80 %.
    """

    repeats: float

    def summary(self) -> dict[str, Any]:
        """Return the score over all lead times, JSON-ready."""
        return Score.summary(self) | {"repeats": round(self.repeats, 4)}


def evaluate(model: Model, archive: Archive, start: int) -> dict[str, Evaluated]:
    """Score a model on an archive from position *start* of its time axis on, by parameter code.

    Raises:
        SeriesError: A parameter has nothing to compare, or a reference is always right.
    """
    return {code: _checked(code, score) for code, score in _scores(model, archive, start).items()}


def evaluate_possible(model: Model, archive: Archive, start: int) -> dict[str, Evaluated]:
    """Score a model like `evaluate`, without the parameters of which nothing can be said."""
    scores = _scores(model, archive, start).items()
    return {code: score for code, score in scores if not _fault(score)}


def _scores(model: Model, archive: Archive, start: int) -> dict[str, Evaluated]:
    archive = archive.select(model.parameters)
    sums = {code: np.zeros((LEAD_HOURS, len(SUMS))) for code in model.parameters}
    for stations, hours in issue_times(archive, start):
        batch = archive.batch(stations, hours)
        for index, (code, prediction) in enumerate(model.predict(batch).items()):
            observed = archive.after(index, stations, hours)
            sums[code] += _sums(batch, index, prediction, observed, code in CIRCULAR)
    repeats = _repeats(archive, start)
    return {code: Evaluated(sums[code], repeats[code]) for code in model.parameters}


def issue_times(
    archive: Archive, start: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield stations and the positions of their issue times from *start* on, some at a time."""
    hours = np.arange(start, archive.hours - LEAD_HOURS, _stride(archive, start))
    stations = np.repeat(np.arange(len(archive.values)), len(hours))
    everywhere = np.tile(hours, len(archive.values))
    for cut in range(0, len(stations), _CHUNK):
        yield stations[cut : cut + _CHUNK], everywhere[cut : cut + _CHUNK]


def _stride(archive: Archive, start: int) -> int:
    hours = archive.hours - start
    # So that each station has an issue time at every hour of the day.
    wanted = min(len(archive.values) * hours // _FORECASTS, hours // 24)
    # As 7, every sixth number after it has no common factor with 24.
    return STRIDE + 6 * max((wanted - STRIDE) // 6, 0)


def _sums(
    batch: Batch,
    index: int,
    prediction: Prediction,
    observed: Floats,
    circular: bool,  # noqa: FBT001 -- of the parameter
) -> NDArray[np.float64]:
    """Return the sums of a parameter over the stations of a batch, [24, sum]."""
    # Where there is no forecast, values are NaN.
    history = batch.history[:, index]
    of_stations = sums_of(prediction.values, observed, history, prediction.chance, circular)
    sums: NDArray[np.float64] = of_stations.sum(axis=0)
    return sums


def _checked(code: str, score: Evaluated) -> Evaluated:
    if fault := _fault(score):
        raise SeriesError(code, fault)
    return score


def _fault(score: Evaluated) -> str:
    """Say why a score says nothing; "" if it does."""
    if not score.by_lead("hours").all():
        return _NOTHING
    return "" if score.overall(score.reference) else _EXACT


_NOTHING = "no observations in the held-back time to evaluate on"
_EXACT = "in the time to evaluate on every day is like the day before, so nothing can be judged"


def check_changes(archive: Archive, start: int) -> None:
    """Refuse parameters, such as rain in a dry summer, of which no forecast could be judged.

    Args:
        archive: The observations.
        start: Position on the time axis from which on forecasts are evaluated.

    Raises:
        SeriesError: From *start* on no known value differs from that of 24 hours before.
    """
    for index, code in enumerate(archive.parameters):
        held_back = archive.values[:, index, start - LEAD_HOURS :]
        change = held_back[:, LEAD_HOURS:] - held_back[:, :-LEAD_HOURS]
        known = change[~np.isnan(change)]
        if known.size and not known.any():
            raise SeriesError(code, _EXACT)


def check_observations(archive: Archive, start: int) -> None:
    """Refuse parameters, such as gusts in a calm place, that `evaluate` would have no hours of.

    Training takes minutes, and this takes none.

    Args:
        archive: The observations.
        start: Position on the time axis from which on forecasts are evaluated.

    Raises:
        SeriesError: At some lead time there is no observation to compare a forecast with.
    """
    counts = np.zeros((len(archive.parameters), LEAD_HOURS))
    for stations, hours in issue_times(archive, start):
        history = archive.batch(stations, hours).history
        for index in range(len(counts)):
            series, observed = history[:, index], archive.after(index, stations, hours)
            counts[index] += _known(series, observed).sum(axis=0)
    for code in np.array(archive.parameters)[~counts.all(axis=1)]:
        raise SeriesError(str(code), _NOTHING)


def _known(series: Floats, observed: Floats) -> NDArray[np.bool_]:
    """Tell which hours [N, 24] have a forecast and all that it is compared with."""
    return is_forecastable(series)[:, None] & comparable(observed, series)


def _repeats(archive: Archive, start: int) -> dict[str, float]:
    found = {}
    for index, code in enumerate(archive.parameters):
        before, after = archive.values[:, index, start:-1], archive.values[:, index, start + 1 :]
        both = ~np.isnan(before) & ~np.isnan(after)
        found[code] = float(((before == after) & both).sum() / max(both.sum(), 1))
    return found


def interval_coverage(scores: Mapping[str, Evaluated]) -> float | None:
    """Average the coverage of parameters whose values rarely repeat; None without any."""
    rare = [s.overall("coverage") for s in scores.values() if s.repeats <= RARELY_REPEATS]
    return round(sum(rare) / len(rare), 4) if rare else None


def report_of(model_name: str, since: str, scores: Mapping[str, Evaluated]) -> dict[str, Any]:
    """Show an evaluation as one JSON object."""
    return {
        "model": model_name,
        "since": since,
        "mean_skill": round(sum(s.skill for s in scores.values()) / len(scores), 4),
        "interval_coverage": interval_coverage(scores),
        "parameters": {code: score.to_json() for code, score in scores.items()},
    }
