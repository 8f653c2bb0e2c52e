"""Readings: checks the rows of files and keeps the good ones.

Rows of every format arrive as columns. The common case, a table without a fault, costs a few numpy
passes; only rows that fail are checked for one reason after the other.
"""

from collections.abc import Callable, Collection, Container
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.kept import PARAMETER_SHIFT, STATION_SHIFT, Kept
from batch_jobs.observations.names import SENTINELS, parameter_code, plain_id, source_of
from batch_jobs.observations.quantities import CODES, QUANTITIES
from batch_jobs.observations.report import EXPECTED, ReadReport
from batch_jobs.observations.row_faults import are_sentinels, report_faults
from batch_jobs.observations.rows import Coded, Rows
from batch_jobs.observations.shards import Shards
from batch_jobs.observations.stations import Stations
from batch_jobs.observations.texts import Text
from batch_jobs.observations.window import LAST_SECOND, Window
from forecasts.parameter import TURN
from forecasts.units import Conversion, conversion

#: Numbers for a station or parameter that cannot be used; valid numbers are at least 0.
UNKNOWN = -1
NOT_REQUESTED = -2


class Selection(NamedTuple):
    """The requested readings; None for all."""

    window: Window
    parameters: Collection[str] | None = None
    station_ids: Container[str] | None = None


class _Remembered(dict[str, int]):
    """The numbers of texts, each found once."""

    def __init__(self, find: Callable[[str], int]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, text: str) -> int:
        number = self[text] = self._find(text)
        return number


@dataclass
class Readings:
    """Takes rows from all readers, keeps the good ones in order, and counts the others.

    Attributes:
        selection: The requested readings.
        stations: Numbers the stations.
        report: Counts rows and faults.
        kept: The readings that passed.
        broken: The others of known stations and quantities, with values as they came; those that
            are not implausible, but missing or of no known unit, are NaN. Unknown times are 0.
        sensors: Sensor ids, numbered from 0.
        covered: First and last second since 1970 of readings outside the window; None without any.
        without_height: Numbers of stations whose pressure is not used, as their height is unknown.
        notice: What readers of forecasts must know about the observations; usually None.
    """

    selection: Selection
    stations: Stations
    report: ReadReport
    kept: Shards
    broken: list[Kept] = field(default_factory=list)
    sensors: dict[str, int] = field(default_factory=dict)
    covered: tuple[int, int] | None = None
    without_height: set[int] = field(default_factory=set)
    notice: str | None = None

    def __post_init__(self) -> None:  # noqa: D105 -- as dataclasses have it
        # Many small files name the same stations again and again.
        self._station_numbers = _Remembered(self._station_number)

    def add(self, rows: Rows) -> None:
        """Check rows and keep the good ones."""
        self.report.rows += len(rows.value)
        rows = self._inside(_named(rows))
        station = _looked_up(rows.station, self._station_numbers.__getitem__)
        parameter = _looked_up(rows.parameter, self._parameter_number)
        asked = (station != NOT_REQUESTED) & (parameter != NOT_REQUESTED)
        if not asked.all():
            self._drop("not_requested", asked)
            chosen = np.flatnonzero(asked)
            rows, station, parameter = rows.take(chosen), station[chosen], parameter[chosen]
        value, plausible = _converted(rows)
        good = plausible & (rows.seconds >= 0) & (station >= 0) & (parameter >= 0)
        self._count(rows, good)
        series = (station << STATION_SHIFT) | (parameter << PARAMETER_SHIFT)
        if not good.all():
            report_faults(rows.take(np.flatnonzero(~good)), station[~good], self.report)
            implausible = np.where(_implausible(rows, value, plausible), rows.value, np.nan)
            keys = series | np.maximum(rows.seconds, 0)
            with np.errstate(over="ignore"):
                broken = Kept(keys, implausible.astype(np.float32), rows.source)
            self.broken.append(broken.take(~good & (station >= 0) & (parameter >= 0)))
        sensors = rows.sensor and _looked_up(rows.sensor, self._sensor_number)
        kept = Kept(series | rows.seconds, value.astype(np.float32), rows.source, sensors)
        self.kept.add(kept.take(good))

    def opened(self, text: Text) -> Text:
        """Count a text file, and report if it is incomplete or empty."""
        self.report.files += 1
        if text.error is not None:
            self.report.fault(text.error.code, str(text.error))
        elif not text.body:
            self.report.fault("empty_file", f"{text.name}: the file is empty")
        return text

    def bad_line(self, reason: str, name: str, number: int, error: Exception) -> None:
        """Count a line of a file that is not a row."""
        self.report.rows += 1
        self.report.drop(reason)
        self.report.note(reason, f"{name}:{number}: {error}")
        if reason not in EXPECTED:
            self.report.count(f"source {source_of(name)}", 0, 1)

    def saw(self, first: int, last: int) -> None:
        """Note the time that readings outside the window cover, in seconds since 1970 UTC."""
        begin, end = self.covered or (first, last)
        self.covered = max(min(begin, first), 0), min(max(end, last), LAST_SECOND)

    def skip_outside(self, count: int) -> None:
        """Count readings outside the window that were not added, or were removed later."""
        if count:
            self.report.drop("outside_window", count)

    def _inside(self, rows: Rows) -> Rows:
        inside = self.selection.window.covers(rows.seconds) | (rows.seconds < 0)
        if inside.all():
            return rows
        self._drop("outside_window", inside)
        outside = rows.seconds[~inside]
        self.saw(int(outside.min()), int(outside.max()))
        return rows.take(np.flatnonzero(inside))

    def _count(self, rows: Rows, good: NDArray[np.bool_]) -> None:
        """Count good and broken rows by parameter and by source."""
        codes, broken = rows.parameter.codes, ~good
        texts = rows.parameter.texts
        of_good = np.bincount(codes[good], minlength=len(texts)).tolist()
        of_broken = np.bincount(codes[broken], minlength=len(texts)).tolist()
        for code, *counts in zip(texts, of_good, of_broken, strict=True):
            if code in QUANTITIES and any(counts):  # other parameters are no faults
                self.report.count(f"parameter {code}", *counts)
                self.report.count(f"source {rows.source}", *counts)

    def _drop(self, reason: str, kept: NDArray[np.bool_]) -> None:
        self.report.drop(reason, len(kept) - int(kept.sum()))

    def _sensor_number(self, sensor_id: str) -> int:
        return self.sensors.setdefault(sensor_id, len(self.sensors))

    def _station_number(self, station_id: str) -> int:
        asked, station_id = self.selection.station_ids, plain_id(station_id)
        if asked is not None and station_id not in asked:
            return NOT_REQUESTED
        number = self.stations.number(station_id)
        return UNKNOWN if number is None else number

    def _parameter_number(self, code: str) -> int:
        if code not in QUANTITIES:
            return UNKNOWN
        asked = self.selection.parameters
        needed = asked is not None and _NEEDED_BY.get(code) in asked
        if asked is None or QUANTITIES[code].parameter in asked or needed:
            return CODES.index(code)
        return NOT_REQUESTED


def _named(rows: Rows) -> Rows:
    """Return rows with our codes of the parameters."""
    return replace(rows, parameter=rows.parameter.renamed(parameter_code))


def _looked_up(column: Coded, number_of: Callable[[str], int]) -> NDArray[np.int64]:
    numbers = np.fromiter(map(number_of, column.texts), np.int64, len(column.texts))
    return numbers[column.codes]


#: Pressure is reduced to sea level by temperature, and without wind there is no direction.
_NEEDED_BY = {"temperature": "pressure", "wind_speed": "wind_direction"}

_HIGHEST_SENTINEL = max(SENTINELS)

#: NaN: no value converted with it lies within any limits.
_NO_CONVERSION = Conversion(np.nan, np.nan)


def _conversion(code: str, unit: str | None) -> Conversion:
    if code not in QUANTITIES:
        return _NO_CONVERSION
    if unit is None:
        return Conversion(1.0)
    return conversion(QUANTITIES[code].parameter, unit) or _NO_CONVERSION


def _converted(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Convert values to the catalogue's units, and say which are plausible.

    NaN, infinities, sentinels and whatever has no known unit or parameter are never plausible.
    Values outside of the limits by no more than the noise become the limit. Directions are less
    than 360.
    """
    units = rows.unit.texts if rows.unit else [None]
    pairs = [_conversion(code, unit) for code in rows.parameter.texts for unit in units]
    scale, offset = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    limits = [QUANTITIES.get(code) for code in rows.parameter.texts]
    noise = np.array([limit.noise if limit else np.nan for limit in limits])
    low = np.array([limit.minimum if limit else np.nan for limit in limits])
    high = np.array([limit.maximum if limit else np.nan for limit in limits])
    code = rows.parameter.codes.astype(np.int64)
    pair = code * len(units) + rows.unit.codes if rows.unit else code
    with np.errstate(invalid="ignore", over="ignore"):
        value = rows.value * scale[pair] + offset[pair]
        plausible = (value >= (low - noise)[code]) & (value <= (high + noise)[code])
    sentinel = rows.value <= _HIGHEST_SENTINEL
    if sentinel.any():  # of temperatures in °F, some would be plausible
        plausible &= ~np.isin(rows.value, list(SENTINELS))
    value = np.clip(value, low[code], high[code])
    circular = np.array([limit is not None and limit.circular for limit in limits])
    if circular.any():  # 360 is 0, and 359.99999 is 360 in single precision, which is kept
        value = np.where(circular[code], value.astype(np.float32) % TURN, value)
    return value, plausible


def _implausible(
    rows: Rows, value: NDArray[np.float64], plausible: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which rows have a value that is outside of the limits, rather than none at all."""
    measured = np.isfinite(rows.value) & ~are_sentinels(rows)
    return measured & ~plausible & ~np.isnan(value)
