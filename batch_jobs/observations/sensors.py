"""Sensors: if several measure one parameter at a station, one of them is used throughout.

That is the sensor with most hours; among equals, the first in order of id. Two instruments never
agree, so a series that changed from one to the other from hour to hour would jump. Sensors that
share no hour follow each other, as when one was replaced, and all of them are used.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.kept import PARAMETER_SHIFT, STATION_SHIFT, Kept, keep_only, rows_of
from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.readings import Readings
from batch_jobs.observations.window import HOUR_SECONDS

_SERIES_MASK = -(1 << PARAMETER_SHIFT)


def keep_one_sensor(tables: list[Kept], readings: Readings) -> None:
    """Leave only the readings of one sensor for each series, and report the others.

    Args:
        tables: All readings of some stations, inside the window.
        readings: Names stations and sensors, and has the report.
    """
    if all(table.sensors is None for table in tables):
        return
    pairs = np.unique(np.concatenate([np.unique(_pairs(table)) for table in tables]))
    series, counts = np.unique(pairs & _SERIES_MASK, return_counts=True)
    if (counts == 1).all():
        return
    before = rows_of(tables)
    unused = [*_unused(tables, series[counts > 1], readings)]
    keep_only(tables, lambda table: ~np.isin(_pairs(table), unused))
    readings.report.drop("other_sensor", before - rows_of(tables))


def _pairs(table: Kept) -> NDArray[np.int64]:
    """Return series and sensor number of each reading in one integer."""
    # A reading without a sensor cannot be confused: its format has none.
    return (table.keys & _SERIES_MASK) | (0 if table.sensors is None else table.sensors + 1)


def _unused(kept: Sequence[Kept], series: NDArray[np.int64], readings: Readings) -> Iterator[int]:
    """Yield the pairs of series and sensor that are not used."""
    hours: defaultdict[int, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for table in kept:
        chosen = table.take(np.isin(table.keys & _SERIES_MASK, series))
        labels = -(-chosen.seconds // HOUR_SECONDS)
        for pair, hour in zip(_pairs(chosen).tolist(), labels.tolist(), strict=True):
            hours[pair & _SERIES_MASK][pair].add(hour)
    names = ["", *readings.sensors]
    for _, of_sensor in sorted(hours.items()):
        ranked = [(-len(met), names[pair & ~_SERIES_MASK], pair) for pair, met in of_sensor.items()]
        best, *others = (pair for _, _, pair in sorted(ranked))
        taken = set(of_sensor[best])
        for pair in others:
            if of_sensor[pair] & taken:
                readings.report.note("other_sensor", _what(best, pair, readings))
                yield pair
            else:
                taken |= of_sensor[pair]


def _what(used: int, unused: int, readings: Readings) -> str:
    station = readings.stations.ids[used >> STATION_SHIFT]
    code = CODES[(used >> PARAMETER_SHIFT) & ((1 << (STATION_SHIFT - PARAMETER_SHIFT)) - 1)]
    names = ["(none)", *readings.sensors]
    first, second = (names[pair & ~_SERIES_MASK] for pair in (used, unused))
    return f"station {station}: {code} of sensor {first} is used, that of sensor {second} is not"
