"""Which series can be used: where their station is, and what can be made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.quantities import CODES, STATION_PRESSURE
from batch_jobs.observations.readings import Readings
from batch_jobs.observations.report import MOST_EXAMPLES_OF_A_REASON
from batch_jobs.observations.series import Series, met, only, readings_of
from batch_jobs.observations.window import HOUR_SECONDS, LAST_SECOND
from forecasts.times import utc_text

_AT_STATION, _TEMPERATURE = CODES.index(STATION_PRESSURE), CODES.index("temperature")


def usable(location: str, series: Sequence[Series], readings: Readings) -> list[Series]:
    """Return the series that can be used; report the others.

    Args:
        location: For messages.
        series: Those that can be trusted.
        readings: Knows the stations, and has the report.

    Raises:
        NoObservationsError: None can be used.
    """
    located = _located(location, series, readings)
    return _used(location, only(series, lambda table: located[table.stations]), readings)


def _located(location: str, series: Sequence[Series], readings: Readings) -> NDArray[np.bool_]:
    """Tell for each station number whether it is usable and has readings; report the others.

    Raises:
        NoObservationsError: No station is usable.
    """
    ids = readings.stations.ids
    rows = np.zeros(len(ids), dtype=np.int64)
    for table in series:
        np.add.at(rows, table.stations, table.counts)
    known = np.array([readings.stations.is_located(station_id) for station_id in ids], bool)
    for number in np.flatnonzero((rows > 0) & ~known):
        readings.report.drop("no_coordinates", int(rows[number]))
        fault = readings.stations.fault(ids[number])
        readings.report.note("no_coordinates", f"station {ids[number]}: {fault}")
    if not (known & (rows > 0)).any():
        raise _no_observations(location, readings)
    return known & (rows > 0)


def _used(location: str, series: Sequence[Series], readings: Readings) -> list[Series]:
    """Return the series without those that nothing can be made of, which are reported.

    These are the pressure at stations of unknown height; and, if temperature is only read to reduce
    pressure to sea level, that of stations without pressure.

    Raises:
        NoObservationsError: Nothing is left.
    """
    unknown = _unknown_height(series, readings)
    used = only(series, lambda t: ~(unknown[t.stations] & (t.parameters == _AT_STATION)))
    readings.report.drop("no_elevation", readings_of(series) - readings_of(used))
    asked = readings.selection.parameters
    if asked is not None and "temperature" not in asked:
        others = only(used, lambda table: table.parameters != _TEMPERATURE)
        numbers = met(others, lambda table: table.stations)
        without = readings_of(used)
        used = only(used, lambda table: np.isin(table.stations, numbers))
        readings.report.drop("not_requested", without - readings_of(used))
    if not used:
        raise _no_observations(location, readings)
    return used


def _unknown_height(series: Sequence[Series], readings: Readings) -> NDArray[np.bool_]:
    """Tell for each station number whether its pressure cannot be reduced, and report it."""
    stations = readings.stations
    unknown = np.zeros(len(stations.ids), dtype=bool)
    at_station = only(series, lambda table: table.parameters == _AT_STATION)
    for number in met(at_station, lambda table: table.stations):
        if stations.located(stations.ids[number]).elevation is None:
            unknown[number] = True
            readings.without_height.add(number)
            what = "pressure is not reduced to sea level, as its elevation is not known"
            readings.report.note("no_elevation", f"station {stations.ids[number]}: {what}")
    return unknown


def _no_observations(location: str, readings: Readings) -> NoObservationsError:
    report, window = readings.report, readings.selection.window
    parts = [f"{report.rows} rows in {report.files} files, none of them usable"]
    if window.until != LAST_SECOND:
        parts.append(f"requested up to {_text(window.until)}")
    if readings.covered is not None:
        first, last = readings.covered
        parts.append(f"the data cover {_text(first)} to {_text(last)}")
        if not report.dropped.keys() - {"outside_window"}:
            hour = -(-last // HOUR_SECONDS) * HOUR_SECONDS
            parts.append(f"--issue-time {_text(hour)} would forecast from the end of them")
    counts = {**report.dropped, **report.faults}
    parts += [f"{count} {reason}" for reason, count in sorted(counts.items())]
    reason = "; ".join(parts + report.examples[:MOST_EXAMPLES_OF_A_REASON])
    return NoObservationsError(location, reason, counts)


def _text(second: int) -> str:
    return utc_text(datetime.fromtimestamp(second, UTC))
