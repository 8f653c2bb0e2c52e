"""Parquet with points, as GeoParquet 1.1 has it, that says itself what is in it.

The file's metadata has `geo`, by which QGIS, DuckDB and GeoPandas find the points, and
`stationcast`, a JSON object that describes run and columns.
"""

import io
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from forecasts.parameter import PARAMETERS
from forecasts.run import Run
from forecasts.station import Station
from forecasts.times import utc_text

GEOMETRY = "geometry"
#: Key of our description in the metadata of a file.
DESCRIPTION = "stationcast"

#: Well-known binary of a point: little-endian, type 1, longitude, latitude.
_POINT = struct.Struct("<BIdd")

#: What the columns of stations hold.
STATION_COLUMNS = {
    "station_id": "id of the station",
    "name": "name of the station",
    "country": "ISO 3166-1 alpha-2 code; empty if it is unknown",
    "latitude": "degrees north",
    "longitude": "degrees east",
    GEOMETRY: "the same place as a point: well-known binary, longitude and latitude of WGS 84",
}


def station_frame(stations: Sequence[Station]) -> pl.DataFrame:
    """Return a row for each station, with the columns of `STATION_COLUMNS`."""
    columns: dict[str, tuple[Sequence[object], type[pl.DataType]]] = {
        "station_id": ([each.id for each in stations], pl.String),
        "name": ([each.name for each in stations], pl.String),
        "country": ([each.country for each in stations], pl.String),
        "latitude": ([each.latitude for each in stations], pl.Float64),
        "longitude": ([each.longitude for each in stations], pl.Float64),
        GEOMETRY: (
            [_POINT.pack(1, 1, each.longitude, each.latitude) for each in stations],
            pl.Binary,
        ),
    }
    return pl.DataFrame([pl.Series(n, values, dtype=kind) for n, (values, kind) in columns.items()])


def repeated(stations: pl.DataFrame, times: int) -> pl.DataFrame:
    """Return each row so many times, one after the other."""
    return stations[np.repeat(np.arange(len(stations), dtype=np.uint32), times)]


def geoparquet(
    table: pl.DataFrame, stations: Sequence[Station], description: Mapping[str, Any], rows: int
) -> bytes:
    """Write a table as a file.

    Args:
        table: Has the column `geometry`.
        stations: Those whose points are in it.
        description: Says what is in it; JSON-ready.
        rows: How many rows readers get at once: few, and they find one station faster.
    """
    file = io.BytesIO()
    metadata = {
        "geo": json.dumps(_geo(stations)),
        DESCRIPTION: json.dumps(description, ensure_ascii=False),
    }
    table.write_parquet(file, row_group_size=rows, metadata=metadata)
    return file.getvalue()


def described(run: Run, stations: Sequence[Station]) -> dict[str, Any]:
    """Describe a run, and whose observations it is made of."""
    sources: dict[tuple[str, str], int] = {}
    for each in stations:
        of = each.attribution, each.licence
        sources[of] = sources.get(of, 0) + 1
    return {
        "run": {
            "id": run.id,
            "issued_at": utc_text(run.issue_time),
            "valid_until": utc_text(run.valid_until),
            "model": run.model,
            **({"notice": run.notice} if run.notice else {}),
        },
        "sources": [
            {"attribution": attribution, "licence": licence, "stations": count}
            for (attribution, licence), count in sorted(sources.items())
        ],
    }


def described_parameter(code: str) -> dict[str, Any]:
    """Describe a parameter: its names, its unit and what an hour's value is."""
    of = PARAMETERS[code]
    return {
        "name": of.name,
        "unit": of.unit,
        "ucum": of.ucum,
        "standard_name": of.standard_name,
        "standard_name_uri": of.standard_name_uri,
        "aggregation": of.aggregation,
        "decimals": of.decimals,
    }


def _geo(stations: Sequence[Station]) -> dict[str, Any]:
    """Return the metadata of GeoParquet; without `crs`, coordinates are OGC:CRS84."""
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"]}
    if stations:
        places = np.array([(each.longitude, each.latitude) for each in stations])
        column["bbox"] = [*places.min(axis=0).tolist(), *places.max(axis=0).tolist()]
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
