"""Observations: hourly values of every station, read from files.

The reader of each format turns files into rows, `readings` checks the rows, and `hourly` aggregates
the good ones. A bad file or line never stops the reading: it is counted and named in the report.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.days import Days
from batch_jobs.observations.derived import drop_implausible, parameters_of
from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import GONE, File, Location, open_location
from batch_jobs.observations.freshness import freshness
from batch_jobs.observations.hourly import Axes, hourly_values
from batch_jobs.observations.left_out import left_out
from batch_jobs.observations.openaq_archive import read_archive
from batch_jobs.observations.openaq_realtime import read_realtime
from batch_jobs.observations.parquet import read_parquet
from batch_jobs.observations.quantities import CODES, STATION_PRESSURE
from batch_jobs.observations.readings import Kept, Readings, Selection
from batch_jobs.observations.report import MOST_EXAMPLES_OF_A_REASON, ReadReport
from batch_jobs.observations.sensors import of_one_sensor
from batch_jobs.observations.stations import STATION_FILE, Stations, read_station_file
from batch_jobs.observations.texts import texts
from batch_jobs.observations.trust import trusted
from batch_jobs.observations.window import HOUR_SECONDS, LAST_SECOND, Window, asked_window
from batch_jobs.progress import Track, quiet
from forecasts.missing import LeftOut
from forecasts.parameter import PARAMETERS, parameter
from forecasts.station import Station
from forecasts.times import utc_text

_READERS: dict[tuple[str, ...], Callable[[Location, Sequence[File], Readings, Track], None]] = {
    (".csv", ".csv.gz"): read_archive,
    (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz"): read_realtime,
    (".parquet",): read_parquet,
}

#: How often a location is listed and read if files are deleted meanwhile.
MOST_LISTINGS = 3

_ENDINGS = tuple(ending for endings in _READERS for ending in endings)


@dataclass(frozen=True)
class Observations:
    """Hourly values of every station.

    Attributes:
        stations: Stations with coordinates and a reading in the window, in order of id.
        parameters: Codes of the measured parameters, in catalogue order.
        end: Aware UTC; label of the last hour.
        values: [station, parameter, hour], in the parameter's unit and rounded to its decimals,
            hours oldest first and ending at *end*, NaN without a reading. The hour labelled t is
            the mean, sum or maximum (`Parameter.aggregation`) of the readings after t - 1 h, up to
            and including t.
        report: Counts what was read and what was dropped.
        left_out: The other stations that files describe or have readings of, in order of id, and
            what each lacks; empty if single stations were requested.
    """

    stations: tuple[Station, ...]
    parameters: tuple[str, ...]
    end: datetime
    values: NDArray[np.float32]
    report: ReadReport
    left_out: tuple[LeftOut, ...] = ()


def read_observations(
    location: str,
    *,
    end: datetime | None = None,
    hours: int | None = None,
    parameters: Collection[str] | None = None,
    station_ids: Collection[str] | None = None,
    untrusted: Collection[str] | None = None,
    track: Track = quiet,
) -> Observations:
    """Read the observations of a folder or an S3 prefix; see `docs/observations.md`.

    Args:
        location: A folder, or `s3://bucket/prefix`; files at any depth are read.
        end: Aware; label of the last hour. None for the last hour with a reading.
        hours: Number of hours up to *end*. None for all hours with readings.
        parameters: Requested parameter codes. None for the whole catalogue.
        station_ids: Requested stations. None for all.
        untrusted: `ReadReport.untrusted` of a reading of more stations; None to judge these ones.
        track: Wraps the loops over files, to show progress.

    Raises:
        LocationError: The location does not exist or cannot be listed.
        NoObservationsError: Nothing usable was found.
        WindowError: *end* has no time zone, or the hours do not fit in memory.
        UnknownParameterError: One of *parameters* is not in the catalogue.
    """
    codes = None if parameters is None else frozenset(parameter(code).code for code in parameters)
    ids = None if station_ids is None else frozenset(station_ids)
    selection = Selection(asked_window(end, hours), codes, ids)
    readings = _readings(location, selection, track)
    readings.kept = trusted(readings, untrusted)
    located = _located(location, readings)
    kept = _only(readings.kept, lambda table: located[table.stations])
    readings.kept.clear()  # so that a large reading is not in memory twice
    kept = _used(location, kept, readings)
    window = _settled(kept, selection.window, end, hours)
    inside = _only(kept, lambda table: window.covers(table.seconds))
    readings.skip_outside(_size(kept) - _size(inside))
    readings.report.freshness = freshness(inside, readings.stations, window.until)
    return _observations(readings, of_one_sensor(inside, readings), window)


def _readings(location: str, selection: Selection, track: Track) -> Readings:
    """Read a location; again, if a file is gone that was listed.

    Compaction has then put its readings into another file, which the next listing has.
    """
    for _ in range(MOST_LISTINGS - 1):
        readings = _read(location, selection, track)
        if GONE not in readings.report.faults:
            return readings
    return _read(location, selection, track)


def _read(location: str, selection: Selection, track: Track) -> Readings:
    """Read every file of a location."""
    readings = Readings(selection, Stations(), ReadReport())
    place = open_location(location)
    days = Days.of(selection.window)
    files = place.files(days)
    if not any(file.name.endswith(_ENDINGS) for file in files):
        reason = (
            f"none of its {len(files)} files ends in {', '.join(_ENDINGS)}; folders of days before "
            f"{days.first} or after {days.last} were left out"
        )
        raise NoObservationsError(location, reason)
    station_files = [file for file in files if file.name.rpartition("/")[2] == STATION_FILE]
    _read_stations(place, station_files, readings)
    for file in files:
        if not file.name.endswith(_ENDINGS):
            readings.report.fault("ignored_file", f"{file.name}: not an observation file")
    for endings, read in _READERS.items():
        chosen = [file for file in files if file.name.endswith(endings)]
        read(place, [file for file in chosen if file not in station_files], readings, track)
    return readings


def _read_stations(place: Location, files: Sequence[File], readings: Readings) -> None:
    for text in texts(place, files):
        with reported(text.name, readings.report):
            read_station_file(readings.opened(text), readings.stations, readings.report)


def _located(location: str, readings: Readings) -> NDArray[np.bool_]:
    """Tell for each station number whether it is usable and has readings; report the others.

    Raises:
        NoObservationsError: No station is usable.
    """
    ids = readings.stations.ids
    rows = np.zeros(len(ids), dtype=np.int64)
    for table in readings.kept:
        rows += np.bincount(table.stations, minlength=len(ids))
    known = np.array([readings.stations.is_located(station_id) for station_id in ids], bool)
    for number in np.flatnonzero((rows > 0) & ~known):
        readings.report.drop("no_coordinates", int(rows[number]))
        fault = readings.stations.fault(ids[number])
        readings.report.note("no_coordinates", f"station {ids[number]}: {fault}")
    if not (known & (rows > 0)).any():
        raise NoObservationsError(location, _nothing_left(readings))
    return known & (rows > 0)


def _used(location: str, kept: list[Kept], readings: Readings) -> list[Kept]:
    """Return readings without those that nothing can be made of, which are reported.

    These are the pressure at stations of unknown height; and, if temperature is only read to reduce
    pressure to sea level, that of stations without pressure.

    Raises:
        NoObservationsError: Nothing is left.
    """
    unknown = _unknown_height(kept, readings)
    used = _only(kept, lambda t: ~(unknown[t.stations] & (t.parameters == _AT_STATION)))
    readings.report.drop("no_elevation", _size(kept) - _size(used))
    asked = readings.selection.parameters
    if asked is not None and "temperature" not in asked:
        others = _only(used, lambda table: table.parameters != _TEMPERATURE)
        numbers = _met(others, lambda table: table.stations, len(unknown))
        without = _size(used)
        used = _only(used, lambda table: np.isin(table.stations, numbers))
        readings.report.drop("not_requested", without - _size(used))
    if not used:
        raise NoObservationsError(location, _nothing_left(readings))
    return used


_AT_STATION, _TEMPERATURE = CODES.index(STATION_PRESSURE), CODES.index("temperature")


def _unknown_height(kept: list[Kept], readings: Readings) -> NDArray[np.bool_]:
    """Tell for each station number whether its pressure cannot be reduced, and report it."""
    stations = readings.stations
    unknown = np.zeros(len(stations.ids), dtype=bool)
    at_station = _only(kept, lambda table: table.parameters == _AT_STATION)
    for number in _met(at_station, lambda table: table.stations, len(unknown)):
        if stations.located(stations.ids[number]).elevation is None:
            unknown[number] = True
            readings.without_height.add(number)
            what = "pressure is not reduced to sea level, as its elevation is not known"
            readings.report.note("no_elevation", f"station {stations.ids[number]}: {what}")
    return unknown


def _nothing_left(readings: Readings) -> str:
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
    return "; ".join(parts + report.examples[:MOST_EXAMPLES_OF_A_REASON])


def _text(second: int) -> str:
    return utc_text(datetime.fromtimestamp(second, UTC))


def _settled(
    kept: Sequence[Kept], asked: Window, end: datetime | None, hours: int | None
) -> Window:
    """Return the requested window; the readings decide the bounds that were left open."""
    first = min(int(table.seconds.min()) for table in kept)
    last = max(int(table.seconds.max()) for table in kept)
    return asked.narrowed(first, last, end_given=end is not None, hours=hours)


def _only(kept: Sequence[Kept], passes: Callable[[Kept], NDArray[np.bool_]]) -> list[Kept]:
    """Return the readings that pass, without empty tables."""
    tables = []
    for table in kept:
        passed = passes(table)
        if passed.all():
            tables.append(table)
        else:
            tables.append(table.only(passed))
    return [table for table in tables if len(table.keys)]


def _size(kept: Sequence[Kept]) -> int:
    return sum(len(table.keys) for table in kept)


def _ranks(numbers: Sequence[int], size: int) -> NDArray[np.int64]:
    """Return for each number below *size* its position in *numbers*, or -1."""
    ranks = np.full(size, -1, dtype=np.int64)
    ranks[list(numbers)] = np.arange(len(numbers))
    return ranks


def _met(
    kept: Sequence[Kept], numbers: Callable[[Kept], NDArray[np.int64]], size: int
) -> list[int]:
    """Return the numbers below *size* that occur, in order."""
    met = np.zeros(size, dtype=bool)
    for table in kept:
        met[numbers(table)] = True
    return [int(number) for number in np.flatnonzero(met)]


def _observations(readings: Readings, kept: Sequence[Kept], window: Window) -> Observations:
    ids = readings.stations.ids
    numbers = sorted(_met(kept, lambda table: table.stations, len(ids)), key=ids.__getitem__)
    codes = _met(kept, lambda table: table.parameters, len(CODES))
    axes = Axes(_ranks(numbers, len(ids)), _ranks(codes, len(CODES)), window)
    values, duplicates = hourly_values(kept, axes)
    report = readings.report
    report.used = _size(kept) - duplicates
    if duplicates:
        report.drop("duplicate", duplicates)
    stations = tuple(readings.stations.located(ids[number]) for number in numbers)
    elevation = np.array([s.elevation for s in stations], np.float64)  # None becomes NaN
    asked = readings.selection.parameters or PARAMETERS
    values, parameters = parameters_of(values, [CODES[n] for n in codes], elevation, [*asked])
    drop_implausible(values, parameters, stations, report)
    end = datetime.fromtimestamp(window.until, UTC)
    others = left_out(readings, {station.id for station in stations})
    return Observations(stations, parameters, end, values, report, others)
