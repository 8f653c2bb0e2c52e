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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.read import Observations, read_observations
from batch_jobs.progress import Track
from forecasts.parameter import parameter
from forecasts.times import HOUR
from local.variant_report.answer_log import Answer, StationForecast
from local.variant_report.intervals import MIN_CLUSTERS, Estimate, clustered_mean, difference
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.prediction import LEVELS
from model.scoring import SUMS, Score, sums_of

_DAY = 24
_MAE = SUMS.index("mae")


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


#: By variant, then forecast hour: the sums of all its answers, in the order of `SUMS`.
Judgements = dict[str, dict[ForecastHour, NDArray[np.float64]]]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of a variant for one parameter.

    Attributes:
        hours: The number of observed forecast hours.
        clusters: The number of their clusters.
        mae: Mean absolute error of the median, in the parameter's unit.
        coverage: Share of observations within p10 to p90; ideally 0.8.
        scores: All scores, as in a verification (`Score.summary`), JSON-ready.
    """

    hours: int
    clusters: int
    mae: Estimate
    coverage: Estimate
    scores: dict[str, Any]


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
    """Read what was observed in the hours that *answers* forecast, and in the week before.

    Returns:
        None if they forecast no hours.

    Raises:
        LocationError: There is no such location, or it cannot be listed.
        NoObservationsError: It has no usable observations.
    """
    forecasts = [answer.forecast for answer in answers if answer.forecast]
    forecasts = [forecast for forecast in forecasts if any(forecast.values.values())]
    if not forecasts:
        return None
    issued = [forecast.issue_hour for forecast in forecasts]
    return read_observations(
        location,
        end=datetime.fromtimestamp((max(issued) + LEAD_HOURS) * HOUR.total_seconds(), UTC),
        hours=max(issued) - min(issued) + HISTORY_HOURS + LEAD_HOURS,
        parameters={code for forecast in forecasts for code in forecast.values},
        station_ids={forecast.station_id for forecast in forecasts},
        track=track,
    )


def judge(answers: Iterable[Answer], observed: Observations) -> dict[str, Judgements]:
    """Compare forecasts with observations, by parameter code in catalogue order.

    The references see the observations up to the issue time. An hour counts as in a verification.
    """
    stations = {station.id: row for row, station in enumerate(observed.stations)}
    first = int(observed.end.timestamp() // HOUR.total_seconds()) - observed.values.shape[-1] + 1
    judged: dict[str, Judgements] = {code: {} for code in observed.parameters}
    for answer in answers:
        forecast = answer.forecast
        if forecast is None or forecast.station_id not in stations:
            continue
        known = [code for code in observed.parameters if forecast.values.get(code)]
        for code in known:
            column = observed.parameters.index(code)
            measured = observed.values[stations[forecast.station_id], column]
            for hour, sums in _sums_of(forecast, code, measured, first):
                into = judged[code].setdefault(answer.variant, {})
                into[hour] = into.get(hour, 0) + sums
    return {code: found for code, found in judged.items() if found}


def _sums_of(
    forecast: StationForecast, code: str, measured: NDArray[np.float32], first: int
) -> Iterator[tuple[ForecastHour, NDArray[np.float64]]]:
    """Yield the sums [sum] of each forecast hour that was observed."""
    values = np.full((1, len(LEVELS), LEAD_HOURS), np.nan)
    for lead, quantiles in forecast.values[code].items():
        values[0, :, lead - 1] = quantiles
    issued = forecast.issue_hour - first + 1
    history = measured[None, issued - HISTORY_HOURS : issued]
    observed, circular = measured[None, issued : issued + LEAD_HOURS], parameter(code).circular
    (sums,) = sums_of(values, observed, history, circular=circular)
    for index in np.flatnonzero(sums[:, 0]).tolist():
        yield ForecastHour(forecast.station_id, forecast.issue_hour, index + 1), sums[index]


def accuracy_of(judged: Mapping[ForecastHour, NDArray[np.float64]]) -> Accuracy:
    """Summarise the accuracy of a variant for one parameter."""
    clusters, means = _clusters(judged), _means(judged.values())
    inside = 1 - means[:, SUMS.index("below")] - means[:, SUMS.index("above")]
    return Accuracy(
        hours=len(judged),
        clusters=len(set(clusters.tolist())),
        mae=clustered_mean(means[:, _MAE], clusters).within(0, math.inf),
        coverage=clustered_mean(inside, clusters).within(0, 1),
        scores=Score(means).summary(),
    )


def compare(
    ours: Mapping[ForecastHour, NDArray[np.float64]],
    theirs: Mapping[ForecastHour, NDArray[np.float64]],
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
    errors = _means(ours[hour] for hour in shared) - _means(theirs[hour] for hour in shared)
    mae = clustered_mean(errors[:, _MAE], clusters)
    return ErrorDifference(paired=True, hours=len(shared), mae=mae)


def _clusters(hours: Iterable[ForecastHour]) -> NDArray[np.str_]:
    return np.array([hour.cluster for hour in hours], np.str_)


def _means(judged: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean over the answers of each forecast hour, [hour, sum]."""
    sums = np.stack(list(judged))
    means: NDArray[np.float64] = sums / sums[:, :1]
    return means
