"""Files as hourly fetches leave them, for tests of compaction."""

import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import polars as pl

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.read import read_observations

DAY = datetime(2025, 11, 28, tzinfo=UTC)
#: The day is over, and so is the time that late readings get.
LATER = DAY + timedelta(hours=30)
FOLDER = "source=iem/date=2025-11-28"

STATIONS = "station_id,latitude,longitude\nJFK,40.64,-73.78\nLGA,40.78,-73.87\n"
SCHEMA = {
    "station_id": pl.String,
    "parameter": pl.String,
    "time": pl.Datetime("us", "UTC"),
    "value": pl.Float64,
    "unit": pl.String,
}


def name(hour, suffix=""):
    """Return the name of the file of the fetch at an hour of the day."""
    return f"{FOLDER}/{DAY + timedelta(hours=hour, minutes=5):%Y%m%dT%H%M%SZ}{suffix}.parquet"


def row(hour, value, station="JFK", parameter="temperature", unit="°C"):
    """Return one reading."""
    return (station, parameter, DAY + timedelta(hours=hour), value, unit)


def parquet(*rows, schema=SCHEMA):
    """Return the content of a file."""
    file = io.BytesIO()
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(file)
    return file.getvalue()


def put(location, files):
    """Write files, by their names, and their stations."""
    location.write("source=iem/stations.csv", STATIONS.encode())
    for file, content in files.items():
        location.write(file, content)


def names(location):
    """Return the names of a location's Parquet files."""
    return [file.name for file in location.files() if file.name.endswith(".parquet")]


def seen(folder):
    """Return what readers see of a location, to the last bit."""
    with suppress(NoObservationsError):
        found = read_observations(folder, end=DAY + timedelta(days=1), hours=48)
        return found.stations, found.parameters, found.values.tobytes()
    return None
