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


#: A time zone that polars knows, with a name that is longer than those to write.
_LONG_ZONE = "America/Argentina/ComodRivadavia"


def write_in_zone(location, zone, column="time"):
    """Write a file whose times, or another column, have any zone: polars cannot write all.

    Args:
        location: Where the file `odd.parquet` is written.
        zone: As it stands in Arrow's copy of the schema, at most 32 bytes.
        column: The column with the zone; an additional one if it is not the time.
    """
    schema = SCHEMA | {column: pl.Datetime("us", _LONG_ZONE)}
    row = reading(7, minutes=-60)
    write(location, {column: row["time"], **row}, name="odd.parquet", schema=schema)
    path = location / "odd.parquet"
    content = path.read_bytes()
    encoded = re.search(rb"[A-Za-z0-9+/]{64,}=*", content[content.index(b"ARROW:schema") :])[0]
    arrow, known = base64.b64decode(encoded), _flat_string(_LONG_ZONE.encode())
    assert arrow.count(known) == 1
    odd = base64.b64encode(arrow.replace(known, _flat_string(zone.encode())))
    path.write_bytes(content.replace(encoded, odd))
    return path


def _flat_string(text):
    """Return a text as a flat buffer has it: its length, its bytes, zeros up to the known size."""
    return len(text).to_bytes(4, "little") + text.ljust(len(_LONG_ZONE), b"\0")
