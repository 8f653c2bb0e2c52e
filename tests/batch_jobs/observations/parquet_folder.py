"""A folder of Parquet files with a station file, for tests that apply to any format."""

import base64
import re
from datetime import timedelta

import numpy as np
import polars as pl

from batch_jobs.observations.read import read_observations
from tests.factories import ISSUE_TIME

HEADER = "station_id,name,country,latitude,longitude,elevation,timezone\n"
JFK = "JFK,John F Kennedy Intl,US,40.64,-73.78,4,America/New_York\n"
LGA = "LGA,La Guardia,US,40.78,-73.87,,\n"
WINDOW = {"end": ISSUE_TIME, "hours": 3}


def at(minutes):
    """Return the time so many minutes after the issue time."""
    return ISSUE_TIME + timedelta(minutes=minutes)


def reading(value, *, minutes=0, station="JFK", code="temperature"):
    """Return one row of a Parquet file."""
    return {"station_id": station, "parameter": code, "time": at(minutes), "value": value}


SCHEMA = {
    "station_id": pl.String,
    "parameter": pl.String,
    "time": pl.Datetime("us", "UTC"),
    "value": pl.Float64,
}


def write(location, *rows, name="a.parquet", schema=SCHEMA):
    """Write a Parquet file."""
    pl.DataFrame(list(rows), schema=schema, orient="row").write_parquet(location / name)


def read(location, **selection):
    """Read three hours up to the issue time, or the given *selection*."""
    return read_observations(str(location), **(WINDOW | selection))


def series(observations, station="JFK", code="temperature"):
    """Return the hours of one station and parameter; None for NaN."""
    ids = [station.id for station in observations.stations]
    values = observations.values[ids.index(station), observations.parameters.index(code)]
    return [None if np.isnan(value) else round(float(value), 3) for value in values]


def write_in_zone(location, zone):
    """Write a file whose times have a zone that Arrow takes and polars does not."""
    known = {6: "Israel", 5: "Japan", 9: "Etc/GMT-1", 3: "UTC"}[len(zone)]
    schema = SCHEMA | {"time": pl.Datetime("us", known)}
    row = reading(7, minutes=-60)
    write(location, row, name="odd.parquet", schema=schema)
    path = location / "odd.parquet"
    content = path.read_bytes()
    start = content.index(b"ARROW:schema")
    encoded = re.search(rb"[A-Za-z0-9+/]{64,}=*", content[start:])[0]
    arrow = base64.b64decode(encoded)
    assert arrow.count(known.encode()) == 1
    odd = base64.b64encode(arrow.replace(known.encode(), zone.encode()))
    path.write_bytes(content.replace(encoded, odd))
    return path
