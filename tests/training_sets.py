"""Training sets, as a job writes them: Parquet files and a manifest that names them."""

import json
from dataclasses import asdict

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from batch_jobs.observations.files import open_location
from batch_jobs.training.targets import targets_of
from batch_jobs.training.training_sets import read_manifest, read_stations


def write_set(folder, archive, countries):
    """Write a training set of an archive; its stations are S0, S1, ….

    Args:
        folder: The set's folder.
        archive: The observations.
        countries: Of each station.
    """
    ids = [f"S{number}" for number in range(len(archive.values))]
    folder.mkdir(parents=True)
    places = {name: getattr(archive, name) for name in ("latitude", "longitude", "elevation")}
    columns = {name: values.astype(np.float64) for name, values in places.items()}
    columns["elevation"] = pa.array(columns["elevation"], from_pandas=True)
    pq.write_table(
        pa.table({"station_id": ids, **columns, "country": countries}), folder / "stations.parquet"
    )
    parameters = {
        code: {
            country: {"files": write_files(folder, archive, code, country, ids, countries)}
            for country in sorted(set(countries))
        }
        for code in archive.parameters
    }
    manifest = {
        "format": 1,
        "since": archive.time(0),
        "until": archive.time(archive.hours - 1),
        "targets": [asdict(target) for target in targets_of(archive.parameters)],
        "parameters": parameters,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def write_files(folder, archive, code, country, ids, countries):
    """Write a file for each station of a country; return their names."""
    names = []
    for number, station in enumerate(ids):
        if countries[number] == country:
            values = archive.values[number, archive.parameters.index(code)]
            (hours,) = np.nonzero(~np.isnan(values))
            name = f"parameter={code}/country={country}/year=2013/part-{number:04}.parquet"
            write_rows(
                folder / name, [station] * len(hours), archive.first_hour + hours, values[hours]
            )
            names.append(name)
    return names


def write_rows(path, stations, hours, values):
    """Write rows of a set into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            "station_id": pa.array(stations, pa.string()),
            "hour": pa.array(hours, pa.int32()),
            "value": pa.array(values, pa.float32()),
        }
    )
    pq.write_table(table, path)


def change_manifest(folder, change):
    """Change the manifest of a set in place, by a function of the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


class Table:
    """A set as tables, read apart from the reader of training.

    Args:
        location: A folder or `s3://bucket/prefix`.
    """

    def __init__(self, location):
        self._location = open_location(str(location))
        self.manifest = read_manifest(self._location)
        self.stations = read_stations(self._location)

    def hours(self, code, *countries):
        """Return the hours of a parameter, in some countries or all, by station and hour."""
        parts = self.manifest["parameters"][code]
        files = [
            self._location.read(name)
            for country in countries or parts
            for name in parts[country]["files"]
        ]
        return pl.concat(map(pl.read_parquet, files)).sort("station_id", "hour")
