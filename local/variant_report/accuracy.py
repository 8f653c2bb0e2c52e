"""The accuracy of each variant's forecasts, from later observations.

A hundred answers for one station and hour are still one forecast. So forecast hours (station, issue
time, lead time) are counted, and several answers of a variant for the same hour are averaged. The
errors of one station on one day are correlated: its hours form a cluster, and intervals count
clusters.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.read import Observations, read_observations
from batch_jobs.progress import Track
from forecasts.times import HOUR
from local.variant_report.answer_log import Answer, StationForecast
from local.variant_report.intervals import MIN_CLUSTERS, Estimate, clustered_mean, difference

_DAY = 24


@dataclass(frozen=True, slots=True, order=True)
class ForecastHour:
    """One hour that was forecast.

    Attributes:
        station_id: The station.
        issue_hour: Hours since 1970 UTC of the issue time.
        lead: Lead time in hours.
    """

    station_id: str
    issue_hour: int
    lead: int

    @property
    def valid_hour(self) -> int:
        """Hours since 1970 UTC of the valid time."""
        return self.issue_hour + self.lead

    @property
    def cluster(self) -> str:
        """Station and day, whose hours have correlated errors."""
        return f"{self.station_id} {self.valid_hour // _DAY}"


@dataclass(slots=True)
class Judged:
    """The errors of one variant for one forecast hour.

    Attributes:
        errors: Sum of the absolute errors of the median, in the parameter's unit.
        inside: How often the observation was within p10 to p90.
        answers: The number of answers.
    """

    errors: float = 0.0
    inside: int = 0
    answers: int = 0

    def add(self, error: float, inside: bool) -> None:  # noqa: FBT001 -- a measurement
        """Add an answer."""
        self.errors += error
        self.inside += inside
        self.answers += 1

    @property
    def error(self) -> float:
        """Mean absolute error of the median."""
        return self.errors / self.answers


#: By variant, then forecast hour.
Judgements = dict[str, dict[ForecastHour, Judged]]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of a variant for one parameter.

    Attributes:
        hours: The number of observed forecast hours.
        clusters: The number of their clusters.
        mae: Mean absolute error of the median, in the parameter's unit.
        coverage: Share of observations within p10 to p90; ideally 0.8.
    """

    hours: int
    clusters: int
    mae: Estimate
    coverage: Estimate


@dataclass(frozen=True, slots=True)
class ErrorDifference:
    """How much larger a variant's error is than the baseline's.

    Attributes:
        paired: Whether only hours that both have forecast are compared.
        hours: The number of these hours; if not *paired*, of the variant's hours.
        mae: The difference, in the parameter's unit.
    """

    paired: bool
    hours: int
    mae: Estimate


def read_observed(location: str, answers: Sequence[Answer], track: Track) -> Observations | None:
    """Read the observations of the forecast hours of *answers*; None without such hours.

    Raises:
        LocationError: There is no such location, or it cannot be listed.
        NoObservationsError: It has no usable observations.
    """
    forecasts = [answer.forecast for answer in answers if answer.forecast]
    hours = [
        forecast.issue_hour + lead
        for forecast in forecasts
        for leads in forecast.values.values()
        for lead in leads
    ]
    if not hours:
        return None
    return read_observations(
        location,
        end=datetime.fromtimestamp(max(hours) * HOUR.total_seconds(), UTC),
        hours=max(hours) - min(hours) + 1,
        parameters={code for forecast in forecasts for code in forecast.values},
        station_ids={forecast.station_id for forecast in forecasts},
        track=track,
    )


def judge(answers: Iterable[Answer], observed: Observations) -> dict[str, Judgements]:
    """Compare forecasts with observations, by parameter code in catalogue order."""
    stations = {station.id: row for row, station in enumerate(observed.stations)}
    first = int(observed.end.timestamp() // HOUR.total_seconds()) - observed.values.shape[-1] + 1
    judged: dict[str, Judgements] = {code: {} for code in observed.parameters}
    for answer in answers:
        forecast = answer.forecast
        if forecast is None or forecast.station_id not in stations:
            continue
        for column, code in enumerate(observed.parameters):
            measured = observed.values[stations[forecast.station_id], column]
            for hour, errors in _errors_of(forecast, code, measured, first):
                into = judged[code].setdefault(answer.variant, {})
                into.setdefault(hour, Judged()).add(*errors)
    return {code: found for code, found in judged.items() if found}


def _errors_of(
    forecast: StationForecast, code: str, measured: NDArray[np.float32], first: int
) -> Iterator[tuple[ForecastHour, tuple[float, bool]]]:
    """Yield for each observed hour the error, and whether the interval held the observation."""
    for lead, (low, median, high) in forecast.values.get(code, {}).items():
        position = forecast.issue_hour + lead - first
        if 0 <= position < len(measured) and not np.isnan(measured[position]):
            # Converted as text: a float32 of 3.6 is not equal to the float 3.6 of a forecast.
            value = float(str(measured[position]))
            hour = ForecastHour(forecast.station_id, forecast.issue_hour, lead)
            yield hour, (abs(value - median), low <= value <= high)


def accuracy_of(judged: Mapping[ForecastHour, Judged]) -> Accuracy:
    """Summarise the accuracy of a variant for one parameter."""
    clusters = _clusters(judged)
    inside = np.array([hour.inside / hour.answers for hour in judged.values()])
    return Accuracy(
        hours=len(judged),
        clusters=len(set(clusters.tolist())),
        mae=clustered_mean(_errors(judged.values()), clusters).within(0, math.inf),
        coverage=clustered_mean(inside, clusters).within(0, 1),
    )


def compare(
    ours: Mapping[ForecastHour, Judged], theirs: Mapping[ForecastHour, Judged]
) -> ErrorDifference:
    """Estimate how much larger our errors are than theirs.

    If both have forecast enough of the same hours, only these are compared: they were equally hard
    for both, so even small differences stand out from noise. Otherwise all hours are compared.
    """
    shared = sorted(ours.keys() & theirs.keys())
    clusters = _clusters(shared)
    if len(set(clusters.tolist())) < MIN_CLUSTERS:
        mine, other = accuracy_of(ours), accuracy_of(theirs)
        return ErrorDifference(paired=False, hours=len(ours), mae=difference(mine.mae, other.mae))
    errors = _errors(ours[hour] for hour in shared) - _errors(theirs[hour] for hour in shared)
    return ErrorDifference(paired=True, hours=len(shared), mae=clustered_mean(errors, clusters))


def _clusters(hours: Iterable[ForecastHour]) -> NDArray[np.str_]:
    return np.array([hour.cluster for hour in hours], np.str_)


def _errors(judged: Iterable[Judged]) -> NDArray[np.float64]:
    return np.array([hour.error for hour in judged], np.float64)
