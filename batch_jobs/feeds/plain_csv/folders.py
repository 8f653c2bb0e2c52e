"""What imports leave: `source=import-NAME/year=2026/month=11/20261128T070512Z.parquet`.

A `stations.csv` is beside the years. An import may hold years of one station, so its folders are
months (of the readings, UTC); a night opens one or two of them. The name of a file is the time of
the import, so that a later import is read later and its corrections win. What is stored already is
not written again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple, TypeVar

import polars as pl

from batch_jobs.errors import FileError
from batch_jobs.feeds.file_names import names_after
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import files_so_far, open_location
from batch_jobs.observations.headings import CREDIT, PLACE
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.stations import STATION_FILE, Stations, read_station_file
from batch_jobs.observations.texts import texts
from forecasts.station import Station

#: What makes a reading one of its own; a later value of it is a correction.
KEY = ("station_id", "parameter", "time")

_EMPTY = pl.DataFrame(
    schema={
        "station_id": pl.Categorical,
        "parameter": pl.Categorical,
        "time": pl.Datetime("us", "UTC"),
        "value": pl.Float64,
        "unit": pl.Categorical,
    }
)
#: Rows that are compared and written at once: memory does not grow with the month.
_ROWS = 500_000
#: An expression or a column.
_Days = TypeVar("_Days", pl.Expr, pl.Series)
_FILE = re.compile(r"/\d{8}T\d{6}Z\.parquet")
STATION_COLUMNS = ("station_id", *PLACE, *CREDIT)


class _Span(NamedTuple):
    """Days of one month, both included."""

    first: date
    last: date

    @property
    def month(self) -> str:
        """The folder."""
        return f"year={self.first:%Y}/month={self.first:%m}"

    def covers(self, days: _Days) -> _Days:
        """Tell which days are in the span."""
        return (days >= self.first) & (days <= self.last)


class Written(NamedTuple):
    """What an import wrote.

    Attributes:
        files: Paths below the location of all observations.
        new: Number of readings in them.
        known: Number of readings that were stored already, with the same value.
    """

    files: list[str]
    new: int
    known: int


class Folders:
    """The files of one import, below a folder or an S3 prefix.

    Args:
        into: The location of all observations.
        name: The import's name.
        days: The days whose files are known.

    Raises:
        LocationError: The files cannot be listed.
    """

    def __init__(self, into: str, name: str, days: Days) -> None:
        self._source = f"source=import-{name}"
        self._location = open_location(f"{into.rstrip('/')}/{self._source}")
        self._files = files_so_far(self._location, days)

    def add_stored(self, stations: Stations) -> None:
        """Add the stations of earlier imports to those that are described already."""
        files = [file for file in self._files if file.name == STATION_FILE]
        for text in texts(self._location, files):
            read_station_file(text, stations, ReadReport())

    def write(
        self, tables: Sequence[pl.DataFrame], stations: Iterable[Station], now: datetime
    ) -> Written:
        """Write what is new; if that fails or is interrupted, nothing is left of it.

        Args:
            tables: Readings: station_id, parameter, unit, time (UTC) and value; of readings of the
                same instant the last one counts.
            stations: All stations, those of earlier imports included.
            now: Aware UTC; the time of the import.

        Raises:
            FileError: A file cannot be written.
        """
        contents: list[tuple[str, bytes]] = []
        new = known = 0
        for span, readings in _pieces(tables):
            fresh = _fresh(readings, self._stored(span))
            known += readings.height - fresh.height
            new += fresh.height
            if fresh.height:
                contents.append((span.month, _parquet(fresh)))
        self._location.write(STATION_FILE, _station_file(stations))
        return Written(self._write_all(contents, now), new, known)

    def _write_all(self, contents: Sequence[tuple[str, bytes]], now: datetime) -> list[str]:
        written: dict[str, bytes] = {}
        names = {month: names_after(month, self._names(month), now) for month, _ in contents}
        try:
            for month, content in contents:
                written[name := next(names[month])] = content
                while not self._location.write_new(name, content):
                    del written[name]  # it is another import's, at the same time
                    written[name := next(names[month])] = content
        except BaseException:  # also Ctrl-C, which may come after the last file is complete
            for name, content in written.items():
                self._delete(name, content)
            raise
        return [f"{self._source}/{name}" for name in written]

    def _delete(self, name: str, content: bytes) -> None:
        """Delete a file if it is there, as it was to be written."""
        with suppress(FileError):
            if self._location.read(name) == content:
                self._location.delete(name)

    def _names(self, month: str) -> list[str]:
        """Return the files of a month, in order of name."""
        return [file.name for file in self._files if _FILE.fullmatch(file.name.removeprefix(month))]

    def _stored(self, span: _Span) -> pl.DataFrame:
        """Return the stored readings of a span, corrected."""
        frames = [self._read(name, span) for name in self._names(span.month)]
        return pl.concat([_EMPTY, *frames]).unique(KEY, keep="last", maintain_order=True)

    def _read(self, name: str, span: _Span) -> pl.DataFrame:
        try:
            frame = pl.scan_parquet(self._location.source(name), hive_partitioning=False)
            inside = frame.select(_EMPTY.columns).filter(span.covers(pl.col("time").dt.date()))
            return inside.cast(_EMPTY.schema).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = f"{str(error).partition(chr(10))[0]}; delete it, and import again"
            raise FileError(f"{self._source}/{name}", "unreadable_file", reason) from error


def _pieces(tables: Sequence[pl.DataFrame]) -> Iterator[tuple[_Span, pl.DataFrame]]:
    """Yield the readings of some days of a month at a time; of equal instants the last one."""
    days = [table["time"].dt.date() for table in tables]
    counts = pl.concat(days).value_counts(name="rows").sort("time")
    for span in _spans(counts.iter_rows()):
        parts = (
            table.filter(span.covers(of)).select(_EMPTY.columns).cast(_EMPTY.schema)
            for table, of in zip(tables, days, strict=True)
        )
        yield span, pl.concat(parts).unique(KEY, keep="last", maintain_order=True)


def _spans(counts: Iterable[tuple[date, int]]) -> list[_Span]:
    """Return spans of days with at most `_ROWS` rows, or of one day, each within a month."""
    spans: list[_Span] = []
    rows = 0
    for day, count in counts:
        longer = spans[-1]._replace(last=day) if spans else None
        rows += count
        if (
            longer
            and rows <= _ROWS
            and (day.year, day.month) == (longer.first.year, longer.first.month)
        ):
            spans[-1] = longer
        else:
            spans.append(_Span(day, day))
            rows = count
    return spans


def _fresh(readings: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Return the readings that are not stored with the same value and unit."""
    if stored.is_empty():
        return readings
    return readings.join(stored, on=readings.columns, how="anti", maintain_order="left")


def _parquet(readings: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    readings.with_columns(pl.col(pl.Categorical).cast(pl.String)).write_parquet(content)
    return content.getvalue()


def _station_file(stations: Iterable[Station]) -> bytes:
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(STATION_COLUMNS)
    for one in sorted(stations, key=lambda station: station.id):
        fields = (getattr(one, column) for column in STATION_COLUMNS[1:])
        lines.writerow([one.id, *("" if field is None else field for field in fields)])
    return text.getvalue().encode()
