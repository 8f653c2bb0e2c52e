"""What is stored of a source: `source=iem/date=2026-11-28/20261128T070512Z.parquet`, stations.csv.

The folder is the day of the readings (UTC), the name the time of the fetch, so that a correction is
read after what it corrects and wins. Files of readings are written once; `stations.csv` has every
station that was ever fetched and is replaced as a whole.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta

import polars as pl

from batch_jobs.errors import FileError, LocationError
from batch_jobs.feeds.source import SCHEMA, SourceStation
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import open_location

#: What makes a reading one of its own; a later value of it is a correction.
KEY = ("station_id", "parameter", "sensor_id", "time")

_STATIONS = "stations.csv"
#: Hidden from readers of observations.
_DONE = ".done.json"
_NAME = "%Y%m%dT%H%M%SZ"
_SECOND = timedelta(seconds=1)
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
        url = f"{into.rstrip('/')}/source={source}"
        self._location = open_location(url)
        self.damaged: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        for name in self._listed(days):
            self._names.setdefault(name.rpartition("/")[0], []).append(name)

    def _listed(self, days: Days) -> Iterator[str]:
        try:
            files = self._location.files(days)
        except LocationError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return
            raise
        yield from (file.name for file in files if file.name.endswith(".parquet"))

    def readings(self, day: date) -> pl.DataFrame:
        """Return the readings of a day, corrected; a damaged file has none."""
        frames = [SCHEMA.to_frame()]
        for name in self._names.get(_folder(day), []):
            try:
                frames.append(self._read(name))
            except FileError as error:
                self.damaged[name] = str(error)
        stored = pl.concat(frames)
        return stored.unique(subset=KEY, keep="last", maintain_order=True)

    def _read(self, name: str) -> pl.DataFrame:
        try:
            frame = pl.read_parquet(self._location.source(name), hive_partitioning=False)
            if "sensor_id" not in frame.columns:
                frame = frame.with_columns(pl.lit(None, pl.String).alias("sensor_id"))
            return frame.select(SCHEMA.names()).cast(SCHEMA)
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise FileError(name, "unreadable_file", reason) from error

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
        names = self._names.setdefault(_folder(day), [])
        # A clock that was ahead must not make older readings win for ever.
        time = max([now, *(time + _SECOND for time in map(_time_of, names) if time)])
        while not self._location.write_new(name := _name(day, time), content.getvalue()):
            time += _SECOND  # another fetch, at the same time
        names.append(name)
        return name

    def days(self) -> list[date]:
        """Return the days that have files, the newest first."""
        found = [folder.removeprefix("date=") for folder in self._names if folder]
        return sorted(map(date.fromisoformat, found), reverse=True)

    def stations(self) -> dict[str, SourceStation]:
        """Return the stations that are stored, by id.

        Raises:
            FileError: `stations.csv` exists and cannot be read.
        """
        text = self._text(_STATIONS)
        rows = csv.DictReader(io.StringIO(text or "", newline=""))
        try:
            return {row["station_id"]: _station(row) for row in rows}
        except (KeyError, ValueError, TypeError) as error:
            reason = f"line {rows.line_num} is not what a fetch writes ({error}); delete the file"
            raise FileError(_STATIONS, "bad_station_line", reason) from error

    def put_stations(self, stations: Iterable[SourceStation]) -> None:
        """Replace the stations that are stored.

        Raises:
            FileError: They cannot be written; the old ones are kept.
        """
        text = io.StringIO(newline="")
        rows = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        rows.writeheader()
        for station in sorted(stations, key=lambda one: one.station_id):
            rows.writerow(asdict(station))
        self._location.write(_STATIONS, text.getvalue().encode())

    def done(self) -> frozenset[str]:
        """Return the parts that a backfill has stored; see `Batch.part`."""
        return frozenset(json.loads(self._text(_DONE) or "[]"))

    def put_done(self, parts: Iterable[str]) -> None:
        """Replace the parts that a backfill has stored.

        Raises:
            FileError: They cannot be written; the old ones are kept.
        """
        self._location.write(_DONE, json.dumps(sorted(parts), indent=0).encode())

    def _text(self, name: str) -> str | None:
        try:
            return self._location.read(name).decode()
        except FileError as error:
            if _is_missing(error):
                return None
            raise


def _is_missing(error: FileError) -> bool:
    return isinstance(error.__cause__, FileNotFoundError) or "NoSuchKey" in str(error)


def _folder(day: date) -> str:
    return f"date={day.isoformat()}"


def _name(day: date, time: datetime) -> str:
    return f"{_folder(day)}/{time.astimezone(UTC):{_NAME}}.parquet"


def _time_of(name: str) -> datetime | None:
    """Return when a file was fetched; None if its name does not say so."""
    text = name.rpartition("/")[2].removesuffix(".parquet")
    try:
        return datetime.strptime(text, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _station(row: dict[str, str]) -> SourceStation:
    return SourceStation(
        station_id=row["station_id"],
        name=row["name"],
        country=row["country"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        elevation=float(row["elevation"]) if row["elevation"] else None,
        timezone=row["timezone"],
        attribution=row["attribution"],
        licence=row["licence"],
    )
