"""OpenAQ's archive: CSV files, one for each location and day, a hundred thousand for a week.

The files are small, so many of them are parsed together. This fast path handles only valid lines.
If it fails on a file, that file is read again line by line, so that each bad line is named and no
good line is lost.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
import polars as pl

from batch_jobs.errors import FileError
from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import File, Location
from batch_jobs.observations.names import openaq_code, source_of
from batch_jobs.observations.own_csv import import_command
from batch_jobs.observations.readings import Readings, Selection
from batch_jobs.observations.rows import Rows, coded
from batch_jobs.observations.stations import Stations
from batch_jobs.observations.texts import Text, texts
from batch_jobs.observations.times import seconds_of
from batch_jobs.progress import Track

COLUMNS = ("location_id", "location", "datetime", "lat", "lon", "parameter", "units", "value")
_SENSOR = "sensors_id"
#: An OpenAQ file may lack this many columns; with more, it is a file of another kind.
_FEW = 2
#: Bytes of a file's second line that are looked at.
_LONGEST_LINE = 10_000
#: A file in which a row lacks one of these is read line by line.
_NEEDED = ("location_id", "datetime", "parameter", "units", "value")

#: Text that is parsed at once: enough to make the cost of a call negligible, small in memory.
BATCH_BYTES = 16_000_000

_NAME = re.compile(r"(?:.*/)?location-(?P<station_id>\d+)-(?P<day>\d{8})\.csv(?:\.gz)?")
_DAY = timedelta(days=1)


class Part(NamedTuple):
    """The lines of one file without its header.

    Attributes:
        name: Path of the file below its location.
        columns: Unique names of all columns.
        first: Line of the file after the header, from 1.
        body: The lines.
        lines: Number of lines.
    """

    name: str
    columns: tuple[str, ...]
    first: int
    body: bytes
    lines: int


def read_archive(
    location: Location, files: Sequence[File], readings: Readings, track: Track
) -> None:
    """Read CSV files of OpenAQ's archive; faults are reported, and everything else is read."""
    asked = [file for file in files if _may_hold(file.name, readings.selection)]
    readings.report.skipped += len(files) - len(asked)
    if not asked:
        for file in files:
            day = _day_of(file.name)
            if day is not None:
                readings.saw(int(day.timestamp()), int((day + _DAY).timestamp()))
    opened = track(texts(location, asked), "Reading OpenAQ archive", len(asked))
    for parts in _batches(_parts(opened, readings)):
        with reported(parts[0].name, readings.report):
            _read_parts(parts, readings)


def location_of(name: str) -> str | None:
    """Return the station whose readings alone a file has, by a name in OpenAQ's form."""
    match = _NAME.fullmatch(name)
    return match and match["station_id"]


def day_of(name: str) -> date | None:
    """Return the local day of a file's readings, by a name in OpenAQ's form."""
    day = _day_of(name)
    return day and day.date()


def _may_hold(name: str, selection: Selection) -> bool:
    """Tell whether a file may hold requested readings, judging by a name in OpenAQ's form."""
    match = _NAME.fullmatch(name)
    if match is None:
        return True
    if selection.station_ids is not None and match["station_id"] not in selection.station_ids:
        return False
    day = _day_of(name)
    if day is None:
        return True
    # The day is local time: anywhere on Earth it lies within a day of the UTC day.
    begins, ends = (day - _DAY).timestamp(), (day + 2 * _DAY).timestamp()
    return ends > selection.window.after and begins <= selection.window.until


def _day_of(name: str) -> datetime | None:
    """Return the day in a name of OpenAQ's form, as if it were one of UTC."""
    match = _NAME.fullmatch(name)
    try:
        return match and datetime.strptime(match["day"], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _parts(opened: Iterable[Text], readings: Readings) -> Iterator[Part]:
    for text in opened:
        readings.opened(text)
        if not text.body:
            continue
        header, _, body = text.body.lstrip().partition(b"\n")
        first = text.body.count(b"\n") - body.count(b"\n") + 1
        with reported(text.name, readings.report):
            columns = _columns(text.name, header, body)
            yield Part(text.name, columns, first, body, body.count(b"\n"))


def _columns(name: str, header: bytes, body: bytes) -> tuple[str, ...]:
    columns, missing = _columns_and_missing(header)
    if missing:
        lines = (header + b"\n" + body[:_LONGEST_LINE]).decode(errors="replace").split("\n")
        command = len(missing) > _FEW and import_command(name, lines)
        if command:
            reason = f"not a CSV file of OpenAQ; import it, from elsewhere: {command}"
            raise FileError(name, "missing_column", reason)
        reason = f"no column {', '.join(missing)}; found {', '.join(columns)[:80] or 'nothing'}"
        needed = f"a CSV file needs the columns {', '.join(COLUMNS)}"
        raise FileError(name, "missing_column", f"{reason}; {needed}")
    return columns


@lru_cache(maxsize=100)
def _columns_and_missing(header: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return unique names of the columns, and the required columns that are missing."""
    try:
        names = [name.strip() for name in next(csv.reader([header.decode(errors="replace")]))]
    except csv.Error:  # an endless field, or a carriage return
        names = []
    missing = tuple(column for column in COLUMNS if column not in names)
    unique = (name if names.index(name) == at else f"{name} {at}" for at, name in enumerate(names))
    return tuple(unique), missing


def _batches(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Gather consecutive files of one source with the same columns."""
    batch: list[Part] = []
    size = 0
    for part in parts:
        if batch and (_kind(part) != _kind(batch[0]) or size + len(part.body) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part.body)
    if batch:
        yield batch


def _kind(part: Part) -> tuple[str, tuple[str, ...]]:
    return source_of(part.name), part.columns


def _read_parts(parts: Sequence[Part], readings: Readings) -> None:
    """Read files together; if that fails, in halves, and finally a single file line by line."""
    table = _parsed(parts)
    if table is not None:
        _add_table(table, parts, readings)
    elif len(parts) > 1:
        middle = len(parts) // 2
        _read_parts(parts[:middle], readings)
        _read_parts(parts[middle:], readings)
    else:
        _read_lines(parts[0], readings)


def _parsed(parts: Sequence[Part]) -> pl.DataFrame | None:
    """Parse files together; None if not every line is a row."""
    body = b"".join(part.body for part in parts)
    lines = sum(part.lines for part in parts)
    columns = parts[0].columns
    schema = {name: pl.Float64 if name == "value" else pl.String for name in columns}
    # Parsers disagree about a carriage return inside a line.
    if not lines or b"\r" in body:
        return None
    try:
        table = pl.read_csv(body, has_header=False, schema=schema, ignore_errors=True)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    return table if table.height == lines else None


def _add_table(table: pl.DataFrame, parts: Sequence[Part], readings: Readings) -> None:
    """Add the rows of a table, except for files with a gap, which are read line by line."""
    starts = np.cumsum([0, *(part.lines for part in parts)])
    gaps = table.select(pl.any_horizontal(pl.col(*_NEEDED, table.columns[-1]).is_null()))
    gap_rows = np.flatnonzero(gaps.to_series().to_numpy())
    gap_parts = set((np.searchsorted(starts, gap_rows, side="right") - 1).tolist())
    for has_gaps, indexes in groupby(range(len(parts)), key=gap_parts.__contains__):
        first, *_, last = [*indexes] * 2
        if has_gaps:
            for part in parts[first : last + 1]:
                _read_lines(part, readings)
        else:
            rows = table[int(starts[first]) : int(starts[last + 1])]
            source = source_of(parts[first].name)
            _add(rows, source, _origin(parts[first : last + 1]), readings)


def _origin(parts: Sequence[Part]) -> Callable[[int], str]:
    starts = np.cumsum([0, *(part.lines for part in parts)])

    def where(row: int) -> str:
        index = int(np.searchsorted(starts, row, side="right")) - 1
        return f"{parts[index].name}:{row - int(starts[index]) + parts[index].first}"

    return where


def _read_lines(part: Part, readings: Readings) -> None:
    """Read a file line by line; bad lines are reported, and blank ones are nothing."""
    rows: list[list[str | float]] = []
    numbers: list[int] = []
    for number, line in enumerate(part.body.split(b"\n")[:-1], start=part.first):
        if not line.strip(b" \t,"):
            continue
        try:
            rows.append(_fields(line, part.columns))
            numbers.append(number)
        except ValueError as error:
            readings.bad_line("bad_line", part.name, number, error)
    schema = dict.fromkeys(_kept(part.columns), pl.String) | {"value": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    _add(table, source_of(part.name), lambda row: f"{part.name}:{numbers[row]}", readings)


def _fields(line: bytes, columns: tuple[str, ...]) -> list[str | float]:
    """Read a line.

    Raises:
        ValueError: The line is not a row with these columns.
    """
    try:
        fields = next(csv.reader([line.decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"the line is malformed: {error}") from error
    if len(fields) != len(columns):
        raise ValueError(f"expected {len(columns)} fields, got {len(fields)}")
    row: dict[str, str] = dict(zip(columns, fields, strict=True))
    read: dict[str, str | float] = {**row, "value": number_of(row["value"])}
    return [read[column] for column in _kept(columns)]


def _kept(columns: tuple[str, ...]) -> tuple[str, ...]:
    return (*COLUMNS, _SENSOR) if _SENSOR in columns else COLUMNS


def number_of(text: str) -> float:
    """Read a number like CSV parsers; NaN for an empty field.

    Raises:
        ValueError: *text* is not a number.
    """
    if not text:
        return np.nan
    if "_" in text or not text.isascii():  # only Python accepts these as numbers
        raise ValueError(f"value {text[:40]!r} is not a number")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"value {text[:40]!r} is not a number") from None


def _add(table: pl.DataFrame, source: str, where: Callable[[int], str], readings: Readings) -> None:
    """Add rows, and the stations that they describe."""
    times = coded(table["datetime"])
    rows = Rows(
        station=coded(table["location_id"]),
        parameter=coded(table["parameter"]).renamed(openaq_code),
        unit=coded(table["units"]),
        time=times,
        seconds=seconds_of(times),
        value=table["value"].to_numpy(),
        where=where,
        source=source,
        sensor=coded(table[_SENSOR]) if _SENSOR in table.columns else None,
    )
    _describe(table, readings.stations)
    readings.add(rows)


def _describe(table: pl.DataFrame, stations: Stations) -> None:
    """Describe each station by the first of its rows that has usable coordinates."""
    places = table.select("location_id", "location", "lat", "lon").unique(
        ["location_id", "lat", "lon"], keep="first", maintain_order=True
    )
    for station_id, name, latitude, longitude in places.fill_null("").rows():
        if latitude and longitude:
            stations.describe(
                station_id, {"name": name, "latitude": latitude, "longitude": longitude}
            )
