"""What is stored of a source: `source=iem/date=2026-11-28/20261128T070512Z.parquet`, stations.csv.

The folder is the day of the readings (UTC), the name the time of the fetch, so that a correction is
read after what it corrects and wins. Files of readings are written once; `stations.csv` has every
station that was ever fetched and is replaced as a whole.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime

import polars as pl

from batch_jobs.errors import FileError
from batch_jobs.feeds.file_names import names_after
from batch_jobs.feeds.source import SCHEMA, SourceStation
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import GONE, content_so_far, files_so_far, open_location
from batch_jobs.observations.names import plain_name

#: What makes a reading one of its own; a later value of it is a correction.
KEY = ("station_id", "parameter", "sensor_id", "time")

_STATIONS = "stations.csv"
#: Hidden from readers of observations.
_DONE = ".done.json"
_MEMORY = ".memory.json"
#: The day of a file's readings, and when it was fetched or compacted.
_NAME = re.compile(r"date=(\d{4}-\d\d-\d\d)/(\d{8}T\d{6}Z)[._].*parquet")
_COLUMNS = [column.name for column in fields(SourceStation)]


class Stored:
    """The files of one source below a folder or an S3 prefix.

    Args:
        into: The folder or prefix of all sources.
        source: Name of the source.
        days: Only files of these days are known.

    Attributes:
        damaged: For each file that could not be read, why.

    Raises:
        LocationError: The files cannot be listed.
    """

    def __init__(self, into: str, source: str, days: Days) -> None:
        self.damaged: dict[str, str] = {}
        self._location = open_location(f"{into.rstrip('/')}/source={source}")
        self._names: dict[date, list[str]] = {}
        #: The day that was read last, as a fetch asks for it more than once.
        self._last: tuple[date, pl.DataFrame] | None = None
        for day, name in self._listed(days):
            self._names.setdefault(day, []).append(name)

    def _listed(self, days: Days) -> Iterator[tuple[date, str]]:
        for file in files_so_far(self._location, days):
            if named := _NAME.fullmatch(file.name):
                yield date.fromisoformat(named[1]), file.name

    def readings(self, day: date) -> pl.DataFrame:
        """Return the readings of a day, corrected; a damaged file has none."""
        if self._last is None or self._last[0] != day:
            self._last = day, self._corrected(day)
        return self._last[1]

    def _corrected(self, day: date) -> pl.DataFrame:
        frames = self._frames(day)
        while GONE in self.damaged.values():  # it was compacted meanwhile; the next listing has all
            self.damaged = {name: why for name, why in self.damaged.items() if why != GONE}
            self._names[day] = [name for _, name in self._listed(Days(day, day))]
            frames = self._frames(day)
        stored = pl.concat([SCHEMA.to_frame(), *frames])
        return stored.unique(subset=KEY, keep="last", maintain_order=True)

    def _frames(self, day: date) -> list[pl.DataFrame]:
        return [self._read(name) for name in self._names.get(day, [])]

    def _read(self, name: str) -> pl.DataFrame:
        try:
            frame = pl.read_parquet(io.BytesIO(self._location.read(name)))
            if "sensor_id" not in frame.columns:
                frame = frame.with_columns(pl.lit(None, pl.String).alias("sensor_id"))
            return frame.select(SCHEMA.names()).cast(SCHEMA)
        except FileError as error:
            self.damaged[name] = GONE if error.code == GONE else str(error)
        except pl.exceptions.PolarsError as error:
            self.damaged[name] = f"{name}: {str(error).partition(chr(10))[0]}"
        return SCHEMA.to_frame()

    def add(self, day: date, readings: pl.DataFrame, now: datetime) -> str:
        """Write a file of readings of one day; return its name.

        Args:
            day: The day of the readings, UTC.
            readings: Columns of `SCHEMA`.
            now: Aware UTC; the time of the fetch.

        Raises:
            FileError: It cannot be written; nothing is left of it.
        """
        content = io.BytesIO()
        if readings["sensor_id"].null_count() == readings.height:
            readings = readings.drop("sensor_id")
        readings.write_parquet(content)
        names = self._names.setdefault(day, [])
        choices = names_after(f"date={day.isoformat()}", names, now)
        while not self._location.write_new(name := next(choices), content.getvalue()):
            pass  # it is another fetch's, at the same time
        names.append(name)
        self._last = None
        return name

    def days(self) -> list[date]:
        """Return the days that have files, the newest first."""
        return sorted(self._names, reverse=True)

    def stations(self) -> dict[str, SourceStation]:
        """Return the stations that are stored, by id.

        Raises:
            FileError: `stations.csv` exists and cannot be read.
        """
        rows = csv.DictReader(io.StringIO(self._text(_STATIONS), newline=""))
        try:
            return {row["station_id"]: _station(row) for row in rows}
        except (KeyError, ValueError, TypeError, csv.Error) as error:
            reason = f"line {rows.line_num} cannot be read ({error!r}); mend or delete the file"
            raise FileError(_STATIONS, "bad_station_line", reason) from error

    def put_stations(self, stations: Iterable[SourceStation]) -> dict[str, SourceStation]:
        """Add stations to those that are stored; return all of them.

        What the new description of a station does not know is as it was.

        Raises:
            FileError: They cannot be written; the old ones are kept.
        """
        old = self.stations()
        new = dict(old)
        for station in stations:
            known = old.get(station.station_id)
            new[station.station_id] = station if known is None else station.completed(known)
        if new != old:
            text = io.StringIO(newline="")
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(_COLUMNS)
            rows.writerows(map(_fields, (new[station_id] for station_id in sorted(new))))
            self._location.write(_STATIONS, text.getvalue().encode())
        return new

    def done(self) -> frozenset[str]:
        """Return the spans that a backfill has stored; see `Batch.span`."""
        return frozenset(json.loads(self._text(_DONE) or "[]"))

    def put_done(self, span: str) -> None:
        """Add a span that a backfill has stored.

        Raises:
            FileError: It cannot be written; the old ones are kept.
        """
        self._location.write(_DONE, json.dumps(sorted(self.done() | {span}), indent=0).encode())

    def memory(self) -> str:
        """Return what the source wants to know, see `Batch.memory`; "" if there is none."""
        return self._text(_MEMORY)

    def put_memory(self, text: str) -> None:
        """Replace what the source wants to know.

        Raises:
            FileError: It cannot be written; the old one is kept.
        """
        self._location.write(_MEMORY, text.encode())

    def _text(self, name: str) -> str:
        """Read a file; "" if there is none."""
        return (content_so_far(self._location, name) or b"").decode("utf-8-sig")


def _fields(station: SourceStation) -> list[str]:
    values = (getattr(station, column) for column in _COLUMNS)
    return ["" if value is None else plain_name(str(value)) for value in values]


def _station(row: Mapping[str, str]) -> SourceStation:
    elevation = row.get("elevation")
    return SourceStation(
        station_id=row["station_id"],
        name=row.get("name") or "",
        country=row.get("country") or "",
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        elevation=float(elevation) if elevation else None,
        timezone=row.get("timezone") or "",
        attribution=row.get("attribution") or "",
        licence=row.get("licence") or "",
    )
