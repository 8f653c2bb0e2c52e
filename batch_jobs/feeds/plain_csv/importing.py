"""An import: CSV files are read and understood, then shown, and only then written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from batch_jobs.errors import CsvError
from batch_jobs.feeds.plain_csv.columns import Correction, check_names
from batch_jobs.feeds.plain_csv.folders import Folders, Written
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.places import Given, described
from batch_jobs.feeds.plain_csv.quality import problem_of
from batch_jobs.feeds.plain_csv.readings import Clock, readings_of, settled
from batch_jobs.feeds.plain_csv.sheet import Sheet, read_sheet
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import File, open_location
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.stations import STATION_FILE, Stations, read_station_file
from batch_jobs.observations.texts import texts
from batch_jobs.progress import Track, quiet

#: Stations that an error names.
_SOME = 5


@dataclass(frozen=True)
class Asked:
    """What the user asks for.

    Attributes:
        files: CSV files; a later one corrects those before it.
        into: Folder or S3 prefix of all observations.
        now: Aware UTC; the time of the import.
        name: Of the import: its files are below `source=import-<name>/`.
        corrections: What columns are, by their name.
        clock: How times are read.
        station: Id of the only station; "" if a column names it.
        given: About the only station.
        station_file: A CSV file with a line for each station.
    """

    files: Sequence[Path]
    into: str
    now: datetime
    name: str = "csv"
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    station: str = ""
    given: Given = field(default_factory=Given)
    station_file: Path | None = None


@dataclass(frozen=True)
class Import:
    """Files that are read and not yet written.

    Attributes:
        asked: What was asked for.
        sheets: The files.
        clock: How times were read.
        tables: Readings, see `readings_of`.
        stations: Stations of the readings and of earlier imports, with what is known about them.
        left_out: What is not imported.
        problems: Why it must not be written yet.
    """

    asked: Asked
    sheets: tuple[Sheet, ...]
    clock: Clock
    tables: tuple[pl.DataFrame, ...]
    stations: Stations
    left_out: LeftOut
    problems: tuple[str, ...]

    @property
    def readings(self) -> int:
        """Number of readings."""
        return sum(table.height for table in self.tables)

    @property
    def station_ids(self) -> list[str]:
        """Ids of the stations of the readings, in order."""
        return sorted({one for table in self.tables for one in table["station_id"].unique()})

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Aware UTC; the first and the last time of a reading."""
        return _span(self.tables)

    def write(self) -> Written:
        """Write what is new, and the stations; a repeat writes no reading again.

        Raises:
            CsvError: There are problems.
            FileError: A file cannot be written.
            LocationError: What is stored cannot be listed.
        """
        if self.problems:
            raise CsvError("; ".join(self.problems))
        folders = _folders(self.asked, self.tables)
        return folders.write(self.tables, self.stations.all_located(), self.asked.now)


def read_import(asked: Asked, track: Track = quiet) -> Import:
    """Read files and understand them; nothing is written.

    Raises:
        CsvError: They cannot be imported as they are; says what to do.
        FileError: One cannot be read.
        LocationError: *into* cannot be listed.
    """
    left_out = LeftOut()
    sheets = tuple(
        read_sheet(path, asked.corrections, asked.station, left_out)
        for path in track(asked.files, "Reading CSV", len(asked.files))
    )
    check_names(asked.corrections, [c.name for sheet in sheets for c in sheet.columns])
    clock = settled(asked.clock, sheets)
    tables = [t for sheet in sheets for t in readings_of(sheet, clock, asked.now, left_out)]
    stations = described(sheets, asked.given, asked.station_file, left_out)
    problems = tuple(_problems(sheets))
    if not any(table.height for table in tables):
        raise CsvError("; ".join(problems) or f"no reading can be used{_examples(left_out)}")
    _folders(asked, tables).add_stored(stations)
    return Import(
        asked=asked,
        sheets=sheets,
        clock=clock,
        tables=tuple(_located(tables, asked.into, stations, left_out)),
        stations=stations,
        left_out=left_out,
        problems=problems,
    )


def _examples(left_out: LeftOut) -> str:
    return "".join(f"; {examples[0]}" for examples in left_out.examples.values() if examples)


def _located(
    tables: Sequence[pl.DataFrame], into: str, stations: Stations, left_out: LeftOut
) -> Iterator[pl.DataFrame]:
    """Yield tables without the readings of stations whose place is not known.

    Raises:
        CsvError: No place is known.
    """
    elsewhere = _stations_of(into)
    ids = sorted({one for table in tables for one in table["station_id"].unique()})
    lost = [one for one in ids if not (stations.is_located(one) or elsewhere.is_located(one))]
    if len(lost) == len(ids):
        some = ", ".join(lost[:_SOME]) + (", …" if len(lost) > _SOME else "")
        raise CsvError(
            f"the places of {len(lost)} stations are not known ({some}); give --latitude and "
            "--longitude for a single one, or a CSV file: --station-file FILE"
        )
    for table in tables:
        without = pl.col("station_id").cast(pl.String).is_in(lost)
        yield table.filter(~without) if lost else table
    for one in lost:
        count = sum((table["station_id"] == one).sum() for table in tables)
        left_out.count("no_coordinates", count, f"station {one}: {stations.fault(one)}")


def _stations_of(into: str) -> Stations:
    """Return the stations that the location of all observations describes itself."""
    stations = Stations()
    location = open_location(into)
    text = next(iter(texts(location, [File(STATION_FILE, 0)])))
    if text.error is None:
        read_station_file(text, stations, ReadReport())
    return stations


def _problems(sheets: Sequence[Sheet]) -> Iterator[str]:
    for sheet in sheets:
        for column in sheet.columns:
            values = [one for one in sheet.values if one.column.name == column.name]
            problem = values and problem_of(values)
            if problem:
                yield f"{sheet.text.name}: {problem}"


def _folders(asked: Asked, tables: Sequence[pl.DataFrame]) -> Folders:
    first, last = _span(tables)
    return Folders(asked.into, asked.name, Days(first.date(), last.date()))


def _span(tables: Sequence[pl.DataFrame]) -> tuple[datetime, datetime]:
    times = pl.concat([table.select("time") for table in tables])
    time = pl.col("time")
    first, last = times.select(time.min(), time.max().alias("last")).row(0)
    return first, last
