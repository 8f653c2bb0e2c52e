"""The values of one station in the form that every format is written from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import compress
from typing import Any

from api.edr.parameters import Series
from api.reading.selection import read
from forecasts.forecast import station_answer
from forecasts.item import Item, history_of
from forecasts.run import HISTORY_HOURS, STEP, issue_time_of
from forecasts.station import Station
from forecasts.times import utc_text


@dataclass(frozen=True, slots=True)
class StationSeries:
    """The values of one station.

    Attributes:
        station: As in the answer to a lookup.
        run: The run of a forecast, as in the answer to a lookup; None for observations.
        times: Ends of the hours, RFC 3339 UTC.
        values: For each parameter that the station has, one value for each time; None is missing.
        distance_km: From the requested place, if there is one.
    """

    station: Mapping[str, Any]
    run: Mapping[str, Any] | None
    times: Sequence[str]
    values: Mapping[Series, Sequence[float | None]]
    distance_km: float | None = None

    @property
    def about(self) -> dict[str, Any]:
        """The station, with its distance if there is one."""
        distance = {} if self.distance_km is None else {"distance_km": self.distance_km}
        return {**self.station, **distance}

    @property
    def has_values(self) -> bool:
        """Whether there is anything: a parameter, and a time."""
        return bool(self.values and self.times)


def forecast_of(
    body: bytes,
    wanted: Iterable[Series],
    hours: Sequence[bool] | None,
    distance_km: float | None = None,
) -> StationSeries:
    """Read a stored forecast.

    Args:
        body: JSON, gzip.
        wanted: The parameters; those that the station does not have are left out.
        hours: Whether each hour is wanted; None stands for all.
        distance_km: From the requested place, if there is one.

    Raises:
        FormatError: *body* is damaged.
    """
    answer = read(body)
    values = {
        series: answer["values"][series.code][series.level]
        for series in wanted
        if series.level in answer["values"].get(series.code, ())
    }
    return _cut(
        StationSeries(answer["station"], answer["run"], answer["time"], values, distance_km),
        hours,
    )


def observations_of(
    item: Item | None,
    station: Station,
    run_id: str,
    wanted: Iterable[Series],
    hours: Sequence[bool] | None,
    distance_km: float | None = None,
) -> StationSeries:
    """Read the observations that a forecast was made from, the 168 hours up to its issue time.

    Args:
        item: The history; None if the run has none of the station.
        station: The station.
        run_id: The run.
        wanted: The parameters; those without any observation are left out.
        hours: Whether each hour is wanted; None stands for all.
        distance_km: From the requested place, if there is one.

    Raises:
        DamagedItemError: The history cannot be read.
    """
    history = history_of(item)["history"] if item else {}
    values = {
        series: history[series.code]
        for series in wanted
        if any(value is not None for value in history.get(series.code, ()))
    }
    found = StationSeries(
        station_answer(station), None, observed_times(run_id), values, distance_km
    )
    return _cut(found, hours)


def observed_times(run_id: str) -> list[str]:
    """List the ends of the hours of observations that a run was made from, RFC 3339 UTC."""
    begin = issue_time_of(run_id) - timedelta(hours=HISTORY_HOURS)
    return [utc_text(begin + hour * STEP) for hour in range(1, HISTORY_HOURS + 1)]


def _cut(series: StationSeries, hours: Sequence[bool] | None) -> StationSeries:
    if hours is None:
        return series
    return replace(
        series,
        times=list(compress(series.times, hours)),
        values={each: list(compress(values, hours)) for each, values in series.values.items()},
    )
