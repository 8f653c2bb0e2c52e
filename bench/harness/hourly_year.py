"""A year of files as hourly fetches leave them, and the same readings in daily files.

Two sources have half of the stations each. A night reads the last eight days, so only these are of
full size; a file from before has one reading.
"""

import io
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from batch_jobs.feeds.compaction import compact
from batch_jobs.observations.files import open_location
from bench.harness.inputs import ISSUE_TIME
from forecasts.times import HOUR
from local.demo.synthetic import (
    synthetic_frame,
    synthetic_stations,
    synthetic_values,
    write_stations,
)

SOURCES = ("iem", "openaq")
_FETCHED_AFTER = timedelta(minutes=5)


def write_hourly(folder: Path, stations: int, hours: int) -> None:
    """Write a file for each source and hour up to the issue time, and `stations.csv`."""
    readings = _readings(folder, stations)
    names = readings["station_id"].unique().sort()
    for source, ids in zip(SOURCES, (names[::2], names[1::2]), strict=True):
        of_source = readings.filter(pl.col("station_id").is_in(ids.implode()))
        by_hour = {time: of_hour for (time,), of_hour in of_source.group_by("time")}
        for time in _hours(hours):
            day = folder / f"source={source}" / f"date={time:%Y-%m-%d}"
            day.mkdir(parents=True, exist_ok=True)
            path = day / f"{time + _FETCHED_AFTER:%Y%m%dT%H%M%SZ}.parquet"
            if time in by_hour:
                by_hour[time].write_parquet(path)
            else:
                path.write_bytes(_one_reading(time))


def write_compacted(folder: Path, hourly: Path) -> None:
    """Write what is left of hourly files if each night has compacted the days before it."""
    shutil.copytree(hourly, folder)
    compact(open_location(str(folder)), ISSUE_TIME)


def write_daily(folder: Path, stations: int) -> None:
    """Write the readings of the last eight days in eight files, and `stations.csv`."""
    readings = _readings(folder, stations)
    # The hour that a night is for belongs to the day before.
    day = (pl.col("time") - HOUR).dt.date()
    for (date,), of_day in readings.group_by(day):
        (folder / f"date={date}").mkdir()
        of_day.write_parquet(folder / f"date={date}" / "day.parquet")


def _readings(folder: Path, stations: int) -> pl.DataFrame:
    """Make readings up, as a fetch sorts them; write their stations into *folder*."""
    folder.mkdir(parents=True)
    places = synthetic_stations(stations)
    write_stations(folder / "stations.csv", places)
    frame = synthetic_frame(places, synthetic_values(places, ISSUE_TIME), ISSUE_TIME)
    return frame.sort("time", "station_id", "parameter")


def _one_reading(time: datetime) -> bytes:
    file = io.BytesIO()
    row = {"station_id": ["JFK"], "parameter": ["temperature"], "time": [time], "value": [9.0]}
    pl.DataFrame(row).write_parquet(file)
    return file.getvalue()


def _hours(count: int) -> Iterator[datetime]:
    return (ISSUE_TIME - back * HOUR for back in range(count))
