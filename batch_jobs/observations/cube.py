"""The cube: hourly values of parameters, made of one shard of the readings after the other."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.derived import parameters_of
from batch_jobs.observations.hourly import Axes, check_size, hourly_values
from batch_jobs.observations.kept import Kept, keep_only, rows_of
from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.readings import Readings
from batch_jobs.observations.sensors import keep_one_sensor
from batch_jobs.observations.series import Series
from batch_jobs.observations.window import Window


class Wanted(NamedTuple):
    """What to make of the readings.

    Attributes:
        series: Those that are used.
        axes: Stations and quantities that have a reading in the window, and the window.
        elevation: Of each station, metres; NaN if unknown.
        parameters: Codes of the parameters that the quantities make.
    """

    series: Sequence[Series]
    axes: Axes
    elevation: NDArray[np.float64]
    parameters: tuple[str, ...]


def cube_of(readings: Readings, wanted: Wanted) -> NDArray[np.float32]:
    """Aggregate readings; report how many were used, and why others were not.

    Args:
        readings: They are used up.
        wanted: What to make of them.

    Returns:
        [station, parameter, hour], NaN for hours without a reading.

    Raises:
        WindowError: The cube would not fit in memory.
        TemporaryFileError: The readings cannot be read back.
    """
    axes = wanted.axes
    check_size(axes.shape)
    values = np.empty((axes.shape[0], len(wanted.parameters), axes.shape[2]), np.float32)
    is_used = _is_used(wanted.series, len(axes.station_rank))
    for shard in readings.kept:
        keep_only(shard.tables, is_used)
        _leave_window(shard.tables, axes.window, readings)
        if shard.tables:
            ranks = axes.station_rank[shard.stations.start : shard.stations.stop]
            rows = np.sort(ranks[ranks >= 0])
            values[rows] = _hourly(shard.tables, rows, wanted, readings)
    return values


def _is_used(series: Sequence[Series], stations: int) -> Callable[[Kept], NDArray[np.bool_]]:
    """Return a function that tells which readings belong to some series."""
    used: defaultdict[str, NDArray[np.bool_]] = defaultdict(
        lambda: np.zeros(stations * len(CODES), bool)
    )
    for table in series:
        used[table.source][table.cells] = True
    return lambda table: used[table.source][table.cells]


def _leave_window(tables: list[Kept], window: Window, readings: Readings) -> None:
    """Leave only the readings inside a window."""
    before = rows_of(tables)
    keep_only(tables, lambda table: window.covers(table.seconds))
    readings.skip_outside(before - rows_of(tables))


def _hourly(
    tables: list[Kept], rows: NDArray[np.int64], wanted: Wanted, readings: Readings
) -> NDArray[np.float32]:
    """Return the values of the stations that have these rows of the cube."""
    keep_one_sensor(tables, readings)
    axes = wanted.axes
    places = np.full(axes.shape[0] + 1, -1)  # the last is that of stations without a row
    places[rows] = np.arange(len(rows))
    of_shard = axes._replace(station_rank=places[axes.station_rank])
    values, duplicates = hourly_values(tables, of_shard)
    readings.report.drop("duplicate", duplicates)
    readings.report.used += rows_of(tables) - duplicates
    return parameters_of(values, axes.quantities, wanted.elevation[rows], wanted.parameters)
