"""Observations: hourly values of every station, read from files.

The reader of each format turns files into rows, `readings` checks the rows, and `hourly` aggregates
the good ones. A bad file or line never stops the reading: it is counted and named in the report.
"""

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.cube import Wanted, cube_of
from batch_jobs.observations.days import Days
from batch_jobs.observations.derived import drop_implausible, parameters_made
from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import GONE, File, Location, open_location
from batch_jobs.observations.freshness import freshness
from batch_jobs.observations.hourly import Axes
from batch_jobs.observations.left_out import left_out
from batch_jobs.observations.notice import NOTICE_FILE, read_notice
from batch_jobs.observations.openaq_archive import read_archive
from batch_jobs.observations.openaq_realtime import read_realtime
from batch_jobs.observations.parquet import read_parquet
from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.readings import Readings, Selection
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.series import Series, met, only, series_of
from batch_jobs.observations.shards import Shards
from batch_jobs.observations.stations import Stations, is_station_file, read_station_file
from batch_jobs.observations.texts import texts
from batch_jobs.observations.trust import trusted
from batch_jobs.observations.usable import usable
from batch_jobs.observations.window import Window, asked_window
from batch_jobs.progress import Track, quiet
from forecasts.missing import LeftOut
from forecasts.parameter import PARAMETERS, parameter
from forecasts.station import Station

_READERS: dict[tuple[str, ...], Callable[[Location, Sequence[File], Readings, Track], None]] = {
    (".csv", ".csv.gz"): read_archive,
    (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz"): read_realtime,
    (".parquet",): read_parquet,
}

#: How often a location is listed and read if files are deleted meanwhile.
MOST_LISTINGS = 3

#: Ends of the names of files of observations, and of stations.
ENDINGS = tuple(ending for endings in _READERS for ending in endings)


@dataclass(frozen=True)
class Observations:
    """Hourly values of every station.

    Attributes:
        stations: Stations with coordinates and a reading in the window, in order of id.
        parameters: Codes of the measured parameters, in catalogue order.
        end: Aware UTC; label of the last hour.
        values: [station, parameter, hour], in the parameter's unit, not rounded, hours oldest
            first and ending at *end*, NaN without a reading. The hour labelled t is the mean, sum
            or maximum (`Parameter.aggregation`) of the readings after t - 1 h, up to and including
            t.
        report: Counts what was read and what was dropped.
        left_out: The other stations that files describe or have readings of, in order of id, and
            what each lacks; without stations that were not requested.
        notice: What readers must know about them, e.g. that they are not real; usually None.
    """

    stations: tuple[Station, ...]
    parameters: tuple[str, ...]
    end: datetime
    values: NDArray[np.float32]
    report: ReadReport
    left_out: tuple[LeftOut, ...] = ()
    notice: str | None = None


def read_observations(  # noqa: PLR0913 -- all that decides what is read
    location: str,
    *,
    end: datetime | None = None,
    hours: int | None = None,
    parameters: Collection[str] | None = None,
    station_ids: Container[str] | None = None,
    untrusted: Collection[str] | None = None,
    files: Sequence[File] | None = None,
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
        files: Those to read, in order of name. None to list the location.
        track: Wraps the loops over files, to show progress.

    Raises:
        LocationError: The location does not exist or cannot be listed.
        NoObservationsError: Nothing usable was found.
        TemporaryFileError: The readings fit neither in memory nor on the disk.
        WindowError: *end* has no time zone, or the hours do not fit in memory.
        UnknownParameterError: One of *parameters* is not in the catalogue.
    """
    codes = None if parameters is None else frozenset(parameter(code).code for code in parameters)
    ids = frozenset(station_ids) if isinstance(station_ids, Iterable) else station_ids
    selection = Selection(asked_window(end, hours), codes, ids)
    with closing(Shards()) as kept:
        if files is None:
            readings = _readings(location, selection, kept, track)
        else:
            readings = _read(location, files, selection, kept, track)
        series = usable(location, trusted(readings, untrusted), readings)
        window = _settled(series, selection.window, end, hours)
        return _observations(readings, series, window)


def covered(location: str, files: Sequence[File], track: Track = quiet) -> tuple[int, int] | None:
    """Return the times of the oldest and the newest reading of some files, seconds since 1970 UTC.

    None if there is no reading.

    Raises:
        TemporaryFileError: The readings fit neither in memory nor on the disk.
    """
    with closing(Shards()) as kept:
        readings = _read(location, files, Selection(asked_window(None, None)), kept, track)
        series = series_of(kept, len(readings.stations.ids))
    if not series:
        return None
    return min(int(s.oldest.min()) for s in series), max(int(s.newest.max()) for s in series)


def _readings(location: str, selection: Selection, kept: Shards, track: Track) -> Readings:
    """Read a location into *kept*; again, if a file is gone that was listed.

    Compaction has then put its readings into another file, which the next listing has.
    """
    for _ in range(MOST_LISTINGS - 1):
        readings = _read(location, _listed(location, selection), selection, kept, track)
        if GONE not in readings.report.faults:
            return readings
        kept.close()
    return _read(location, _listed(location, selection), selection, kept, track)


def _listed(location: str, selection: Selection) -> list[File]:
    """List the files of a location.

    Raises:
        NoObservationsError: None of them is a file of observations.
    """
    days = Days.of(selection.window)
    files = open_location(location).files(days)
    if not any(file.name.endswith(ENDINGS) for file in files):
        reason = (
            f"none of its {len(files)} files ends in {', '.join(ENDINGS)}; folders of days before "
            f"{days.first} or after {days.last} were left out"
        )
        raise NoObservationsError(location, reason)
    return files


def _read(
    location: str, files: Sequence[File], selection: Selection, kept: Shards, track: Track
) -> Readings:
    """Read files of a location."""
    readings = Readings(selection, Stations(), ReadReport(), kept)
    place = open_location(location)
    station_files = [file for file in files if is_station_file(file.name)]
    _read_stations(place, station_files, readings)
    readings.notice = read_notice(place, files, readings.report)
    for file in files:
        if not file.name.endswith(ENDINGS) and file.name != NOTICE_FILE:
            readings.report.fault("ignored_file", f"{file.name}: not an observation file")
    for endings, read in _READERS.items():
        chosen = [file for file in files if file.name.endswith(endings)]
        read(place, [file for file in chosen if file not in station_files], readings, track)
    return readings


def _read_stations(place: Location, files: Sequence[File], readings: Readings) -> None:
    for text in texts(place, files):
        with reported(text.name, readings.report):
            read_station_file(readings.opened(text), readings.stations, readings.report)


def _settled(
    series: Sequence[Series], asked: Window, end: datetime | None, hours: int | None
) -> Window:
    """Return the requested window; the readings decide the bounds that were left open."""
    first = min(int(table.oldest.min()) for table in series)
    last = max(int(table.newest.max()) for table in series)
    return asked.narrowed(first, last, end_given=end is not None, hours=hours)


def _observations(readings: Readings, series: Sequence[Series], window: Window) -> Observations:
    """Aggregate the readings of some series."""
    ids, inside = readings.stations.ids, only(series, lambda table: table.newest > window.after)
    readings.report.freshness = freshness(inside, readings.stations, window.until)
    numbers = sorted(met(inside, lambda table: table.stations), key=ids.__getitem__)
    stations = tuple(readings.stations.located(ids[number]) for number in numbers)
    elevation = np.array([s.elevation for s in stations], np.float64)  # None becomes NaN
    codes = met(inside, lambda table: table.parameters)
    axes = Axes(_ranks(numbers, len(ids)), _ranks(codes, len(CODES)), window)
    parameters = parameters_made(axes.quantities, readings.selection.parameters or PARAMETERS)
    values = cube_of(readings, Wanted(series, axes, elevation, parameters))
    drop_implausible(values, parameters, stations, readings.report)
    end = datetime.fromtimestamp(window.until, UTC)
    others = left_out(readings, {station.id for station in stations})
    return Observations(stations, parameters, end, values, readings.report, others, readings.notice)


def _ranks(numbers: Sequence[int], size: int) -> NDArray[np.int64]:
    """Return for each number below *size* its position in *numbers*, or -1."""
    ranks = np.full(size, -1, dtype=np.int64)
    ranks[numbers] = np.arange(len(numbers))
    return ranks
